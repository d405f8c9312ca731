/** Events on their whole way: from the forwarder's connection to what the reader prints. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  PREDIX_PROTOCOLS,
  type PredixProtocol,
} from '../../../src/destinations/predix-event-hub/hub-address.js';
import { PredixHub } from '../../../src/destinations/predix-event-hub/predix-hub.js';
import { compressEvent } from '../../../src/mapping/compressed-event.js';
import type { HubEvent } from '../../../src/mapping/hub-event.js';
import { jsonLine, shortLine } from '../../../src/receive/event-text.js';
import { shownEvent } from '../../../src/receive/predix/shown-event.js';
import type { DeliveredMessage } from '../../../src/receive/predix/subscriber-wire.js';
import { eventOf, FAST, type PredixScene, startPredix, ZONE } from '../../support/predix.js';
import { NEVER } from '../../support/sample-event.js';
import { Collected, optionsOf, store } from './predix-scene.js';

/** With a number whose last digit a parser would lose. */
const BODY = JSON.stringify({ exact: 1, text: 'x'.repeat(500) }).replace('1', '1.10');

async function publish(scene: PredixScene, event: HubEvent, protocol: PredixProtocol): Promise<void> {
  const hub = new PredixHub(scene.address({ protocol }), { predixTls: 'none', proxyUrl: undefined }, FAST);
  onTestFinished(() => hub.close());
  const batch = await hub.createBatch();
  expect(batch.tryAdd(event)).toBe(true);
  await hub.send(batch, NEVER, (_, failure) => expect(failure).toBeUndefined());
}

async function readOne(scene: PredixScene): Promise<{ readonly json: string; readonly short: string }> {
  const reader = new Collected(optionsOf(scene, { max: 1 }));
  await reader.ended();
  const [event = expect.fail()] = reader.events;
  const partition = (reader.places[0] ?? '').split('/')[0] ?? '';
  return { json: jsonLine(event, partition), short: shortLine(event, partition, 400) };
}

describe.each(PREDIX_PROTOCOLS)('published over %s', (protocol) => {
  it('an event is shown with its properties, and its body as it was', async () => {
    const scene = await startPredix();
    await publish(scene, eventOf('7', 'id-1', BODY), protocol);
    const { json, short } = await readOne(scene);
    expect(json).toContain(`"body":${BODY}}`);
    const { properties, ...rest } = JSON.parse(json) as Record<string, unknown>;
    expect(rest).toMatchObject({
      topic: 'topic',
      partition: expect.stringMatching(/^[0-4]$/),
      sequenceNumber: 0,
      offset: '0',
      messageId: 'id-1',
      contentType: 'application/json',
      ...(protocol === 'grpc' ? { partitionKey: '7' } : {}),
    });
    expect(properties).toMatchObject({ tenant: 't1', api: 'events' });
    expect(properties).not.toHaveProperty('messageId');
    expect(short).toMatch(/Z {2}topic\/[0-4]\/0 {2}t1 {2}events {2}/);
  });

  it('a packed body is unpacked, and marked', async () => {
    const scene = await startPredix();
    const packed = await compressEvent(eventOf('7', 'id-1', BODY));
    await publish(scene, packed ?? expect.fail(), protocol);
    const { json, short } = await readOne(scene);
    expect(json).toContain(`"body":${BODY}}`);
    expect(short).toContain('[gzip]  {"exact":1.10');
  });

  it('a body that is no JSON', async () => {
    const scene = await startPredix();
    await publish(scene, { ...eventOf('7', 'id-1', 'a\nb'), contentType: 'text/plain' }, protocol);
    expect((await readOne(scene)).json).toContain('"text":"a\\nb"}');
  });
});

const MESSAGE: DeliveredMessage = {
  id: 'a',
  body: Buffer.from('{}'),
  zone_id: ZONE,
  tags: {},
  key: Buffer.alloc(0),
  topic: 'topic',
  partition: 1,
  offset: '7',
  timestamp: { seconds: '1756902541', nanos: 664_000_000 },
  isMetricMsg: false,
  metric: null,
};

describe('a message of anybody', () => {
  it('time, key and topic', () => {
    const line = jsonLine(
      shownEvent({ ...MESSAGE, topic: `${ZONE}_pumps`, key: Buffer.from('k') }, ZONE),
      '1',
    );
    expect(JSON.parse(line)).toMatchObject({
      topic: 'pumps',
      partition: '1',
      offset: '7',
      enqueuedTime: '2025-09-03T12:29:01.664Z',
      partitionKey: 'k',
    });
  });

  it.each([null, { seconds: '9223372036854775807', nanos: 0 }])('a time that is none: %j', (timestamp) => {
    const before = Date.now();
    const { enqueuedTimeUtc } = shownEvent({ ...MESSAGE, timestamp }, ZONE);
    expect(enqueuedTimeUtc.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('a tag messageId that is not the id stays among the properties', () => {
    const { messageId, properties } = shownEvent({ ...MESSAGE, tags: { messageId: 'b' } }, ZONE);
    expect([messageId, properties]).toEqual(['a', { messageId: 'b' }]);
  });

  it('a tag bodyEncoding without such a body changes nothing', () => {
    const tags = { bodyEncoding: 'base64' };
    for (const body of ['{"a":1}', '"not, base64"', '']) {
      expect(shownEvent({ ...MESSAGE, body: Buffer.from(body), tags }, ZONE).body).toEqual(Buffer.from(body));
    }
  });

  it('a packed body of another publisher', async () => {
    const scene = await startPredix();
    store(scene.service, [{ id: 'a', body: gzipSync(BODY), tags: { contentEncoding: 'gzip' } }]);
    expect((await readOne(scene)).json).toContain(`"body":${BODY}}`);
  });
});
