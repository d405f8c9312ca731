/** A link on which a client sends events: takes batches apart, stores them and answers them. */
import type { Broker } from './broker.js';
import { type Envelope, EnvelopeError, openEnvelope } from './envelope.js';
import type { LocalHub } from './hub.js';
import {
  condition,
  entityDisabled,
  messageTooLarge,
  throttled,
  tracked,
  unauthorized,
} from './hub-errors.js';
import type { HubLink } from './hub-link.js';
import type { LinkPublisher } from './link-publisher.js';
import type { PartitionLog } from './partition-log.js';
import type { WireContext, WireDelivery, WireReceiver } from './rhea-wire.js';
import { type AmqpError, accepted, rejected, released } from './rhea-wire.js';

/** How many unanswered deliveries a client may have on one link. */
const creditWindow = 300;

/** What the address of the link settles. */
export interface SendTarget {
  readonly hub: LocalHub;
  /** Set when the link is to one partition. */
  readonly partition: string | undefined;
  /** Set when the link is to a publisher; its events go by this key. */
  readonly publisher: string | undefined;
  readonly path: string;
}

/**
 * Serves one sender of a client. Every delivery is answered once: stored as a whole and accepted, or not stored
 * and rejected.
 */
export class SenderLink implements HubLink {
  readonly direction = 'send';
  readonly link: WireReceiver;
  readonly hub: string;
  readonly path: string;
  lastActiveMs = Date.now();
  readonly #broker: Broker;
  readonly #target: SendTarget;
  readonly #publisher: LinkPublisher | undefined;
  #unanswered = 0;
  #released = false;

  /** @param publisher set when the client numbers its events. */
  constructor(link: WireReceiver, target: SendTarget, broker: Broker, publisher: LinkPublisher | undefined) {
    this.link = link;
    this.hub = target.hub.name;
    this.path = target.path;
    this.#broker = broker;
    this.#target = target;
    this.#publisher = publisher;
    link.on('message', (context) => this.#receive(context));
    link.add_credit(creditWindow);
  }

  release(): void {
    this.#released = true;
  }

  #receive({ delivery, message, format }: WireContext): void {
    if (!delivery) return;
    if (this.#released || !message || this.link.connection.socket.destroyed) {
      // Came after this side ended the link or the socket; nothing may be answered on it any more.
      delivery.settled = true;
      return;
    }
    this.lastActiveMs = Date.now();
    this.#unanswered += 1;
    this.#handle(delivery, message, format);
  }

  #handle(delivery: WireDelivery, bytes: Buffer, format: number | null | undefined): void {
    const fault = this.#broker.faults.take();
    if (fault?.kind === 'reject') this.#answer(delivery, rejected(fault.error));
    else if (fault?.kind === 'release') this.#answer(delivery, released);
    else this.#storeAndAnswer(delivery, bytes, format, fault?.kind === 'cut');
  }

  /** @param cut destroys the connection instead of answering when the events have been stored. */
  #storeAndAnswer(
    delivery: WireDelivery,
    bytes: Buffer,
    format: number | null | undefined,
    cut: boolean,
  ): void {
    const stored = this.#store(bytes, format);
    if ('condition' in stored) this.#answer(delivery, rejected(stored));
    else if (cut) this.link.connection.socket.destroy();
    else stored.whenWritten(() => this.#answer(delivery, accepted));
  }

  /** Stores the events of a delivery and gives the log they are in, or says why not. */
  #store(bytes: Buffer, format: number | null | undefined): PartitionLog | AmqpError {
    const { hub } = this.#target;
    const { maxMessageBytes } = this.#broker;
    if (bytes.length > maxMessageBytes) return messageTooLarge(bytes.length, maxMessageBytes);
    if (this.#broker.sendWithdrawn) return unauthorized('Send', this.#broker.resourceUri(this.path));
    if (hub.refusesSends) return entityDisabled(hub.name);
    try {
      return this.#append(openEnvelope(bytes, format));
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      return { condition: error.condition, description: tracked(error.message, hub.name) };
    }
  }

  #append(envelope: Envelope): PartitionLog | AmqpError {
    const { hub } = this.#target;
    if (!this.#broker.faults.admit(envelope.events.length)) return throttled(hub.name);
    const refusal = this.#broker.faults.refusalOf(hub.name, envelope.events);
    if (refusal) return refusal;
    const verdict = this.#publisher?.judge(envelope.events) ?? 'store';
    if (verdict === 'outOfOrder' || verdict === 'epochStolen') return sequenceError(verdict);
    const log = this.#partitionFor(envelope);
    if (verdict === 'store') log.append(envelope.events, envelope.partitionKey ?? this.#target.publisher);
    return log;
  }

  #partitionFor(envelope: Envelope): PartitionLog {
    const { hub, partition, publisher } = this.#target;
    if (partition !== undefined) return hub.partition(partition);
    return hub.route(envelope.partitionKey ?? publisher);
  }

  /** Credit comes back with the answer, so a hub that does not answer stops its senders. */
  #answer(delivery: WireDelivery, outcome: unknown): void {
    this.#broker.faults.answer(() => {
      delivery.update(true, outcome);
      this.#unanswered -= 1;
      const missing = creditWindow - this.#unanswered - this.link.credit;
      if (!this.#released && missing > creditWindow / 4) this.link.add_credit(missing);
    });
  }
}

function sequenceError(verdict: 'outOfOrder' | 'epochStolen'): AmqpError {
  if (verdict === 'outOfOrder') {
    const text =
      'The sequence number of the first event does not follow the last one stored for the producer.';
    return { condition: condition.outOfOrderSequence, description: tracked(text) };
  }
  const text = 'A producer with the same id and a higher epoch has taken over.';
  return { condition: condition.producerEpochStolen, description: tracked(text) };
}
