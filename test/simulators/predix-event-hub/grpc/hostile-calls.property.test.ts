import fc from 'fast-check';
import { expect, test } from 'vitest';
import { waitUntil } from '../../../support/wait.js';
import { encodeMessage } from '../protocol.js';
import { type PredixFixture, startPredix, store, zone } from '../subscribe/subscriber-fixture.js';
import { type Headers, RawCall, rawSession } from './raw-call.js';

const publish = '/predix.eventhub.Publisher/send';
const methods = [
  'Publisher/send',
  'Subscriber/receive',
  'Subscriber/receiveWithAcks',
  'Subscriber/subscribe',
];
const anyPath = fc.constantFrom(...methods.map((method) => `/predix.eventhub.${method}`));

const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
/** A request of one message, with one byte that is another. */
const nearlyGood = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
  const message = encodeMessage({ id: 'x', body: Buffer.from('body'), tags: { a: 'b' }, zone_id: zone });
  const inner = Buffer.concat([Buffer.from([0x0a, message.length]), message]);
  const request = Buffer.concat([Buffer.from([0x0a, inner.length]), inner]);
  request[at % request.length] = byte;
  return request;
});
const anyMessages = fc.array(fc.oneof(anyBytes, nearlyGood), { maxLength: 4 });

const known = ['topic', 'predix-zone-id', 'authorization', 'acks', 'nacks', 'sync-acks', 'cache-acks'].concat(
  ['send-acks-interval', 'subscribername', 'offset-newest', 'duration-before-retry', 'retry-interval'],
  ['max-retries', 'batch-size', 'batch-interval', 'batchtype-union', 'metrics', 'metrics-interval'],
);
const anyValue = fc.oneof(
  fc.string({ maxLength: 50 }),
  fc.constantFrom('true', 'false', '0', '-1', '1e9', '9'.repeat(400), '99999999999m', ',', ' , ,', '%'),
  fc.constantFrom('__proto__', 'constructor', 'a,b', '%'.repeat(20_000), 'topic', 'pumps'),
);
const anyHeaders = fc.dictionary(fc.constantFrom(...known), anyValue, { maxKeys: 6 });

/** What every call of these tests may say, unless it says otherwise. */
async function goodHeaders({ tokenWith }: PredixFixture): Promise<Headers> {
  const authorization = await tokenWith('user', 'grpc.publish', 'grpc.subscribe');
  return { authorization, 'predix-zone-id': zone };
}

async function isQuiet({ service }: PredixFixture): Promise<void> {
  const open = (): number => service.openStreams('publish') + service.openStreams('subscribe');
  await waitUntil('no call is left', () => open() === 0);
}

test('any bytes in the place of messages end their call at most, and nothing that was stored is lost', async () => {
  const fixture = await startPredix();
  const headers = await goodHeaders(fixture);
  const session = await rawSession(fixture.service.grpcUri);
  const topic = fixture.service.topic(zone);
  await fc.assert(
    fc.asyncProperty(anyPath, anyMessages, anyBytes, async (path, messages, bytes) => {
      store(topic, 'kept');
      const call = new RawCall(session, path, headers);
      call.send(messages);
      call.sendBytes(bytes);
      void call.end();
      await call.answered;
      await call.cancel();
    }),
    { numRuns: 150 },
  );
  await isQuiet(fixture);
  const subscriber = fixture.subscribe({ headers: { subscribername: 'afterwards' } });
  await subscriber.received(topic.messageCount);
});

test('a subscriber whose request is followed by more than can be received keeps no place', async () => {
  const fixture = await startPredix();
  const headers = await goodHeaders(fixture);
  const session = await rawSession(fixture.service.grpcUri);
  for (let at = 0; at < 8; at++) {
    const call = new RawCall(session, '/predix.eventhub.Subscriber/receive', headers);
    call.send([Buffer.alloc(0)]);
    call.sendBytes(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
    expect(await call.end()).toBe('8');
  }
  await isQuiet(fixture);
  await fixture.subscribed();
});

test('any metadata is refused or taken, and logged in lines of a sensible length', async () => {
  const fixture = await startPredix();
  const headers = await goodHeaders(fixture);
  const session = await rawSession(fixture.service.grpcUri);
  await fc.assert(
    fc.asyncProperty(anyPath, anyHeaders, async (path, others) => {
      const call = new RawCall(session, path, { ...headers, ...others });
      call.send([Buffer.alloc(0)]);
      void call.end();
      await call.answered;
      await call.cancel();
    }),
    { numRuns: 200 },
  );
  await isQuiet(fixture);
  expect(fixture.logged.filter((line) => line.length > 1000)).toEqual([]);
  expect(await new RawCall(session, publish, headers).end()).toBe('0');
});

test('calls may go away at any moment: their places are free, and what was stored is delivered', async () => {
  const fixture = await startPredix();
  const headers = await goodHeaders(fixture);
  const session = await rawSession(fixture.service.grpcUri);
  const topic = fixture.service.topic(zone);
  await fc.assert(
    fc.asyncProperty(anyPath, fc.boolean(), fc.nat(8), async (path, isEnded, turns) => {
      const call = new RawCall(session, path, headers);
      call.send([Buffer.alloc(0)]);
      if (isEnded) void call.end();
      store(topic, 'meanwhile');
      // Each turn is one more step of the call on its way in.
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await call.cancel();
    }),
    { numRuns: 200 },
  );
  await isQuiet(fixture);
  const subscriber = fixture.subscribe({ headers: { subscribername: 'afterwards' } });
  await subscriber.received(topic.messageCount);
});
