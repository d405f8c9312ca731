/** One subscription: a connection, and the way its messages leave. */
import type { Topic } from '../store/topic.js';
import { BatchSender } from './batch-sender.js';
import { Connection } from './connection.js';
import { metricMessage } from './metrics.js';
import type { SubscribeRules } from './rules.js';
import type { Sender, Sink } from './sender.js';
import { SingleSender } from './single-sender.js';
import type { BatchOptions, SubscriptionOptions } from './subscription-options.js';

/** Whose subscription it is, and to what. */
export interface SubscriptionParts {
  readonly zone: string;
  readonly topics: readonly Topic[];
  readonly options: SubscriptionOptions;
  /** Of the client, as its token says. */
  readonly clientId: string;
  /** The instance as the request says; empty: it does not. */
  readonly instanceId: string;
  /** Tells it from all others in the log. */
  readonly number: number;
  readonly rules: SubscribeRules;
  readonly log: (line: string) => void;
}

/** See the head of this file. */
export class Subscription {
  readonly parts: SubscriptionParts;
  readonly connection: Connection;
  readonly sender: Sender;
  #metricsTimer: NodeJS.Timeout | undefined;

  constructor(parts: SubscriptionParts, sink: Sink) {
    this.parts = parts;
    const { zone, options, rules, log } = parts;
    const { acks, batch, isNewest } = options;
    // Else a batch of the size that was asked for could never come about.
    const window = Math.max(rules.window, batch?.size ?? 0);
    this.connection = new Connection({ zone, label: labelOf(parts), isNewest, acks, window, log });
    this.sender =
      batch === undefined ? new SingleSender(this.connection, sink) : this.#startBatches(batch, sink);
    this.connection.onReady = () => this.sender.pump();
  }

  /** Writes nothing any more. */
  end(): void {
    clearInterval(this.#metricsTimer);
    this.connection.end();
    this.sender.close();
  }

  #startBatches(batch: BatchOptions, sink: Sink): BatchSender {
    const { zone, topics, options } = this.parts;
    const sender = new BatchSender(this.connection, sink, batch);
    if (options.metricsIntervalMs !== undefined) {
      const addMetric = (): void => sender.addMetric(metricMessage(zone, topics));
      this.#metricsTimer = setInterval(addMetric, options.metricsIntervalMs);
    }
    return sender;
  }
}

function labelOf({ number, clientId, instanceId }: SubscriptionParts): string {
  return instanceId === '' ? `#${number} ${clientId}` : `#${number} ${clientId} (${instanceId})`;
}
