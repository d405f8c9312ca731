/** All subscriptions that are open now: how many there may be, and which of them share their messages. */
import type { Topic } from '../store/topic.js';
import type { SubscribeRules } from './rules.js';
import type { Sink } from './sender.js';
import { Subscription, type SubscriptionParts } from './subscription.js';
import { TopicGroup } from './topic-group.js';

/** Why there is no subscription: there are as many connections as there may be, or the service is stopping. */
export class NoSubscription extends Error {
  override readonly name = 'NoSubscription';
  readonly reason: 'limit' | 'stopped';

  constructor(reason: NoSubscription['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** See the head of this file (Predix contract, section 7). */
export class Subscriptions {
  readonly rules: SubscribeRules;
  readonly #log: (line: string) => void;
  readonly #open = new Set<Subscription>();
  readonly #groups = new Map<Topic, Map<string, TopicGroup>>();
  #opened = 0;
  #isStopped = false;

  constructor(rules: SubscribeRules, log: (line: string) => void) {
    this.rules = rules;
    this.#log = log;
  }

  /**
   * Opens a subscription: it is active, or stands by, when this returns.
   *
   * @throws NoSubscription when there are as many as there may be, or this was stopped.
   */
  open(parts: Omit<SubscriptionParts, 'number' | 'rules' | 'log'>, sink: Sink): Subscription {
    const { zone, topics, options } = parts;
    // A token may have been under way to its check when the service was stopped.
    if (this.#isStopped) throw new NoSubscription('stopped', 'The service is stopping');
    this.#demandRoom(zone, options.name);
    const log = (line: string): void => this.#log(`zone ${zone}, subscriber ${options.name}: ${line}`);
    const subscription = new Subscription({ ...parts, number: ++this.#opened, rules: this.rules, log }, sink);
    this.#open.add(subscription);
    // One that is deleted has no files any more; its calls are being ended.
    for (const topic of topics.filter(({ isDeleted }) => !isDeleted)) {
      const group = this.#groupOf(topic, options.name);
      group.join(subscription.connection);
      // Who gets nothing should find here who does (seed, "Best Practices").
      if (group.size > 1) log(`${group.size} connections share topic ${topic.name}: ${group.describe()}`);
    }
    this.#pump(subscription);
    return subscription;
  }

  /** Ends a subscription: its place and its partitions are free at once. Without effect the second time. */
  close(subscription: Subscription): void {
    if (!this.#open.delete(subscription)) return;
    subscription.end();
    const { topics, options } = subscription.parts;
    for (const topic of topics) {
      const group = this.#groups.get(topic)?.get(options.name);
      group?.leave(subscription.connection);
      if (group?.size === 0) this.#forget(topic, options.name, group);
    }
    this.#pump(subscription);
  }

  /** Ends all, before the topics' files are closed. */
  stop(): void {
    this.#isStopped = true;
    // No partition goes from one to the next on the way.
    for (const groups of this.#groups.values()) for (const group of groups.values()) group.close();
    for (const subscription of [...this.#open]) this.close(subscription);
  }

  /** Has those deliver whose partitions may have changed with a subscription: all of its name. */
  #pump({ parts: { zone, options } }: Subscription): void {
    for (const { parts, sender } of this.#open) {
      if (parts.zone === zone && parts.options.name === options.name) sender.pump();
    }
  }

  #demandRoom(zone: string, name: string): void {
    const { connectionLimitScope, maxConnectionsPerZone } = this.rules;
    const isCounted = ({ parts }: Subscription): boolean =>
      parts.zone === zone && (connectionLimitScope === 'zone' || parts.options.name === name);
    if ([...this.#open].filter(isCounted).length < maxConnectionsPerZone) return;
    const where = connectionLimitScope === 'zone' ? `Zone ${zone}` : `Subscriber ${name}`;
    throw new NoSubscription('limit', `${where} has ${maxConnectionsPerZone} subscriber connections already`);
  }

  #groupOf(topic: Topic, name: string): TopicGroup {
    const groups = this.#groups.get(topic) ?? new Map<string, TopicGroup>();
    this.#groups.set(topic, groups);
    const group = groups.get(name) ?? new TopicGroup({ topic, name, maxActive: this.rules.maxActivePerName });
    groups.set(name, group);
    return group;
  }

  #forget(topic: Topic, name: string, group: TopicGroup): void {
    group.close();
    const groups = this.#groups.get(topic);
    groups?.delete(name);
    if (groups?.size === 0) this.#groups.delete(topic);
  }
}
