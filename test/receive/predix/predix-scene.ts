/** A local Predix Event Hub with messages that are told apart, and readers of it, for the tests of this folder. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ShownEvent } from '../../../src/receive/event-text.js';
import { PREDIX_READ_TIMING, type PredixReadingOptions } from '../../../src/receive/predix/options.js';
import { PredixReading } from '../../../src/receive/predix/reading.js';
import type { LocalPredix } from '../../simulators/predix-event-hub/local-predix.js';
import type { LocalUaa } from '../../simulators/predix-event-hub/uaa/local-uaa.js';
import { CLIENT, FAST, ZONE } from '../../support/predix.js';

/** Times that a test need not wait for. */
export const FAST_READ = { ...PREDIX_READ_TIMING, redial: FAST.redial, stopMs: 500 };

/** A message to be stored. */
export interface Stored {
  readonly id: string;
  readonly body?: string | Buffer;
  readonly tags?: Readonly<Record<string, string>>;
  readonly key?: string;
}

/** Stores messages; with a key, all of them are in one partition, in order. */
export function store(service: LocalPredix, messages: readonly (Stored | string)[], topic = 'topic'): void {
  for (const each of messages) {
    const {
      id,
      body = `{"id":"${id}"}`,
      tags = {},
      key = '',
    } = typeof each === 'string' ? { id: each } : each;
    service
      .topic(ZONE, topic)
      .append(
        { id, body: Buffer.from(body), zoneId: ZONE, tags, key: Buffer.from(key), timestamp: undefined },
        () => undefined,
      );
  }
}

/** Ids from `<prefix>0` on. */
export function ids(count: number, prefix = 'm'): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`);
}

/** Options that read everything, with acknowledgements. */
export function optionsOf(
  { service, uaa }: { readonly service: LocalPredix; readonly uaa: LocalUaa },
  changes: Partial<PredixReadingOptions> = {},
): PredixReadingOptions {
  const [host = '', port] = service.grpcUri.split(':');
  return {
    connection: {
      zoneId: ZONE,
      authUrl: uaa.issuer,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      settings: { predixTls: 'none', proxyUrl: undefined },
    },
    hub: { host, port: Number(port) },
    topics: ['topic'],
    subscriber: 'reader',
    mode: 'acks',
    isNewest: false,
    retry: { afterSeconds: 30, intervalSeconds: 30, most: 5 },
    batch: { size: 500, intervalMs: 100, isUnion: false },
    metricsMinutes: undefined,
    max: Number.POSITIVE_INFINITY,
    filter: { tenant: [], api: [], source: [] },
    isUnique: false,
    rememberedIds: 0,
    timing: FAST_READ,
    ...changes,
  };
}

/** A reader that collects. */
export class Collected {
  readonly events: ShownEvent[] = [];
  /** `<partition>/<offset>` of each event. */
  readonly places: string[] = [];
  readonly notices: string[] = [];
  readonly reading: PredixReading;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  /**
   * Begins to read; stops with the test.
   * @param flush when what was shown has left
   */
  constructor(options: PredixReadingOptions, flush: () => Promise<void> = () => Promise.resolve()) {
    this.reading = new PredixReading(options, {
      show: (event, partitionId) => {
        this.events.push(event);
        this.places.push(`${partitionId}/${event.offset}`);
      },
      flush,
      notice: (text) => this.notices.push(text),
    });
    this.#ended = this.reading.run(this.#stop.signal);
    this.#ended.catch(() => undefined);
    onTestFinished(() => this.stop().catch(() => undefined));
  }

  /** The ids of the events, in the order in which they came. */
  get ids(): readonly string[] {
    return this.events.map(({ messageId }) => String(messageId));
  }

  /** The same, sorted: partitions come in no order. */
  get sortedIds(): readonly string[] {
    return [...this.ids].sort();
  }

  /** Rejects with what ended the reading, or resolves when it ended well. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `predix-${randomUUID()}`));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
