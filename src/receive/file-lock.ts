/**
 * A lock between processes of one machine: a file that only one of them can make.
 *
 * Whoever dies while holding it leaves it behind; it is then taken away by the next one that wants it. Between
 * looking and taking away a third may have made a new one, which is put back. Should two processes hold it all the
 * same, the worst is an older checkpoint: events are read twice, never missed.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './failures.js';

/** What is done under the lock takes milliseconds: a lock this old belongs to nobody. */
const ABANDONED_MS = 10_000;
const LOOK_AGAIN_MS = 5;
/** Longer than it takes until an abandoned lock is seen as such. */
const GIVE_UP_MS = 15_000;

/**
 * Runs something while no other process does.
 * @param path the lock file
 * @param run what to run; takes milliseconds
 */
export async function withFileLock<T>(path: string, run: () => Promise<T>): Promise<T> {
  await acquire(path);
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<void> {
  const givenUpAt = performance.now() + GIVE_UP_MS;
  while (!(await create(path))) {
    const seen = await readIfThere(path);
    if (seen !== undefined && (await isAbandoned(path, seen))) await takeAway(path, seen);
    else await delay(LOOK_AGAIN_MS * (1 + Math.random()));
    if (performance.now() > givenUpAt) throw new Error(`${path} is held by another process`);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    // Each lock is told from the next one of the same process.
    await file.writeFile(`${process.pid} ${randomUUID()}`).finally(() => file.close());
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function isAbandoned(path: string, content: string): Promise<boolean> {
  const pid = Number(content.split(' ')[0]);
  // Empty when its maker is just about to write: then only the age tells.
  if (pid > 0 && !isAlive(pid)) return true;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS;
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0);
  } catch (thrown) {
    // It is there, and somebody else's.
    return codeOf(thrown) === 'EPERM';
  }
}

async function takeAway(path: string, seen: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  // Another one was faster: there is nothing to take away.
  await rename(path, aside).catch(() => undefined);
  const taken = await readIfThere(aside);
  if (taken !== undefined && taken !== seen) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
