import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasAdmin, missingScope, type ScopedCall } from './scopes.js';

const base = 'predix-event-hub.zones.z1.';

function missing(
  call: Pick<ScopedCall, 'operation' | 'topics'> & { readonly protocol?: 'grpc' | 'wss' },
  ...held: readonly string[]
): string | undefined {
  const scopes = held.map((scope) => `${base}${scope}`);
  return missingScope({ zone: 'z1', protocol: 'grpc', ...call, held: scopes })?.slice(base.length);
}

const kinds = [
  { protocol: 'grpc', operation: 'publish', action: 'grpc.publish' },
  { protocol: 'wss', operation: 'publish', action: 'wss.publish' },
  { protocol: 'grpc', operation: 'subscribe', action: 'grpc.subscribe' },
] as const;

describe.each(kinds)('to $operation over $protocol', ({ action, ...kind }) => {
  test('needs user, whatever else is held [seed 21]', () => {
    expect(missing({ ...kind, topics: undefined }, action)).toBe('user');
    expect(missing({ ...kind, topics: ['t1'] }, `t1.${action}`, `*.${action}`)).toBe('user');
  });

  test('without a topic needs the default scope, or that of the default topic by name, but no wildcard', () => {
    for (const topics of [undefined, []]) {
      expect(missing({ ...kind, topics }, 'user', action)).toBeUndefined();
      expect(missing({ ...kind, topics }, 'user', `topic.${action}`)).toBeUndefined();
      expect(missing({ ...kind, topics }, 'user', `*.${action}`)).toBe(action);
      expect(missing({ ...kind, topics }, 'user', `t1.${action}`)).toBe(action);
    }
  });

  test('with a topic needs the scope of the topic, not the default one [seed 418-426]', () => {
    expect(missing({ ...kind, topics: ['t1'] }, 'user', `t1.${action}`)).toBeUndefined();
    expect(missing({ ...kind, topics: ['t1'] }, 'user', action, `t2.${action}`)).toBe(`t1.${action}`);
  });

  test('with any topic is allowed by the literal wildcard [seed 463-469]', () => {
    for (const topic of ['t1', 'a.b', 'topic']) {
      expect(missing({ ...kind, topics: [topic] }, 'user', `*.${action}`)).toBeUndefined();
    }
  });

  test('is not allowed by the scopes of another kind', () => {
    const others = kinds.filter((other) => other.action !== action).map((other) => other.action);
    const held = others.flatMap((other) => [other, `t1.${other}`, `*.${other}`, `topic.${other}`]);
    expect(missing({ ...kind, topics: undefined }, 'user', 'admin', ...held)).toBe(action);
    expect(missing({ ...kind, topics: ['t1'] }, 'user', 'admin', ...held)).toBe(`t1.${action}`);
  });
});

describe('the default topic by name', () => {
  test('needs its own scope to be subscribed, the default one will not do [seed 452-459]', () => {
    const call = { operation: 'subscribe', topics: ['topic', 't1'] } as const;
    const held = ['user', 'grpc.subscribe', 't1.grpc.subscribe'];
    expect(missing(call, ...held)).toBe('topic.grpc.subscribe');
    expect(missing(call, ...held, 'topic.grpc.subscribe')).toBeUndefined();
  });

  test.each(['grpc', 'wss'] as const)(
    'may be published to over %s with the default scope [seed 452-459]',
    (protocol) => {
      const call = { protocol, operation: 'publish', topics: ['topic'] } as const;
      expect(missing(call, 'user', `${protocol}.publish`)).toBeUndefined();
      expect(missing(call, 'user', `topic.${protocol}.publish`)).toBeUndefined();
      expect(missing(call, 'user')).toBe(`topic.${protocol}.publish`);
    },
  );
});

test('several topics need the scope of each, and the first that is missing is named', () => {
  const call = { operation: 'subscribe', topics: ['t1', 't2', 't3'] } as const;
  expect(missing(call, 'user', 't1.grpc.subscribe')).toBe('t2.grpc.subscribe');
  const all = ['t1.grpc.subscribe', 't2.grpc.subscribe', 't3.grpc.subscribe'];
  expect(missing(call, 'user', ...all)).toBeUndefined();
});

const topicName = fc.string({ unit: fc.constantFrom(...'aZ0._-'), minLength: 1, maxLength: 12 });

test('a scope counts for the topic it names, whatever dots the names hold', () => {
  fc.assert(
    fc.property(topicName, topicName, (asked, granted) => {
      const lacks = missing({ operation: 'subscribe', topics: [asked] }, 'user', `${granted}.grpc.subscribe`);
      expect(lacks).toBe(asked === granted ? undefined : `${asked}.grpc.subscribe`);
    }),
  );
});

test('scopes of another zone, case or prefix do not count', () => {
  const call = { zone: 'z1', protocol: 'grpc', operation: 'publish', topics: undefined } as const;
  for (const other of ['predix-event-hub.zones.z2.', 'predix-event-hub.zones.Z1.', 'other.z1.', 'z1.']) {
    expect(missingScope({ ...call, held: [`${other}user`, `${other}grpc.publish`] })).toBe(`${base}user`);
  }
});

test('another prefix stands before the zone as it is given', () => {
  const call = { zone: 'z1', protocol: 'grpc', operation: 'publish', topics: undefined } as const;
  const held = ['event-hub-power.zones.z1.user', 'event-hub-power.zones.z1.grpc.publish'];
  expect(missingScope({ ...call, scopePrefix: 'event-hub-power.zones.', held })).toBeUndefined();
  expect(missingScope({ ...call, held })).toBe(`${base}user`);
});

test('topics are administered with user and admin together [seed 337-377]', () => {
  const administers = (...names: readonly string[]): boolean =>
    hasAdmin({ zone: 'z1', held: names.map((name) => `${base}${name}`) });
  expect(administers('user', 'admin')).toBe(true);
  expect(administers('admin')).toBe(false);
  expect(administers('user', '*', 'grpc.publish')).toBe(false);
  expect(hasAdmin({ zone: 'z2', held: [`${base}user`, `${base}admin`] })).toBe(false);
});
