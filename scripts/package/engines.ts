/** The programs that can build an image, and the arguments that each of them wants. */
import { PackagingError } from './errors.js';
import { runCommand, tryCommand } from './run-command.js';

/** In the order in which they are tried. */
export const ENGINE_NAMES = ['docker', 'podman', 'buildah'] as const;

/** A program that can build an image. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What Cumulocity runs. */
export const PLATFORM = 'linux/amd64';

/** What is built. */
export interface ImageRequest {
  /** Folder with the Dockerfile. */
  readonly folder: string;
  /** Name and version. */
  readonly tag: string;
  /** Values for the ARG lines of the Dockerfile; `undefined`: the default there. */
  readonly buildArgs: Readonly<Record<string, string | undefined>>;
}

interface Engine {
  /** Fails unless an image could be built now: for docker and podman that takes more than the client. */
  readonly probe: readonly string[];
  readonly build: readonly string[];
  /** Prints operating system and architecture of an image. */
  readonly platform: readonly string[];
  /** Writes an image as a docker archive. */
  readonly save: (tag: string, file: string) => readonly string[];
}

// podman and buildah make images in the OCI format unless told otherwise.
const ENGINES: Readonly<Record<EngineName, Engine>> = {
  docker: {
    probe: ['version', '--format', '{{.Server.Version}}'],
    build: ['build'],
    platform: ['image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}'],
    save: (tag, file) => ['image', 'save', '--output', file, tag],
  },
  podman: {
    probe: ['info', '--format', '{{.Version.Version}}'],
    build: ['build', '--format', 'docker'],
    platform: ['image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}'],
    save: (tag, file) => ['image', 'save', '--format', 'docker-archive', '--output', file, tag],
  },
  buildah: {
    probe: ['info'],
    build: ['bud', '--format', 'docker'],
    platform: ['inspect', '--type', 'image', '--format', '{{.Docker.OS}}/{{.Docker.Architecture}}'],
    save: (tag, file) => ['push', tag, `docker-archive:${file}`],
  },
};

// An attestation would make the image an index of two, which not every reader of an archive expects.
const ENVIRONMENT = { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
const PROBE_MS = 30_000;

/**
 * Finds an engine that works.
 * @param wanted only this one
 * @throws PackagingError saying what each of them answered
 */
export async function findEngine(wanted: EngineName | undefined): Promise<EngineName> {
  const tried: string[] = [];
  for (const name of wanted === undefined ? ENGINE_NAMES : [wanted]) {
    const failure = await probe(name);
    if (failure === undefined) return name;
    tried.push(`  ${name}: ${failure}`);
  }
  const remedy =
    'Start the engine (Docker Desktop, the docker service, podman machine) or install one of docker, podman and ' +
    'buildah. On Debian: apt-get install buildah';
  throw new PackagingError(`no program that can build an image answers.\n${tried.join('\n')}\n${remedy}`);
}

async function probe(name: EngineName): Promise<string | undefined> {
  const signal = AbortSignal.timeout(PROBE_MS);
  try {
    const { failure } = await tryCommand(name, ENGINES[name].probe, { output: 'keep', signal });
    return failure;
  } catch {
    return `no answer within ${PROBE_MS / 1000} s`;
  }
}

/**
 * Builds an image; the engine's progress is shown.
 * @throws PackagingError
 */
export async function buildImage(
  name: EngineName,
  { folder, tag, buildArgs }: ImageRequest,
  signal: AbortSignal,
): Promise<void> {
  const given = Object.entries(buildArgs).flatMap(([key, value]) =>
    value === undefined ? [] : ['--build-arg', `${key}=${value}`],
  );
  const args = [...ENGINES[name].build, '--platform', PLATFORM, ...given, '--tag', tag, '.'];
  const settings = { signal, cwd: folder, environment: ENVIRONMENT };
  await runCommand(name, args, { ...settings, output: 'show' }, 'The reason is in its output above.');
  const platform = await runCommand(name, [...ENGINES[name].platform, tag], { ...settings, output: 'keep' });
  if (platform.trim() === PLATFORM) return;
  throw new PackagingError(
    `the image is for ${platform.trim()}, Cumulocity runs ${PLATFORM}. Use a base image for ${PLATFORM}.`,
  );
}

/**
 * Writes an image as a docker archive.
 * @throws PackagingError
 */
export async function saveImage(
  name: EngineName,
  tag: string,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const hint = `Look for room in the folder of ${file}; another one can be named by TMPDIR.`;
  await runCommand(name, ENGINES[name].save(tag, file), { signal, output: 'show' }, hint);
}
