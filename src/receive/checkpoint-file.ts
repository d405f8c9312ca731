/** The file with checkpoints and ownerships: its form, and reading and changing it as a whole. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { reasonOf } from '../errors.js';
import { codeOf, ReceiveError } from './failures.js';
import { withFileLock } from './file-lock.js';

const content = z.strictObject({
  version: z.literal(1),
  /** By `<namespace>/<hub>/<consumer group>` in lower case, then by partition id. */
  checkpoints: z.record(
    z.string(),
    z.record(z.string(), z.strictObject({ sequenceNumber: z.int(), offset: z.string() })),
  ),
  ownerships: z.record(
    z.string(),
    z.record(
      z.string(),
      z.strictObject({ ownerId: z.string(), lastModifiedTimeInMs: z.number(), etag: z.string() }),
    ),
  ),
});

/** What the file holds. */
export type CheckpointFileContent = z.infer<typeof content>;

/** See the head of this file. A missing file is an empty one. */
export class CheckpointFile {
  readonly #path: string;
  /** Changes of this process, one after the other: they need not fight for the lock. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param path of the file; its folder must exist */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads the file. It is replaced at once, so what is read is never half a change.
   * @throws ReceiveError when it is not a checkpoint file; it is left alone then
   */
  async read(): Promise<CheckpointFileContent> {
    try {
      return content.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') return { version: 1, checkpoints: {}, ownerships: {} };
      throw this.#unusable(thrown);
    }
  }

  /**
   * Changes the file while no other process does.
   * @param change gets the content and changes it in place
   */
  change<T>(change: (content: CheckpointFileContent) => T): Promise<T> {
    const changed = this.#last.then(() =>
      withFileLock(`${this.#path}.lock`, async () => {
        const now = await this.read();
        const result = change(now);
        await this.#replace(`${JSON.stringify(now, undefined, 2)}\n`);
        return result;
      }),
    );
    this.#last = changed.catch(() => undefined);
    return changed;
  }

  /**
   * Finds out at the start whether the file can be written.
   * @throws ReceiveError
   */
  async check(): Promise<void> {
    try {
      await this.change(() => undefined);
    } catch (thrown) {
      throw this.#unusable(thrown);
    }
  }

  async #replace(text: string): Promise<void> {
    // Under the lock, so the name is ours.
    const aside = `${this.#path}.new`;
    const file = await open(aside, 'w');
    try {
      await file.writeFile(text);
      // Before the rename: after a power failure the name must not stand for an empty file.
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(aside, this.#path).catch(async (thrown: unknown) => {
      await rm(aside, { force: true });
      throw thrown;
    });
  }

  #unusable(thrown: unknown): ReceiveError {
    if (thrown instanceof ReceiveError) return thrown;
    const isForeign = thrown instanceof SyntaxError || thrown instanceof z.ZodError;
    const reason = isForeign ? 'it is something else' : reasonOf(thrown);
    return new ReceiveError(
      'RECEIVE_FAILED',
      {
        key: '--checkpoint-file',
        given: `${this.#path} cannot be used (${reason})`,
        accepted: 'a file that this command made, or a new name in a folder that can be written',
      },
      isForeign ? 'choose another name; the file was left as it is' : 'look at the path and its rights',
    );
  }
}
