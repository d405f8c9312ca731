import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PredixProtocol } from '../../../src/destinations/predix-event-hub/hub-address.js';
import {
  MessageBatch,
  MOST_REQUEST_BYTES,
} from '../../../src/destinations/predix-event-hub/message-batch.js';
import type { HubEvent } from '../../../src/mapping/hub-event.js';
import { eventOf } from '../../support/predix.js';

const PROTOCOLS: readonly PredixProtocol[] = ['grpc', 'websocket'];

/** An event whose body is one JSON text of so many bytes. */
function eventOfBytes(bytes: number, source = '1'): HubEvent {
  return eventOf(source, `id-${source}`, `"${'x'.repeat(bytes - 2)}"`);
}

/** The largest body that is taken alone. */
function largestBody(protocol: PredixProtocol): number {
  let [low, high] = [2, MOST_REQUEST_BYTES + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (new MessageBatch(protocol, 'z1').tryAdd(eventOfBytes(middle))) low = middle;
    else high = middle;
  }
  return low;
}

describe.each(PROTOCOLS)('a batch for %s', (protocol) => {
  it('[seed 487-493] takes no message that makes the serialized request larger than 921,600 bytes, tags included', () => {
    const bytes = largestBody(protocol);
    const batch = new MessageBatch(protocol, 'z1');
    expect(batch.tryAdd(eventOfBytes(bytes))).toBe(true);
    const request = batch.take();
    expect(request.length).toBeLessThanOrEqual(MOST_REQUEST_BYTES);
    // What is counted may be a little more than what is sent, never less.
    expect(MOST_REQUEST_BYTES - request.length).toBeLessThan(8);
    expect(batch.bytes).toBeGreaterThanOrEqual(request.length);
    const event = eventOfBytes(bytes);
    const tagged = { ...event, properties: { ...event.properties, more: 'than before' } };
    expect(new MessageBatch(protocol, 'z1').tryAdd(tagged)).toBe(false);
  });

  it('closes on the limit, and what did not fit goes into the next', () => {
    const batch = new MessageBatch(protocol, 'z1');
    for (let source = 0; batch.tryAdd(eventOfBytes(50_000, String(source))); source++);
    expect(batch.ids.length).toBeGreaterThan(15);
    expect(batch.take().length).toBeLessThanOrEqual(MOST_REQUEST_BYTES);
    expect(new MessageBatch(protocol, 'z1').tryAdd(eventOfBytes(50_000))).toBe(true);
  });

  it('never holds two events of one source: each is answered by itself', () => {
    const batch = new MessageBatch(protocol, 'z1');
    batch.tryAdd(eventOf('7', 'a'));
    expect(batch.mustWait(eventOf('7', 'b'))).toBe(true);
    expect(batch.mustWait(eventOf('8', 'c'))).toBe(false);
  });

  it('keeps to a wish for smaller requests, save for one event alone', () => {
    const batch = new MessageBatch(protocol, 'z1', 1000);
    expect(batch.tryAdd(eventOfBytes(5000, '1'))).toBe(true);
    expect(batch.tryAdd(eventOfBytes(10, '2'))).toBe(false);
  });

  it('is stale as soon as it was sent', () => {
    const batch = new MessageBatch(protocol, 'z1');
    batch.tryAdd(eventOf('7', 'a'));
    expect(batch.isStale).toBe(false);
    batch.take();
    expect(batch.isStale).toBe(true);
  });

  it('counts no fewer bytes than its request has, whatever is in it', () => {
    const event = fc.record({
      id: fc.string({ unit: 'binary' }),
      text: fc.string({ unit: 'binary' }),
      tag: fc.string({ unit: 'binary' }),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 30 }), (events) => {
        const batch = new MessageBatch(protocol, 'z1');
        events.forEach(({ id, text, tag }, at) => {
          const plain = eventOf(String(at), `${at}${id}`, JSON.stringify(text));
          batch.tryAdd({ ...plain, properties: { ...plain.properties, tag } });
        });
        const { bytes } = batch;
        expect(batch.take().length).toBeLessThanOrEqual(bytes);
      }),
    );
  });
});

describe('a batch for WebSocket', () => {
  function elementsOf(
    ...events: readonly HubEvent[]
  ): readonly { id: string; body: unknown; zoneId: string; tags: object }[] {
    const batch = new MessageBatch('websocket', 'z1');
    for (const event of events) batch.tryAdd(event);
    return JSON.parse(batch.take().toString());
  }

  it('[seed 481] is a JSON array of messages, each body byte for byte as it came', () => {
    const batch = new MessageBatch('websocket', 'z1');
    batch.tryAdd(eventOf('7', 'a', '{ "n": 1.0, "big": 12345678901234567890 }'));
    batch.tryAdd(eventOf('8', 'b"', '{}'));
    const text = batch.take().toString();
    expect(text).toContain('"body":{ "n": 1.0, "big": 12345678901234567890 },');
    expect(JSON.parse(text)).toMatchObject([
      { id: 'a', zoneId: 'z1', tags: { tenant: 't1', messageId: 'a' } },
      { id: 'b"', zoneId: 'z1' },
    ]);
  });

  it('has a body that is no JSON, or packed, in base64, and says so in a tag', () => {
    const plain = eventOf('7', 'a');
    const bytes = Buffer.from([0, 1, 2, 255]);
    const [binary, packed] = elementsOf(
      { ...plain, body: bytes, contentType: 'application/octet-stream' },
      { ...plain, partitionKey: '8', body: bytes, contentEncoding: 'gzip' },
    );
    expect(binary).toMatchObject({ body: 'AAEC/w==', tags: { bodyEncoding: 'base64' } });
    expect(packed).toMatchObject({ body: 'AAEC/w==', tags: { bodyEncoding: 'base64' } });
    expect(elementsOf(plain)[0]?.tags).not.toHaveProperty('bodyEncoding');
  });

  it('takes the structured form of CloudEvents for the JSON that it is', () => {
    const event = { ...eventOf('7', 'a'), contentType: 'application/cloudevents+json' };
    expect(elementsOf(event)[0]).toMatchObject({ body: { id: 'a' } });
  });
});
