/** The programs that the proof needs. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PackagingError } from '../package/errors.js';
import { runCommand } from '../package/run-command.js';

/** By program, the Debian package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  buildah: 'buildah',
  // buildah is content with crun as well, but that refuses machines where both versions of cgroups are mounted.
  runc: 'runc',
  mmdebstrap: 'mmdebstrap',
  unzip: 'unzip',
  tar: 'tar',
  umount: 'mount',
};

async function isThere(program: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/**
 * Sees to it that every program is there.
 * @param mayInstall whether what is missing may be installed
 * @throws PackagingError naming what is missing and the command that installs it
 */
export async function provideTools(mayInstall: boolean, signal: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new PackagingError(
      'this needs root: it makes a Debian root file system and runs a container in it.',
    );
  }
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(TOOLS)) {
    if (!(await isThere(program))) missing.push(debianPackage);
  }
  if (missing.length === 0) return;
  if (!mayInstall) {
    throw new PackagingError(
      `not installed: ${missing.join(', ')}. Run again with --install, or: apt-get install ${missing.join(' ')}`,
    );
  }
  const settings = { signal, output: 'show', environment: { DEBIAN_FRONTEND: 'noninteractive' } } as const;
  await runCommand('apt-get', ['update', '--quiet'], settings);
  await runCommand(
    'apt-get',
    ['install', '--quiet', '--yes', '--no-install-recommends', ...missing],
    settings,
  );
}
