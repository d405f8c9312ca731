/**
 * One way from a tenant to an event hub: a subscription, the consumer that reads it, the lanes that deliver it.
 * Here a notification can be followed from end to end: `#onFrame` reads, maps and admits it and gives it to its
 * lane; when the hub has accepted its batch, the lane settles it and the in-flight book acknowledges it.
 */
import { crc32 } from 'node:zlib';
import { wait } from '../backoff.js';
import { PlatformClient } from '../cumulocity/platform-client.js';
import {
  type Api,
  type Captured,
  deleteSubscription,
  ensureSubscription,
} from '../cumulocity/subscriptions.js';
import { consumerUrl, createToken, unsubscribe } from '../cumulocity/tokens.js';
import type { Destination } from '../delivery/destination.js';
import { InFlight } from '../delivery/in-flight.js';
import { Lanes } from '../delivery/lanes.js';
import { reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import { mapNotification } from '../mapping/map-notification.js';
import type { Connection } from '../notifications/connection.js';
import { Consumer, type ConsumerState } from '../notifications/consumer.js';
import { parseFrame } from '../notifications/frame.js';
import { type HubFailure, type RouteCounts, RouteRecorder } from './route-status.js';
import type { RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';

/** How a route is. */
export interface RouteStatus {
  readonly name: string;
  readonly hub: string;
  readonly consumer: { readonly state: ConsumerState; readonly reason: string | undefined };
  readonly destination: { readonly isOpen: boolean; readonly failure: HubFailure | undefined };
  readonly apis: readonly Api[];
  /** What the platform does not deliver although it was asked for, and why. */
  readonly missing: readonly { readonly api: Api; readonly reason: string }[];
  readonly inFlight: InFlight['usage'];
  readonly counts: Readonly<RouteCounts>;
}

/** What a route is made of. */
export interface RouteParts {
  readonly options: RouteOptions;
  readonly baseUrl: string;
  readonly service: PlatformClient;
  /** Name of the topic, which is the subscription's name. Letters and digits. */
  readonly topic: string;
  readonly subscriber: string;
  readonly destination: Destination;
  readonly timing: ForwardingTiming;
  readonly log: Log;
}

const REFUSED = 'the platform refuses it in a subscription of the whole tenant';

/** See the head of this file. */
export class Route {
  readonly #parts: RouteParts;
  readonly #recorder: RouteRecorder;
  readonly #inFlight: InFlight;
  readonly #lanes: Lanes;
  readonly #consumer: Consumer;
  #service: PlatformClient;
  #captured: Captured | undefined;
  #token: string | undefined;
  #isStopping = false;

  constructor(parts: RouteParts) {
    const { options, destination, timing, log } = parts;
    this.#parts = parts;
    this.#service = parts.service;
    this.#recorder = new RouteRecorder(log);
    this.#inFlight = new InFlight(timing.inFlight, (isFull) => {
      if (this.#isStopping) return;
      if (isFull) this.#consumer.pause();
      else this.#consumer.resume();
    });
    this.#lanes = new Lanes({
      destination,
      partitionBy: options.partitionBy,
      observer: this.#recorder,
      backoff: timing.hubBackoff,
    });
    this.#consumer = new Consumer({
      prepare: (signal) => this.#prepare(signal),
      onFrame: (frame, connection) => this.#onFrame(frame, connection),
      // What was read and not sent yet comes again, in order; what is under way finishes.
      onLost: () => this.#lanes.dropUnsent(),
      timing: timing.consumer,
      log,
    });
  }

  get options(): RouteOptions {
    return this.#parts.options;
  }

  get status(): RouteStatus {
    const { name, hub, apis } = this.#parts.options;
    const refused = this.#captured?.refused ?? [];
    return {
      name,
      hub: hub.hubName,
      consumer: { state: this.#consumer.state, reason: this.#consumer.lastFailure },
      destination: { isOpen: this.#lanes.isOpen, failure: this.#recorder.failure },
      apis: this.#captured?.apis ?? apis,
      missing: refused.map((api) => ({ api, reason: REFUSED })),
      inFlight: this.#inFlight.usage,
      counts: { ...this.#recorder.counts },
    };
  }

  /** Begins to forward. The consumer does not wait for the hub: a topic keeps nothing before its first consumer. */
  start(): void {
    this.#lanes.start();
    this.#consumer.start();
  }

  /** Takes over new credentials of the service user: connects anew with a token made with them. */
  async useService(service: PlatformClient): Promise<void> {
    this.#service = service;
    await this.#consumer.reconnect();
  }

  /**
   * Stops in order: reads no more, sends what was read, acknowledges, closes.
   * @param drainMs how long to wait for the hub, in milliseconds; what is left then comes again
   */
  async stop(drainMs: number): Promise<void> {
    this.#isStopping = true;
    this.#consumer.pause();
    const drained = new AbortController();
    void this.#lanes.drained().then(() => drained.abort());
    await wait(drainMs, drained.signal);
    const { notifications } = this.#inFlight.usage;
    this.#lanes.abort();
    await this.#consumer.stop();
    await this.#parts.destination.close();
    const left = notifications === 0 ? {} : { undelivered: notifications, note: 'they come again' };
    this.#parts.log.info('route stopped', { ...this.#recorder.counts, ...left });
  }

  /** Removes the consumer with its backlog, and the subscription: nothing piles up in the tenant any more. */
  async remove(): Promise<void> {
    const { topic, log, baseUrl } = this.#parts;
    const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
      await act().catch((thrown: unknown) => log.warn(`could not ${what}`, { reason: reasonOf(thrown) }));
    };
    await attempt('remove the subscription', () => deleteSubscription(this.#service, topic));
    await attempt('remove the consumer', async () => {
      const token = await this.#createToken().catch(() => this.#token);
      const anonymous = new PlatformClient(baseUrl, { headers: {} });
      if (token !== undefined) await unsubscribe([this.#service, anonymous], token);
    });
  }

  async #prepare(signal: AbortSignal): Promise<string> {
    const { options, topic, baseUrl, log } = this.#parts;
    const { apis, typeFilter, fragmentsToCopy } = options;
    const capture = { name: topic, apis, typeFilter, fragmentsToCopy };
    const captured = await ensureSubscription(this.#service, capture, signal);
    if (captured.refused.length > 0 && this.#captured?.refused.length !== captured.refused.length) {
      log.warn(`not forwarded: ${captured.refused.join(', ')}`, { reason: REFUSED });
    }
    this.#captured = captured;
    this.#token = await this.#createToken(signal);
    return consumerUrl(baseUrl, this.#token);
  }

  #createToken(signal?: AbortSignal): Promise<string> {
    const { topic, subscriber } = this.#parts;
    return createToken(this.#service, { subscription: topic, subscriber }, signal);
  }

  #onFrame(frame: Buffer, connection: Connection): void {
    // What is read after stop began is left unacknowledged: it comes again.
    if (this.#isStopping) return;
    const { options, topic } = this.#parts;
    this.#recorder.counts.received++;
    const notification = parseFrame(frame);
    const { event, namesItsObject } = mapNotification(notification, options.format, topic);
    // Two updates of an object can share a time, so a repeat has to have the same bytes as well as the same id.
    const key = namesItsObject ? `${event.messageId}${crc32(notification.body)}` : undefined;
    const receipt = { channel: connection, ackId: notification.ackId };
    const delivery = this.#inFlight.admit(key, event, receipt);
    if (delivery === undefined) this.#recorder.counts.repeated++;
    else this.#lanes.enqueue(delivery);
  }
}
