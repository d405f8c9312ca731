/** The package command as it is run, with scripts in place of the programs that build images. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readVersion } from '../../scripts/package/manifest.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/package.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const IMAGE = 'what the engine saved';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-test-'));
  await mkdir(join(folder, 'programs'));
  await mkdir(join(folder, 'temporary'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Puts a program in place; the script knows its first arguments as $1, $2 and all of them as $*. */
async function addProgram(name: string, script: string): Promise<void> {
  await writeFile(join(folder, 'programs', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** An engine that does what it is asked for and notes the arguments. */
function workingEngine(platform = 'linux/amd64'): string {
  return `
    echo "$*" >> "${join(folder, 'calls')}"
    case "$1" in
      inspect) echo ${platform} ;;
      push) printf '${IMAGE}' > "\${3#docker-archive:}" ;;
    esac`;
}

function runPackage(...args: readonly string[]): Promise<Outcome> {
  const env = {
    PATH: join(folder, 'programs'),
    TMPDIR: join(folder, 'temporary'),
    // It would be kept in the folder that must be empty in the end.
    TSX_DISABLE_CACHE: '1',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', TSX, SCRIPT, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** The entries of a zip, by the central directory at its end. */
async function readZip(file: string): Promise<Record<string, string>> {
  const zip = await readFile(file);
  const end = zip.lastIndexOf('PK\x05\x06');
  const entries: Record<string, string> = {};
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [packedSize, nameSize] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)];
    const head = zip.readUInt32LE(at + 42);
    const start = head + 30 + zip.readUInt16LE(head + 26) + zip.readUInt16LE(head + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameSize);
    entries[name] = inflateRawSync(zip.subarray(start, start + packedSize)).toString();
    at += 46 + nameSize + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

/** Nothing but the programs and what was asked for. */
async function leftBehind(): Promise<string[]> {
  const names = [...(await readdir(folder)), ...(await readdir(join(folder, 'temporary')))];
  return names.filter((name) => !['programs', 'temporary', 'calls'].includes(name));
}

describe('npm run package', () => {
  it('takes the first engine that answers and writes manifest and image', async () => {
    await addProgram('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    await addProgram('buildah', workingEngine());
    const output = join(folder, 'out.zip');
    const { code, stdout } = await runPackage('--output', output, '--base-image', 'localhost/some:base');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${output}\n` });
    const { 'cumulocity.json': manifest = '', ...others } = await readZip(output);
    expect(others).toEqual({ 'image.tar': IMAGE });
    const version = await readVersion(new URL('../../', import.meta.url));
    expect(JSON.parse(manifest)).toMatchObject({ name: 'event-hubs-forwarder', version });
    expect(await leftBehind()).toEqual(['out.zip']);
    const calls = await readFile(join(folder, 'calls'), 'utf8');
    expect(calls).toContain('--platform linux/amd64 --build-arg BASE_IMAGE=localhost/some:base');
  });

  it('adds -SNAPSHOT to the version when asked to', async () => {
    await addProgram('buildah', workingEngine());
    const output = join(folder, 'out.zip');
    expect((await runPackage('--output', output, '--snapshot')).code).toBe(0);
    const { 'cumulocity.json': manifest = '' } = await readZip(output);
    expect(JSON.parse(manifest).version).toMatch(/^\d+\.\d+\.\d+-SNAPSHOT$/);
  });

  it('says what each engine answered and what to do when none works', async () => {
    await addProgram('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const { code, stderr } = await runPackage('--output', join(folder, 'out.zip'));
    expect(code).toBe(1);
    expect(stderr).toContain('docker: Cannot connect to the Docker daemon');
    expect(stderr).toContain('podman: not installed');
    expect(stderr).toContain('apt-get install buildah');
    expect(await leftBehind()).toEqual([]);
  });

  it('leaves nothing behind when the build fails', async () => {
    await addProgram('podman', 'test "$1" != build || { echo "no such image" >&2; exit 125; }');
    const { code, stderr } = await runPackage('--output', join(folder, 'out.zip'));
    expect(code).toBe(1);
    expect(stderr).toContain('no such image');
    expect(stderr).toContain('podman build --format docker --platform linux/amd64');
    expect(await leftBehind()).toEqual([]);
  });

  it('refuses an image for another platform', async () => {
    await addProgram('buildah', workingEngine('linux/arm64'));
    const { code, stderr } = await runPackage('--output', join(folder, 'out.zip'));
    expect(code).toBe(1);
    expect(stderr).toContain('the image is for linux/arm64, Cumulocity runs linux/amd64');
    expect(await leftBehind()).toEqual([]);
  });

  it.each([
    ['--engine', 'lxc'],
    ['--output', ''],
    ['--run-as', 'root'],
    ['--colour', 'red'],
  ])('refuses %s %s as a wrong option', async (...args) => {
    const { code, stderr } = await runPackage(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(args[0]);
  });

  it('prints the version and the help', async () => {
    const version = await readVersion(new URL('../../', import.meta.url));
    expect(await runPackage('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect((await runPackage('--help')).stdout).toContain('--base-image NAME');
  });
});
