/** Decides which events are shown, and counts. */
import type { ReceivedEventData } from '@azure/event-hubs';
import { isWanted } from './event-filter.js';
import { messageIdOf } from './event-text.js';
import type { Counts } from './figures.js';
import type { ReadingOptions } from './options.js';
import { RecentIds } from './repeats.js';

/** See the head of this file. */
export class EventCounter {
  readonly #options: Pick<ReadingOptions, 'filter' | 'isUnique' | 'max'>;
  readonly #recent: RecentIds | undefined;
  #read = 0;
  #shown = 0;
  #repeats = 0;

  constructor(options: Pick<ReadingOptions, 'filter' | 'isUnique' | 'max' | 'rememberedIds'>) {
    this.#options = options;
    this.#recent = options.rememberedIds > 0 ? new RecentIds(options.rememberedIds) : undefined;
  }

  /** Counts an event and says whether it is to be shown. */
  take(event: ReceivedEventData): boolean {
    this.#read++;
    const { filter, isUnique } = this.#options;
    if (!isWanted(event, filter)) return false;
    const id = messageIdOf(event);
    const isRepeat = id !== undefined && this.#recent?.isRepeat(id) === true;
    if (isRepeat) this.#repeats++;
    if (isRepeat && isUnique) return false;
    this.#shown++;
    return true;
  }

  /** Whether as many were shown as were asked for. */
  get isEnough(): boolean {
    return this.#shown >= this.#options.max;
  }

  get counts(): Counts {
    return { read: this.#read, shown: this.#shown, repeats: this.#repeats };
  }
}
