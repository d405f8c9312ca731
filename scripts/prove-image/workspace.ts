/** The folder in which everything happens, and the stores of images in it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../package/run-command.js';

/** See the head of this file. */
export class Workspace {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder. */
  static async create(): Promise<Workspace> {
    return new Workspace(await mkdtemp(join(tmpdir(), 'prove-image-')));
  }

  /** A path in the folder. */
  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /**
   * Makes an empty store of images, apart from the one of the machine, so that nothing is left behind and nothing
   * that lies there can help.
   * @param name of the store
   * @returns the environment in which buildah uses it
   */
  async createStore(name: string): Promise<Record<string, string>> {
    await mkdir(this.path(name));
    const file = this.path(name, 'storage.conf');
    const settings = { driver: 'vfs', graphroot: this.path(name, 'images'), runroot: this.path(name, 'run') };
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    await writeFile(file, `[storage]\n${lines.join('\n')}\n`);
    // Both work on any kernel and file system, also within a container.
    return { CONTAINERS_STORAGE_CONF: file, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };
  }

  /** Removes the folder with everything in it. */
  async remove(): Promise<void> {
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    const inside = mounts
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(`${this.folder}/`));
    // Innermost first. A folder of this machine that is mounted in here must not be emptied.
    for (const path of inside.reverse()) await runCommand('umount', [path], { output: 'keep' });
    await rm(this.folder, { recursive: true, force: true });
  }
}
