/** Faults that a test orders, each one method. */
import type { Broker } from './broker.js';
import type { Endpoints } from './endpoints.js';
import type { LocalHub } from './hub.js';
import { condition, entityDisabled, tracked, unauthorized } from './hub-errors.js';
import type { AmqpServer } from './server.js';

/**
 * The faults of a local Event Hubs. They take effect at once; what they spoil is never stored twice or lost from
 * the logs.
 */
export class EventHubsFaults {
  readonly #broker: Broker;
  readonly #server: AmqpServer;
  readonly #endpoints: Endpoints;

  /** @param server whose connections and links the faults strike. */
  constructor(broker: Broker, server: AmqpServer, endpoints: Endpoints) {
    this.#broker = broker;
    this.#server = server;
    this.#endpoints = endpoints;
  }

  /** Destroys all TCP connections. */
  cutConnections(): void {
    this.#server.cut();
    this.#endpoints.cut();
  }

  /**
   * Destroys the TCP connections of clients that send, and leaves readers alone.
   *
   * @param hub only of those that send to this hub.
   */
  cutSenders(hub?: string): void {
    this.#server.cut({ direction: 'send', hub });
  }

  /** Closes all connections with an error, by default as the service does for maintenance. */
  closeConnections(errorCondition: string = condition.connectionForced, description?: string): void {
    this.#server.closeConnections({
      condition: errorCondition,
      description: description ?? tracked('The connection is closed by the broker.'),
    });
  }

  /** Makes the open connections half-open: nothing more is read or written, and TCP stays. New ones work. */
  silenceConnections(): void {
    this.#server.silence();
  }

  /** Like `silenceConnections`, but only for clients that send, to this hub or any. */
  silenceSenders(hub?: string): void {
    this.#server.silence({ direction: 'send', hub });
  }

  /** The hub goes away: nothing listens, all connections are cut. The logs are kept. */
  async pauseListening(): Promise<void> {
    await this.#endpoints.close();
    this.#server.cut();
  }

  /** The hub comes back on the same ports. */
  async resumeListening(): Promise<void> {
    await this.#endpoints.listen();
  }

  /** Detaches all links to hubs with an error, by default as the service does for maintenance. */
  detachLinks(errorCondition: string = condition.detachForced, description?: string): void {
    this.#server.detachLinks({
      condition: errorCondition,
      description: description ?? tracked('The link is force detached by the broker.'),
    });
  }

  /** Detaches the links on which clients send, to this hub or any, as the service does for maintenance. */
  detachSenders(hub?: string): void {
    const description = tracked('The link is force detached by the broker.');
    this.#server.detachLinks({ condition: condition.detachForced, description }, { direction: 'send', hub });
  }

  /** Answers the next sends with this error and does not store them. */
  rejectNext(count: number, errorCondition: string, description?: string): void {
    this.#broker.faults.reject(count, {
      condition: errorCondition,
      description: description ?? tracked(`Rejected with ${errorCondition}.`),
    });
  }

  /**
   * Refuses every batch to a hub that holds one of some events, as a whole and as often as it comes.
   *
   * @param matches looks at an event as its producer encoded it
   * @returns a function that ends it
   */
  refuseEvents(
    hub: string,
    matches: (encoded: Buffer) => boolean,
    errorCondition: string = condition.argumentError,
  ): () => void {
    const error = {
      condition: errorCondition,
      description: tracked(`Rejected with ${errorCondition}.`),
    };
    return this.#broker.faults.refuseEvents({ hub, matches, error });
  }

  /** Answers the next sends with `released` and does not store them. */
  releaseNext(count: number): void {
    this.#broker.faults.release(count);
  }

  /** Stores the next sends and destroys their connection before the answer: the lost answer. */
  cutBeforeAnswer(count: number): void {
    this.#broker.faults.cut(count);
  }

  /** Takes back what `rejectNext`, `releaseNext` and `cutBeforeAnswer` have ordered and has not struck yet. */
  forgetOrdered(): void {
    this.#broker.faults.forget();
  }

  /** Gives every answer so late, in milliseconds; 0 ends it. */
  delayAnswers(ms: number): void {
    this.#broker.faults.delay(ms);
  }

  /** While on, sends are handled and their answers kept back. Off gives the kept ones in order. */
  holdAnswers(on: boolean): void {
    this.#broker.faults.hold(on);
  }

  /** Sets the largest message, in bytes. Open links keep the size they were told, and the new one is enforced. */
  setMaxMessageBytes(bytes: number): void {
    this.#broker.maxMessageBytes = bytes;
  }

  /** Limits ingress; what goes beyond is rejected as the service throttles. Without a number the limit ends. */
  throttle({ eventsPerSecond }: { readonly eventsPerSecond?: number } = {}): void {
    this.#broker.faults.limit(eventsPerSecond ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Switches a hub off, or on again: its links are detached, new ones and sends are refused.
   *
   * @throws RangeError when there is no such hub.
   */
  disableHub(name: string, on: boolean): void {
    const hub = this.#hub(name);
    hub.disabled = on;
    if (on) this.#server.detachLinks(entityDisabled(hub.name), { hub: hub.name });
  }

  /**
   * Switches sending to a hub off, or on again (status `SendDisabled`); reading goes on.
   *
   * @throws RangeError when there is no such hub.
   */
  disableSending(name: string, on: boolean): void {
    const hub = this.#hub(name);
    hub.sendDisabled = on;
    if (on) this.#server.detachLinks(entityDisabled(hub.name), { direction: 'send', hub: hub.name });
  }

  /** Takes the right to send away from everybody, at once, or gives it back. */
  withdrawSending(on: boolean): void {
    this.#broker.sendWithdrawn = on;
    if (on)
      this.#server.detachLinks(unauthorized('Send', this.#broker.resourceUri('')), { direction: 'send' });
  }

  #hub(name: string): LocalHub {
    const hub = this.#broker.findHub(name);
    if (!hub) throw new RangeError(`there is no hub ${name}`);
    return hub;
  }
}
