/** `npm run package`: see --help. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './command-line.js';
import { megabytes, writeZip } from './package/archive.js';
import { type PackageOptions, readCommandLine } from './package/command-line.js';
import { buildImage, findEngine, PLATFORM, saveImage } from './package/engines.js';
import { PackagingError } from './package/errors.js';
import { readManifest, readVersion } from './package/manifest.js';

const ROOT = new URL('../', import.meta.url);
const PROGRESS_BYTES = 25_000_000;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function mustBeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new PackagingError(`--output: there is no folder ${folder}; create it first.`);
}

async function makePackage(
  { baseImage, runAs, engine: wanted, output, isSnapshot }: PackageOptions,
  packageVersion: string,
  signal: AbortSignal,
): Promise<void> {
  const manifest = await readManifest(ROOT, isSnapshot ? `${packageVersion}-SNAPSHOT` : packageVersion);
  const tag = `${manifest.name}:${manifest.version}`;
  const root = fileURLToPath(ROOT);
  const zipFile = resolve(output ?? join(root, `${manifest.name}-${manifest.version}.zip`));
  await mustBeFolder(dirname(zipFile));
  const engine = await findEngine(wanted);
  const folder = await mkdtemp(join(tmpdir(), `${manifest.name}-package-`));
  try {
    say(`[1/3] building ${tag} for ${PLATFORM} with ${engine}`);
    const buildArgs = { BASE_IMAGE: baseImage, RUN_AS: runAs };
    await buildImage(engine, { folder: root, tag, buildArgs }, signal);
    say('[2/3] saving the image');
    const imageFile = join(folder, 'image.tar');
    await saveImage(engine, tag, imageFile, signal);
    say(`[3/3] writing the zip (the image has ${megabytes((await stat(imageFile)).size)} uncompressed)`);
    const size = await writeZip(zipFile, { manifest, imageFile }, progress(), signal);
    say(`done, ${megabytes(size)}; upload it under Administration > Ecosystem > Microservices:`);
    process.stdout.write(`${zipFile}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function progress(): (bytes: number) => void {
  let next = PROGRESS_BYTES;
  return (bytes) => {
    if (bytes < next) return;
    say(`      ${megabytes(bytes)}`);
    next = bytes + PROGRESS_BYTES;
  };
}

async function main(): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new PackagingError('interrupted; nothing was written.'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const version = await readVersion(ROOT);
    const options = readCommandLine(process.argv.slice(2), version);
    if (options !== undefined) await makePackage(options, version, interrupted.signal);
    return 0;
  } catch (caught) {
    const { signal } = interrupted;
    // What an interruption makes fail has many names.
    const thrown: unknown = signal.aborted ? signal.reason : caught;
    const isExpected = thrown instanceof UsageError || thrown instanceof PackagingError;
    say(isExpected ? `package: ${thrown.message}` : String((thrown as Error).stack));
    return thrown instanceof UsageError ? 2 : 1;
  }
}

process.exitCode = await main();
