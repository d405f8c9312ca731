/** A local Predix with a token for it, and subscribers that write down what they get; closed when the test is over. */
import { credentials, Metadata } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { LocalPredix, type LocalPredixOptions } from '../local-predix.js';
import { SubscriberClient } from '../protocol.js';
import type { Topic } from '../store/topic.js';
import { askToken } from '../uaa/ask-token.js';
import { LocalUaa } from '../uaa/local-uaa.js';
import type { SubscribeRules } from './rules.js';
import type { SubscribeMethod } from './subscription-options.js';
import { type OpenedCall, TestSubscriber } from './test-subscriber.js';

/** The zone of all tests. */
export const zone = 'zone-1';

const fullScope = (scope: string): string => `predix-event-hub.zones.${zone}.${scope}`;
const scopes = ['user', 'grpc.subscribe', 'grpc.publish', '*.grpc.subscribe'];

/** What a subscriber says. */
export interface SubscribeWishes {
  readonly method?: SubscribeMethod;
  /** Metadata besides the zone and the token; a list for a key that comes more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** For `receive`. */
  readonly request?: {
    readonly zone_id?: string;
    readonly subscriber?: string;
    readonly instance_id?: string;
  };
  /** In the place of the zone's own. */
  readonly zone?: string;
  /** In the place of a good one; empty: none. */
  readonly token?: string;
}

/** See the head of this file. */
export interface PredixFixture {
  readonly service: LocalPredix;
  readonly logged: readonly string[];
  /** A token with the scopes that are given, after the part that they have in common. */
  tokenWith(...scopes: readonly string[]): Promise<string>;
  /** Begins a subscription. */
  subscribe(wishes?: SubscribeWishes): TestSubscriber;
  /** Begins one and waits until it has its place. */
  subscribed(wishes?: SubscribeWishes): Promise<TestSubscriber>;
  /** Stores messages with ids `<prefix>0`, `<prefix>1` and so on, one partition after the other. */
  publish(count: number, prefix?: string, topic?: Topic): void;
  /** Stops the service and starts it again with what it has on disk. */
  restarted(): Promise<PredixFixture>;
}

/**
 * Starts one.
 *
 * @param options of the service; its zone has the topics `pumps` and `valves` besides the default one.
 */
export async function startPredix(options: Partial<LocalPredixOptions> = {}): Promise<PredixFixture> {
  const authorities = scopes.map(fullScope);
  const uaa = await LocalUaa.start({ clients: { app: { secret: 'secret', authorities } } });
  onTestFinished(() => uaa.stop());
  return startService(uaa, options);
}

/** Puts a message into a topic. */
export function store(topic: Topic, id: string, body = Buffer.from(id), key = Buffer.alloc(0)): void {
  topic.append({ id, body, zoneId: zone, tags: {}, key, timestamp: undefined }, () => undefined);
}

/** Limits that put nothing beyond what they are given as the default. */
export function always(value: number): SubscribeRules['maxRetries'] {
  return { fallback: value, least: 0, most: Number.MAX_SAFE_INTEGER };
}

async function startService(uaa: LocalUaa, options: Partial<LocalPredixOptions>): Promise<PredixFixture> {
  const logged: string[] = [];
  const service = await LocalPredix.start({
    zones: { [zone]: ['pumps', 'valves'] },
    trustedIssuers: [uaa.issuer],
    log: (line) => void logged.push(line),
    ...options,
  });
  onTestFinished(() => service.stop());
  const tokenWith = (...held: readonly string[]): Promise<string> =>
    askToken(uaa.issuer, { clientId: 'app', secret: 'secret', scope: held.map(fullScope).join(' ') });
  const token = await tokenWith(...scopes);
  const subscribe = (wishes: SubscribeWishes = {}): TestSubscriber => {
    const client = new SubscriberClient(service.grpcUri, credentials.createInsecure());
    onTestFinished(() => client.close());
    return new TestSubscriber(openCall(client, { token, ...wishes }));
  };
  return {
    ...{ service, logged, tokenWith, subscribe },
    subscribed: async (wishes) => {
      const subscriber = subscribe(wishes);
      await subscriber.hasPlace;
      return subscriber;
    },
    publish: (count, prefix = 'm', topic = service.topic(zone)) => {
      for (let at = 0; at < count; at++) store(topic, `${prefix}${at}`);
    },
    restarted: async () => {
      await service.stop();
      return startService(uaa, options);
    },
  };
}

function openCall(client: InstanceType<typeof SubscriberClient>, wishes: SubscribeWishes): OpenedCall {
  const { method = 'receive', headers = {}, request = {} } = wishes;
  const metadata = new Metadata();
  metadata.add('predix-zone-id', wishes.zone ?? zone);
  if (wishes.token) metadata.add('authorization', wishes.token);
  for (const [key, value] of Object.entries(headers))
    for (const each of [value].flat()) metadata.add(key, each);
  const methods = client as unknown as Record<SubscribeMethod, (...given: object[]) => OpenedCall>;
  return method === 'receive' ? methods.receive(request, metadata) : methods[method](metadata);
}
