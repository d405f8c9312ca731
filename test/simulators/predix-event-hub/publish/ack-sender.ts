/** Which acknowledgements a publisher gets, and when (Predix contract, section 3, "Publish"). */
import { readDuration, readLimited, type ValueSource } from '../durations.js';
import { AckStatus, type WireAck } from '../protocol.js';

/** What a publisher asked for. */
export interface AckOptions {
  readonly wanted: 'all' | 'failures' | 'none';
  /** How long acknowledgements are collected, in milliseconds; undefined: they go out as they come. */
  readonly intervalMs: number | undefined;
}

const intervalLimits = { fallback: 500, least: 100, most: 1000 };

/** Reads the options. Without any, acknowledgements are collected, as by default. */
export function readAckOptions(source: ValueSource): AckOptions {
  const isOn = (name: string): boolean => source.header(name)?.toLowerCase() === 'true';
  const isOff = (name: string): boolean => source.header(name)?.toLowerCase() === 'false';
  const isAtOnce = isOn('sync-acks') || isOff('cache-acks');
  return {
    wanted: isOn('nacks') ? 'failures' : isOff('acks') ? 'none' : 'all',
    intervalMs: isAtOnce
      ? undefined
      : readLimited(source, readDuration, 'send-acks-interval', intervalLimits),
  };
}

/** Sends a publisher's acknowledgements as it asked for them. */
export class AckSender {
  readonly #options: AckOptions;
  readonly #send: (acks: readonly WireAck[]) => void;
  #held: WireAck[] = [];
  /** Messages whose acknowledgement is still to come. */
  #due = 0;
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;
  #onEnd: (() => void) | undefined;

  /** @param send takes at least one acknowledgement. */
  constructor(options: AckOptions, send: (acks: readonly WireAck[]) => void) {
    this.#options = options;
    this.#send = send;
  }

  /** So many messages have come, and each will be answered by `add`. */
  expect(messages: number): void {
    this.#due += messages;
  }

  /** The answer for one message. */
  add(ack: WireAck): void {
    this.#due--;
    if (this.#isWanted(ack)) this.#held.push(ack);
    if (this.#onEnd !== undefined && this.#due === 0) this.#finish();
    else this.#schedule();
  }

  /** Sends what is held, when the last answer is there; then calls back. */
  end(callback: () => void): void {
    this.#onEnd = callback;
    if (this.#due === 0) this.#finish();
  }

  /** Sends nothing any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#held = [];
    this.#onEnd = undefined;
  }

  #isWanted({ status_code }: WireAck): boolean {
    const { wanted } = this.#options;
    return wanted === 'all' || (wanted === 'failures' && status_code !== AckStatus.accepted);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#held.length === 0) return;
    this.#isScheduled = true;
    const { intervalMs } = this.#options;
    // What is written together is acknowledged together.
    if (intervalMs === undefined) queueMicrotask(() => this.#flush());
    else this.#timer = setTimeout(() => this.#flush(), intervalMs);
  }

  #flush(): void {
    this.#isScheduled = false;
    const acks = this.#held;
    this.#held = [];
    if (acks.length > 0) this.#send(acks);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#flush();
    const callback = this.#onEnd;
    this.#onEnd = undefined;
    callback?.();
  }
}
