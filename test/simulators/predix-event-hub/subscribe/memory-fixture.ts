/** Subscriptions without a network: what is written is kept, and tests move the clock. */
import { onTestFinished, vi } from 'vitest';
import type { WireMessage } from '../protocol.js';
import { Topic } from '../store/topic.js';
import type { ReceivedAck } from './connection.js';
import { type SubscribeRules, subscribeRules } from './rules.js';
import type { Sink } from './sender.js';
import { zone } from './subscriber-fixture.js';
import type { Subscription } from './subscription.js';
import { readSubscriptionOptions, type SubscribeMethod } from './subscription-options.js';
import { Subscriptions } from './subscriptions.js';

/** A sink that keeps what is written. */
export class KeepingSink implements Sink {
  readonly writes: (readonly Partial<WireMessage>[])[] = [];
  /** Whether it takes more after a write. */
  isOpen = true;
  /** Whether what is written has left at once. */
  isFast = true;

  write(messages: readonly Partial<WireMessage>[], written: () => void): boolean {
    this.writes.push(messages);
    if (this.isFast) written();
    return this.isOpen;
  }

  /** The ids of each write, and forgets them. */
  takeIds(): readonly (readonly string[])[] {
    return this.writes.splice(0).map((messages) => messages.map(({ id = '' }) => id));
  }
}

/** A subscription and what it has written. */
export interface KeptSubscription {
  readonly subscription: Subscription;
  readonly sink: KeepingSink;
  /** Acknowledges a message as it was written. */
  acknowledge(messages: readonly Partial<WireMessage>[], status_code?: number): void;
}

/** See the head of this file. */
export interface MemoryFixture {
  readonly topic: Topic;
  readonly subscriptions: Subscriptions;
  readonly logged: readonly string[];
  open(
    method: SubscribeMethod,
    headers?: Readonly<Record<string, string>>,
    topics?: readonly Topic[],
  ): KeptSubscription;
}

/** Starts one, and a clock that stands still; both end with the test. */
export function startInMemory(rules: Partial<SubscribeRules> = {}, retentionMs = 86_400_000): MemoryFixture {
  vi.useFakeTimers();
  const logged: string[] = [];
  const subscriptions = new Subscriptions({ ...subscribeRules, ...rules }, (line) => void logged.push(line));
  onTestFinished(() => {
    subscriptions.stop();
    // A timer that is left would keep a process running.
    const left = vi.getTimerCount();
    vi.useRealTimers();
    if (left > 0) throw new Error(`${left} timers are left`);
  });
  const topic = new Topic('topic', { retentionMs, folder: undefined });
  return { topic, subscriptions, logged, open: opener(subscriptions, topic) };
}

function opener(subscriptions: Subscriptions, topic: Topic): MemoryFixture['open'] {
  return (method, headers = {}, topics = [topic]) => {
    const { rules } = subscriptions;
    const header = (name: string): string | undefined => headers[name];
    const options = readSubscriptionOptions({
      method,
      requestedName: '',
      header,
      rules,
      log: () => undefined,
    });
    const sink = new KeepingSink();
    const subscription = subscriptions.open({ zone, topics, options, clientId: 'app', instanceId: '' }, sink);
    const acknowledge: KeptSubscription['acknowledge'] = (messages, status_code = 0) =>
      subscription.connection.acknowledge(messages.map((message) => ackOf(message, status_code)));
    return { subscription, sink, acknowledge };
  };
}

/** The acknowledgement of a message. */
export function ackOf(message: Partial<WireMessage>, status_code: number): ReceivedAck {
  const { topic = '', partition = 0, offset = '0' } = message;
  return { status_code, topic, partition, offset };
}
