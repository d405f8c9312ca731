/** One service at a time in a folder: two that append to the same logs would give the same offsets twice. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A folder that another service uses. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/** Those of this process. A lock with its number that is not among them is of another that had the number before. */
const held = new Set<string>();

/** A file that holds the number of the process. It may be left behind by one that was killed. */
export class FolderLock {
  readonly #path: string;

  /**
   * Takes the lock, and makes the folder.
   *
   * @throws FolderInUseError when another service, of this process or of one that runs, has it.
   */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#path = resolve(join(folder, 'service.lock'));
    if (!tryWrite(this.#path)) {
      const owner = readOwner(this.#path);
      if (held.has(this.#path) || isOther(owner)) {
        throw new FolderInUseError(
          `${folder} is used by process ${owner}; if it is not, remove ${this.#path}`,
        );
      }
      rmSync(this.#path, { force: true });
      if (!tryWrite(this.#path))
        throw new FolderInUseError(`${folder} was taken by another process just now`);
    }
    held.add(this.#path);
  }

  /** Lets go of the folder; without effect the second time. */
  release(): void {
    if (held.delete(this.#path)) rmSync(this.#path, { force: true });
  }
}

function tryWrite(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

/** `NaN` for a lock that was not written to its end. */
function readOwner(path: string): number {
  return Number.parseInt(readFileSync(path, 'utf8'), 10);
}

function isOther(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // It runs, and is another user's.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
