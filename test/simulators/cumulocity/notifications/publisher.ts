import type { JsonObject } from '../json.js';
import { copyFragments } from './fragments.js';
import { buildTail } from './frame.js';
import { type Ancestors, matchSubscriptions } from './matching.js';
import type { Reports } from './reports.js';
import type { Api, Subscription } from './subscription.js';
import type { Subscriptions } from './subscriptions.js';
import type { PublishResult, Topic } from './topic.js';

/** One change of the tenant's data, as the publisher sees it. */
export interface Change {
  readonly api: 'alarms' | 'events' | 'managedobjects' | 'measurements' | 'operations';
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Id of the managed object it is about. */
  readonly source: string;
  /** Type of the object that changed, for type filters. */
  readonly type: string | undefined;
  readonly document: JsonObject;
  /** The document as JSON on one line. */
  readonly json: string;
}

/** What the publisher needs of the world around it. */
export interface PublisherContext {
  readonly tenant: string;
  readonly subscriptions: Subscriptions;
  /** The topic, if a consumer has ever connected to it. */
  readonly findTopic: (name: string, nonPersistent: boolean) => Topic | undefined;
  /** Ids of the objects above the source, nearest first. */
  readonly ancestors: Ancestors;
  readonly reports: Reports;
  readonly extraHeaderLines: () => readonly string[];
  /** Rewrites the links of a body for notifications. */
  readonly rewriteLinks: (json: string) => string;
}

/** Puts changes into the topics of the subscriptions that cover them. */
export class Publisher {
  readonly #context: PublisherContext;

  constructor(context: PublisherContext) {
    this.#context = context;
  }

  /**
   * Publishes a change to every topic that wants it.
   *
   * @returns false when at least one topic refused it because its backlog is full
   */
  publish(change: Change): boolean {
    const { subscriptions, ancestors } = this.#context;
    let accepted = true;
    const tails = new Map<Api, [body: string, tail: Buffer]>();
    const reached = new Set<string>();
    for (const [subscription, api] of matchSubscriptions(subscriptions.index, change, ancestors)) {
      const topic = this.#context.findTopic(subscription.name, subscription.nonPersistent);
      if (topic === undefined || !topic.isRead) continue;
      reached.add(topic.name);
      const whole = subscription.fragmentsToCopy.length === 0;
      let built = whole ? tails.get(api) : undefined;
      if (built === undefined) {
        built = this.#build(change, api, subscription);
        if (whole) tails.set(api, built);
      }
      const channel = this.#channel(api, change.source);
      accepted = this.#append(topic, change.source, channel, change.action, built) && accepted;
    }
    if (this.#context.reports.missed.isHeard) this.#reportMissed(change, reached);
    return accepted;
  }

  /**
   * Puts any notification into one topic, whatever its header and body say.
   *
   * @param channel description line; its last part is taken as the source
   */
  publishRaw(topic: Topic, channel: string, action: string, body: string): boolean {
    const tail = buildTail(channel, action, this.#context.extraHeaderLines(), body);
    const source = channel.slice(channel.lastIndexOf('/') + 1);
    return this.#append(topic, source, channel, action, [body, tail]);
  }

  /** @param reached names of the topics that got the change */
  #reportMissed(change: Change, reached: ReadonlySet<string>): void {
    const { subscriptions, ancestors, reports, tenant, findTopic } = this.#context;
    const told = new Set(reached);
    for (const index of [subscriptions.index, subscriptions.deleted]) {
      for (const [subscription, api] of matchSubscriptions(index, change, ancestors)) {
        const { name: topic, nonPersistent } = subscription;
        if (nonPersistent || told.has(topic)) continue;
        told.add(topic);
        const reason = findTopic(topic, false)?.isRead === true ? 'deleted' : 'unread';
        const [body] = this.#build(change, api, subscription);
        const channel = this.#channel(api, change.source);
        reports.missed.tell({ tenant, topic, channel, action: change.action, body, reason });
      }
    }
  }

  #build(change: Change, api: Api, subscription: Subscription): [body: string, tail: Buffer] {
    const { extraHeaderLines, rewriteLinks } = this.#context;
    const fragments = subscription.fragmentsToCopy;
    const json = fragments.length === 0 ? change.json : JSON.stringify(copyFragments(change, fragments));
    const body = rewriteLinks(json);
    return [body, buildTail(this.#channel(api, change.source), change.action, extraHeaderLines(), body)];
  }

  #channel(api: Api, source: string): string {
    return `/${this.#context.tenant}/${api}/${source}`;
  }

  #append(topic: Topic, source: string, channel: string, action: string, built: [string, Buffer]): boolean {
    const result: PublishResult = topic.publish(source, built[1]);
    if (result === 'refused') return false;
    if (result === 'retained' && topic.persistent) {
      const { sequence } = topic;
      const { tenant } = this.#context;
      const notification = { tenant, topic: topic.name, channel, action, body: built[0], sequence };
      this.#context.reports.published.tell(notification);
    }
    return true;
  }
}
