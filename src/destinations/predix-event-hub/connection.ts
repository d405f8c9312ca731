/**
 * The connection to a Predix Event Hub: the owner of the token and of the link that is in use. It makes a link when
 * there is something to send or to be proven, as soon as `Redial` allows it; while a token is renewed the link before
 * serves until the new one is there.
 */
import { withAbort } from '../../abort.js';
import { reasonOf, SendError } from '../../errors.js';
import { openGrpcLink } from './grpc.js';
import type { PredixHubAddress, PredixSettings } from './hub-address.js';
import { Publisher } from './publisher.js';
import { Redial } from './redial.js';
import { scopesFor } from './scopes.js';
import { ConnectionLoss } from './send-failure.js';
import type { PredixTiming } from './timing.js';
import { Uaa } from './uaa.js';
import { openWebSocketLink } from './websocket.js';

/** See the head of this file. */
export class Connection {
  readonly #address: PredixHubAddress;
  readonly #settings: PredixSettings;
  readonly #timing: PredixTiming;
  readonly #uaa: Uaa;
  readonly #redial: Redial;
  readonly #renewal: NodeJS.Timeout;
  /** Ends what is being opened. */
  readonly #closing = new AbortController();
  #publisher: Publisher | undefined;
  #dialing: Promise<Publisher> | undefined;
  #loss: ConnectionLoss | undefined;
  /** How many links were tried. */
  #dials = 0;
  /** Links that end as soon as what is due on them is answered. */
  readonly #retiring = new Set<Promise<void>>();

  constructor(address: PredixHubAddress, settings: PredixSettings, timing: PredixTiming) {
    this.#address = address;
    this.#settings = settings;
    this.#timing = timing;
    const { zoneId, hubName, protocol } = address;
    const operation = protocol === 'grpc' ? 'grpc.publish' : 'wss.publish';
    const scopes = scopesFor({ zoneId, topics: [hubName], operation });
    this.#uaa = new Uaa({ ...address, scopes }, settings, timing.renewMs);
    this.#redial = new Redial(timing.redial);
    // Also where nothing is sent: a stream that the service ends with its token would be a loss.
    this.#renewal = setInterval(() => this.#renewIfDue(), Math.min(timing.aliveMs, timing.renewMs / 2));
  }

  /** Why the service refuses this client, when it has done so again and again. */
  get refusal(): string | undefined {
    return this.#redial.isRefused ? this.#loss?.message : undefined;
  }

  /** Does not rest any longer after refusals: something may have been mended. */
  hurry(): void {
    this.#redial.hurry();
  }

  /**
   * The link in use, or a new one. Rejects with a `SendError`.
   * @param signal gives up waiting
   */
  async publisher(signal: AbortSignal): Promise<Publisher> {
    if (signal.aborted) throw givenUp();
    if (this.#publisher?.isOpen === true) {
      this.#renewIfDue();
      return this.#publisher;
    }
    if (this.#dialing === undefined) this.#mayDial();
    return unlessAborted(this.#dialing ?? this.#dial(), signal);
  }

  /** Ends what is being opened, and every link in order. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#renewal);
    await this.#dialing?.catch(() => undefined);
    await Promise.all([this.#publisher?.close(), ...this.#retiring]);
  }

  /** Makes a link and puts it in the place of the one in use. One at a time; whoever needs it waits for it. */
  #dial(): Promise<Publisher> {
    const before = this.#publisher;
    const dialing = this.#openLink()
      .then((publisher) => {
        this.#publisher = publisher;
        if (before?.isOpen === true) this.#retire(before);
        return publisher;
      })
      .finally(() => {
        this.#dialing = undefined;
      });
    this.#dialing = dialing;
    return dialing;
  }

  #retire(publisher: Publisher): void {
    const ended = publisher.retire().finally(() => this.#retiring.delete(ended));
    this.#retiring.add(ended);
  }

  /** @throws SendError when no connection may be made now */
  #mayDial(): void {
    const { waitMs, isRefused } = this.#redial;
    if (this.#closing.signal.aborted)
      throw new ConnectionLoss('lost', 'closed', 'the connection to the event hub was closed');
    if (waitMs === 0) return;
    const { condition = 'UNAVAILABLE', message = 'the connection to the event hub was lost' } =
      this.#loss ?? {};
    const seconds = Math.ceil(waitMs / 1000);
    const next = isRefused
      ? `; refused ${this.#timing.redial.refusals} times in a row, so the options have to be mended; tried again in ${seconds} s`
      : `; tried again in ${seconds} s`;
    throw new SendError({ retryable: true, condition, message: `${message}${next}`, minimumWaitMs: waitMs });
  }

  async #openLink(): Promise<Publisher> {
    const dial = ++this.#dials;
    try {
      return await withAbort(this.#closing.signal, async ({ signal }) => {
        const token = await this.#uaa.token(signal);
        const open = this.#address.protocol === 'grpc' ? openGrpcLink : openWebSocketLink;
        const [address, settings, timing] = [this.#address, this.#settings, this.#timing];
        return await Publisher.open({
          open: (events) => open({ address, settings, token, timing, signal }, events),
          answerMs: timing.answerMs,
          events: {
            // One that was there before says nothing about the attempts since.
            answered: () => {
              if (dial === this.#dials) this.#redial.succeeded();
            },
            lost: (publisher, loss) => this.#lost(publisher, loss),
          },
        });
      });
    } catch (thrown) {
      const loss = thrown instanceof ConnectionLoss ? thrown : notMade(thrown);
      this.#noteLoss(loss);
      throw loss;
    }
  }

  #lost(publisher: Publisher, loss: ConnectionLoss): void {
    // One that retires: another is in use.
    if (this.#publisher?.isOpen === true) return;
    // One that was good until its token ended is no reason to wait: a new token mends it. When exactly that was,
    // only the service knows.
    const isRenewable = loss.kind === 'refused' && publisher.wasAnswered && this.#uaa.isDue;
    if (isRenewable) this.#uaa.forget();
    else this.#noteLoss(loss, publisher.openMs);
  }

  #noteLoss(loss: ConnectionLoss, openMs = 0): void {
    this.#loss = loss;
    this.#redial.failed(loss.kind, openMs);
    if (loss.kind === 'refused') this.#uaa.forget();
  }

  /** Makes a link with a new token beside the one in use, and puts it in its place. */
  #renewIfDue(): void {
    const before = this.#publisher;
    if (before?.isOpen !== true || !this.#uaa.isDue || this.#dialing !== undefined) return;
    if (this.#closing.signal.aborted || this.#redial.waitMs > 0) return;
    // The link before is good as long as the service leaves it open.
    this.#dial().catch(() => undefined);
  }
}

/**
 * Waits for something that others wait for too, and goes on without this caller.
 * @param signal not aborted yet: a failure has to have somebody who hears of it
 */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(givenUp());
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

/** What a library does not even try. */
function notMade(thrown: unknown): ConnectionLoss {
  const message = `a connection to the event hub cannot be made: ${reasonOf(thrown)}`;
  return new ConnectionLoss('lost', 'UNAVAILABLE', message, thrown);
}

function givenUp(): SendError {
  return new SendError({ retryable: true, condition: 'cancelled', message: 'the attempt was given up' });
}
