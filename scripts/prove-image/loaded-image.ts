/** The image as somebody gets it who has nothing but the zip. */
import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ENTRIES } from '../package/archive.js';
import { PackagingError } from '../package/errors.js';
import type { Manifest } from '../package/manifest.js';
import { runCommand } from '../package/run-command.js';
import type { Workspace } from './workspace.js';

/** What the image says about itself. */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[] | null;
  readonly Env: readonly string[];
  readonly WorkingDir: string;
}

/** An image that was loaded. */
export interface LoadedImage {
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Its root file system. */
  readonly rootFolder: string;
}

interface ArchiveEntry {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

interface ArchiveConfig {
  readonly architecture: string;
  readonly os: string;
  readonly config: ImageConfig;
}

const ENTRYPOINT = ['node', '--enable-source-maps', 'dist/main.js'];
const USER = '1000:1000';
/** What a build needs and the service does not. */
const NOT_IN_IMAGE = [
  ...['src', 'test', 'scripts', 'node_modules/.cache', 'node_modules/vitest', 'node_modules/typescript'],
  '/root/.npm',
];

/** Fails unless two values are the same. */
export function mustBe(what: string, found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new PackagingError(`${what}: found ${left}, expected ${right}`);
}

/**
 * Unpacks the zip, checks what is in it and loads the image into an empty store.
 * @throws PackagingError when anything is not as it must be
 */
export async function loadImage(
  workspace: Workspace,
  zip: string,
  signal: AbortSignal,
): Promise<LoadedImage> {
  const run = (program: string, ...args: readonly string[]): Promise<string> =>
    runCommand(program, args, { signal, output: 'keep' });
  const entries = (await run('unzip', '-Z1', zip)).trim().split('\n');
  mustBe('entries of the zip', entries.toSorted(), ENTRIES);
  const unpacked = workspace.path('unpacked');
  await mkdir(unpacked);
  await run('unzip', '-q', zip, '-d', unpacked);
  const imageFile = workspace.path('unpacked', 'image.tar');
  const readJson = async <T>(name: string): Promise<T> =>
    JSON.parse(await run('tar', '--extract', '--to-stdout', '--file', imageFile, name)) as T;
  const [image, ...others] = await readJson<ArchiveEntry[]>('manifest.json');
  if (image === undefined) throw new PackagingError('image.tar holds no image');
  mustBe('further images in image.tar', others, []);
  const { architecture, os, config } = await readJson<ArchiveConfig>(image.Config);
  mustBe('platform', `${os}/${architecture}`, 'linux/amd64');
  mustBe('entrypoint', [...config.Entrypoint, ...(config.Cmd ?? [])], ENTRYPOINT);
  mustBe('user', config.User, USER);
  const manifest = JSON.parse(await run('unzip', '-p', zip, ENTRIES[0])) as Manifest;
  const rootFolder = await unpackRoot(workspace, imageFile, signal);
  await checkFiles(rootFolder, config.WorkingDir);
  return { manifest, config, rootFolder };
}

async function unpackRoot(workspace: Workspace, imageFile: string, signal: AbortSignal): Promise<string> {
  const environment = await workspace.createStore('loaded');
  const buildah = (...args: readonly string[]): Promise<string> =>
    runCommand('buildah', args, { signal, environment, output: 'keep' });
  const container = (await buildah('from', `docker-archive:${imageFile}`)).trim();
  return (await buildah('mount', container)).trim();
}

async function checkFiles(rootFolder: string, workingFolder: string): Promise<void> {
  const isThere = (path: string): Promise<boolean> =>
    access(join(rootFolder, resolve(workingFolder, path))).then(
      () => true,
      () => false,
    );
  mustBe('the program is in the image', await isThere('dist/main.js'), true);
  for (const path of NOT_IN_IMAGE) mustBe(`${path} is in the image`, await isThere(path), false);
}
