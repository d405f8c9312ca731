/** An open stream or socket to a Predix Event Hub. One token, one topic; when it is lost, another one is made. */
import type { PredixHubAddress, PredixSettings } from './hub-address.js';
import type { ConnectionLoss } from './send-failure.js';
import type { PredixTiming } from './timing.js';

/** The service's answer for one message. */
export interface LinkAnswer {
  /** `undefined` when it could not be told which message was meant. */
  readonly id: string | undefined;
  /** `undefined` when there is none; not a number when there is something else. */
  readonly statusCode: number | undefined;
  readonly description: string;
}

/** What a link tells. */
export interface LinkEvents {
  answered(answer: LinkAnswer): void;
  /** Once; not after `close`. */
  lost(loss: ConnectionLoss): void;
}

/** What a link is made for. */
export interface LinkOptions {
  readonly address: PredixHubAddress;
  readonly settings: PredixSettings;
  readonly token: string;
  readonly timing: PredixTiming;
  /** Gives up as long as the link is not open; means nothing afterwards. */
  readonly signal: AbortSignal;
}

/** See the head of this file. */
export interface Link {
  /** Sends an encoded request. */
  write(request: Buffer): void;
  /** Ends it in order. Never rejects. */
  close(): Promise<void>;
}

/**
 * Makes a link.
 * @returns resolves when requests can be sent; rejects with a `ConnectionLoss`
 */
export type OpenLink = (options: LinkOptions, events: LinkEvents) => Promise<Link>;
