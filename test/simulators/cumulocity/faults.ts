import { isUtf8 } from 'node:buffer';
import type { FaultState, RestFault } from './fault-state.js';
import type { HttpListener } from './http/listener.js';
import type { ConsumerEndpoint } from './notifications/consumer-endpoint.js';
import type { Platform } from './platform.js';

/** The faults a test or demo can bring about. Each method is one fault. */
export class CumulocityFaults {
  readonly #platform: Platform;
  readonly #endpoint: ConsumerEndpoint;
  readonly #listener: HttpListener;
  readonly #state: FaultState;

  constructor(platform: Platform, endpoint: ConsumerEndpoint, listener: HttpListener) {
    this.#platform = platform;
    this.#endpoint = endpoint;
    this.#listener = listener;
    this.#state = platform.faults;
  }

  /**
   * Destroys the TCP connections of consumers, as a crash of the network does.
   *
   * @param tenant only those of this tenant
   */
  cutConsumerSockets(tenant?: string): void {
    for (const { consumer } of this.#endpoint.connected(tenant)) consumer.cut();
  }

  /** Closes consumer sockets in order, with a close frame. */
  closeConsumerSockets(tenant?: string): void {
    for (const { consumer } of this.#endpoint.connected(tenant)) consumer.close();
  }

  /** Makes consumer sockets half-open: no more frames, no pongs, acks unread, while TCP stays. */
  silenceConsumerSockets(tenant?: string): void {
    for (const { consumer, socket } of this.#endpoint.connected(tenant)) {
      consumer.silent = true;
      socket.silence();
    }
  }

  /**
   * Refuses consumer upgrades with an HTTP status.
   *
   * @param status undefined ends the refusals (of the tenant, if one is given)
   * @param tenant only upgrades of this tenant
   * @param times how many upgrades; absent = until ended
   */
  refuseUpgrades(status: 401 | 409 | 500 | undefined, tenant?: string, times?: number): void {
    const others = this.#state.upgradeFaults.filter(
      (fault) => tenant !== undefined && fault.tenant !== tenant,
    );
    const remaining = times ?? Number.POSITIVE_INFINITY;
    this.#state.upgradeFaults = status === undefined ? others : [{ status, tenant, remaining }, ...others];
  }

  /**
   * Lets exclusive consumers that are dropped abruptly from now on block with 409 for a while, as the platform
   * takes a dead socket for alive until it notices.
   *
   * @param ms how long; 0 ends it, also for those that still block
   */
  lingerAfterLoss(ms: number): void {
    this.#state.lingerMs = ms;
    if (ms > 0) return;
    for (const subscriber of this.#platform.subscribers()) subscriber.blockedUntilMs = 0;
  }

  /** Ignores the acks that arrive, as if they were lost on the wire. Those ignored stay lost. */
  holdAcks(on: boolean): void {
    this.#state.acksHeld = on;
  }

  /** Sends everything unacknowledged again on the open sockets, newest first, with new ack ids. */
  resendUnacknowledged(tenant?: string): void {
    for (const { consumer } of this.#endpoint.connected(tenant)) consumer.resend();
  }

  /** Adds header lines to the frames of notifications published from now on; an empty list ends it. */
  extraHeaderLines(lines: string[]): void {
    this.#state.extraHeaderLines = [...lines];
  }

  /**
   * Publishes any notification to the persistent topic of that name.
   *
   * @param channel description line, for example `/t1/unknown/12`
   * @param body text, or bytes; bytes that are not UTF-8 go as Base64, as the protocol says for binary payloads
   * @returns whether it was kept: false when no consumer has ever connected to the topic, or it is full
   */
  publishRaw(
    tenant: string,
    topicName: string,
    channel: string,
    action: string,
    body: string | Buffer,
  ): boolean {
    const state = this.#platform.tenant(tenant);
    const topic = state.findTopic(topicName, false);
    if (topic?.isRead !== true) return false;
    const text = typeof body === 'string' ? body : body.toString(isUtf8(body) ? 'utf8' : 'base64');
    return state.publisher.publishRaw(topic, channel, action, text);
  }

  /**
   * Answers REST requests with a status instead of handling them, so that they have no effect; without a status,
   * handles them late.
   *
   * @returns ends this fault; requests that it delays go on at once
   */
  rest(fault: RestFault): () => void {
    return this.#state.addRestFault(fault);
  }

  /** Ends every fault switched on by `rest`. */
  clearRest(): void {
    this.#state.clearRestFaults();
  }

  /** Holds REST requests without an answer; switched off, they are handled. */
  pauseRest(on: boolean): void {
    this.#state.pauseRest(on);
  }

  /** Takes the platform off the network: every connection is cut, new ones are refused; the state is kept. */
  pauseListening(): Promise<void> {
    return this.#listener.close();
  }

  /** Listens again on the same port. */
  resumeListening(): Promise<void> {
    return this.#listener.open();
  }
}
