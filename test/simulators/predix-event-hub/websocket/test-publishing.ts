/** A publish server with everything that is behind it, for tests. */
import { onTestFinished } from 'vitest';
import type { ClientOptions } from 'ws';
import { Access } from '../access.js';
import { TokenCheck } from '../auth/token-check.js';
import { PredixFaults } from '../faults.js';
import { OpenCalls } from '../grpc/open-calls.js';
import { Publication } from '../publish/publication.js';
import { RateLimit, rateLimitOff } from '../publish/rate-limit.js';
import { Zones } from '../store/zones.js';
import { askToken } from '../uaa/ask-token.js';
import { LocalUaa } from '../uaa/local-uaa.js';
import { PublishServer, type PublishServerOptions } from './publish-server.js';
import { openPublisher, type TestPublisher } from './test-publisher.js';

/** The zone that tests publish in. It has the topics `topic` and `named.one`. */
export const zone = '88ec4bd5-e149-4c98-8e8e-952e86ba5fae';

/** Scopes of the zone by the rest of their names. */
export function scopes(...names: readonly string[]): string {
  return names.map((name) => `predix-event-hub.zones.${zone}.${name}`).join(' ');
}

/** Starts a UAA with one client, which may have the scopes of the zone. */
export function startUaa(): Promise<LocalUaa> {
  const authorities = scopes(
    'user',
    'wss.publish',
    'grpc.publish',
    'named.one.wss.publish',
    'topic.wss.publish',
  );
  const publisher = { secret: 's', authorities: authorities.split(' ') };
  return LocalUaa.start({ clients: { publisher } });
}

/** A token of the client of {@link startUaa}. */
export function tokenOf(uaa: LocalUaa, scope = scopes('user', 'wss.publish')): Promise<string> {
  return askToken(uaa.issuer, { clientId: 'publisher', secret: 's', scope });
}

/** Headers that are given otherwise, or left out. */
export type HeaderChange = Readonly<Record<string, string | undefined>>;

/** The three documented headers, with a token for the default topic unless another scope is named. */
export async function documentedOptions(
  uaa: LocalUaa,
  change: HeaderChange = {},
  scope?: string,
): Promise<ClientOptions> {
  const headers = { Authorization: `Bearer ${await tokenOf(uaa, scope)}`, 'Predix-Zone-Id': zone, ...change };
  const given = Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined);
  return { origin: 'http://localhost/', headers: Object.fromEntries(given) };
}

/** See the head of this file. */
export interface Publishing {
  readonly server: PublishServer;
  readonly zones: Zones;
  readonly faults: PredixFaults;
  readonly rateLimit: RateLimit;
  /** Bodies of the messages that are stored in a topic, in no order. */
  bodies(topic?: string): readonly string[];
}

/** Starts it; it is stopped at the test's end. */
export async function startPublishing(
  uaa: LocalUaa,
  options: Partial<PublishServerOptions> = {},
): Promise<Publishing> {
  const zones = new Zones({ retentionMs: 3_600_000, dataDir: undefined, topicLimit: 10 });
  zones.addZone(zone);
  zones.createTopic(zone, 'named.one');
  const access = new Access(zones, new TokenCheck({ trustedIssuers: [uaa.issuer] }));
  const faults = new PredixFaults(new OpenCalls(access, { cutAtExpiry: false }), { cut: () => server.cut() });
  const rateLimit = new RateLimit(rateLimitOff);
  const server = await PublishServer.start({
    access,
    publicationFor: ({ topics: [topic] }) => {
      if (topic === undefined) throw new RangeError('a publisher has a topic');
      return new Publication({ zone, topic, rateLimit, faults, onLimited: () => undefined });
    },
    mayAnswer: () => faults.mayAnswer(),
    ...options,
  });
  onTestFinished(() => server.stop());
  const bodies = (topic = 'topic'): readonly string[] =>
    zones
      .topic(zone, topic)
      ?.messages()
      .map(({ body }) => body.toString()) ?? [];
  return { server, zones, faults, rateLimit, bodies };
}

/** Starts it, and opens one publisher of the default topic. */
export async function startWithPublisher(
  uaa: LocalUaa,
  options?: Partial<PublishServerOptions>,
): Promise<[Publishing, TestPublisher]> {
  const publishing = await startPublishing(uaa, options);
  return [publishing, await openPublisher(publishing.server.url, await documentedOptions(uaa))];
}

/** A message as it is documented. */
export function message(id: string, body: unknown = { n: id }): object {
  return { id, body, zoneId: zone, tags: { tag1: 'tag_value_1' } };
}
