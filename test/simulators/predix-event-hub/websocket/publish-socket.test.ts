import { beforeAll, describe, expect, test } from 'vitest';
import { oneMegabyte } from '../publish/publication.js';
import { toWire } from '../store/partition.js';
import type { LocalUaa } from '../uaa/local-uaa.js';
import { message, startUaa, startWithPublisher, zone } from './test-publishing.js';

let uaa: LocalUaa;
beforeAll(async () => {
  uaa = await startUaa();
  return () => uaa.stop();
});

/** A frame of so many bytes; with a character of two, so that it tells bytes from characters. */
function frameOf(bytes: number, messages = 1): string {
  const parts = Array.from({ length: messages }, (_, at) => `{"id":"${at}","body":"é"}`);
  const frame = `[${parts.join(',')}]`;
  return frame.replace('é', `é${'x'.repeat(bytes - Buffer.byteLength(frame))}`);
}

describe('messages', () => {
  test('as documented are stored as they are written and acknowledged [seed 72-75] [seed 77-98] [seed 7]', async () => {
    const [{ zones }, publisher] = await startWithPublisher(uaa);
    const bodies = ['{\n\t"data_value_here": "value1",\n\t"more_text": "value2"\n}', '{"attribute1":1.0}'];
    const [first, second] = bodies.map((body, at) => {
      const id = `my_message_id_00${at + 1}`;
      return `{\n"id": "${id}",\n"body": ${body},\n"zoneId": "${zone}",\n"tags": {"tag1": "tag_value_1"}\n}`;
    });
    const acks = await publisher.publish(`[${first}, ${second}]`, 2);
    expect(acks.map(({ id, status_code, desc }) => [id, status_code, desc])).toEqual([
      ['my_message_id_001', 202, 'Message successfully sent'],
      ['my_message_id_002', 202, 'Message successfully sent'],
    ]);
    const stored = zones.topic(zone, 'topic')?.messages().map(toWire) ?? [];
    expect(stored.map(({ body }) => body?.toString())).toEqual(bodies);
    expect(stored[0]).toMatchObject({
      id: 'my_message_id_001',
      zone_id: zone,
      tags: { tag1: 'tag_value_1' },
    });
  });

  test('as the documentation prints them, which is not JSON, are refused [seed 77-98]', async () => {
    const [, publisher] = await startWithPublisher(uaa);
    const printed = '{"id":"1","body":{"a":"1",},"zoneId":"z"}, {"id":"2","body":{"a":"1",},"zoneId":"z"}';
    expect(await publisher.publish(printed)).toEqual([
      { status_code: 400, desc: 'The frame is not a JSON array of messages' },
    ]);
  });

  test('are taken from binary frames and from text frames, and answered in binary ones [seed 481]', async () => {
    const [{ bodies }, publisher] = await startWithPublisher(uaa);
    await publisher.publish([message('binary', 'b')]);
    publisher.socket.send(JSON.stringify([message('text', 't')]));
    expect((await publisher.acked(2)).map(({ status_code }) => status_code)).toEqual([202, 202]);
    expect(bodies()).toEqual(['"b"', '"t"']);
    expect(publisher.isAllBinary).toBe(true);
  });

  test('are taken from a lone object, and from fragments of a frame', async () => {
    const [{ bodies }, publisher] = await startWithPublisher(uaa);
    await publisher.publish(message('1', 1));
    publisher.socket.send(Buffer.from('[{"id":"2",'), { fin: false });
    publisher.socket.send(Buffer.from('"body":2}]'), { fin: true });
    await publisher.acked(2);
    expect(bodies()).toEqual(['1', '2']);
  });

  test('of the same id are all stored and each acknowledged', async () => {
    const [{ bodies }, publisher] = await startWithPublisher(uaa);
    const acks = await publisher.publish([message('1'), message('1'), message('1')], 3);
    expect(acks.map(({ id }) => id)).toEqual(['1', '1', '1']);
    expect(new Set(acks.map(({ partition, offset }) => `${partition}/${offset}`))).toHaveProperty('size', 3);
    expect(bodies()).toHaveLength(3);
  });

  test('that are wrong are refused each by itself, and the good ones are stored [seed 208]', async () => {
    const [{ bodies }, publisher] = await startWithPublisher(uaa);
    const wrong = [
      { body: 1 },
      { id: 7 },
      { id: 'zone', zoneId: 'other' },
      { id: 'tags', tags: { a: 1 } },
      { id: '' },
    ];
    const acks = await publisher.publish([...wrong, message('good', 'kept')], 6);
    expect(acks.filter(({ status_code }) => status_code === 400)).toHaveLength(5);
    expect(acks.filter(({ status_code }) => status_code === 202).map(({ id }) => id)).toEqual(['good']);
    expect(bodies()).toEqual(['"kept"']);
  });

  test('that are refused are given back', async () => {
    const [, publisher] = await startWithPublisher(uaa);
    const [ack] = await publisher.publish(
      '[{"id":"1","body":{"a": 1.0},"zone_id":"other","tags":{"t":"v"}}]',
    );
    const echo = { body: '{"a": 1.0}', zone_id: 'other', tags: { t: 'v' } };
    expect(ack).toEqual({ id: '1', status_code: 400, desc: 'The message is for another zone', ...echo });
  });
});

describe('a frame', () => {
  test('that cannot be read is answered once, and the socket stays', async () => {
    const [{ bodies }, publisher] = await startWithPublisher(uaa);
    const [ack] = await publisher.publish('no JSON');
    expect(ack).toEqual({ status_code: 400, desc: 'The frame is not a JSON array of messages' });
    await publisher.publish([message('1', 'next')]);
    expect(bodies()).toEqual(['"next"']);
  });

  test('of 1 MB is taken and a larger one refused, with all that is in it [seed 311] [seed 480]', async () => {
    const [{ bodies }, publisher] = await startWithPublisher(uaa);
    const exact = await publisher.publish(frameOf(oneMegabyte, 2), 2);
    expect(exact.map(({ status_code }) => status_code)).toEqual([202, 202]);
    const larger = await publisher.publish(frameOf(oneMegabyte + 1, 2), 2);
    const desc = 'The request is larger than 1 MB';
    expect(larger.map((ack) => [ack.id, ack.status_code, ack.desc])).toEqual([
      ['0', 400, desc],
      ['1', 400, desc],
    ]);
    expect(bodies()).toHaveLength(2);
  });

  test('with a message of 1 MB is refused, and with a smaller one taken [seed 33]', async () => {
    const [, publisher] = await startWithPublisher(uaa);
    // The message alone, without the brackets of the array.
    const [largest] = await publisher.publish(frameOf(oneMegabyte + 1).slice(1, -1));
    const [tooLarge] = await publisher.publish(frameOf(oneMegabyte + 2).slice(1, -1));
    expect([largest?.status_code, tooLarge?.status_code]).toEqual([202, 400]);
  });

  test('of 4 MB is answered, and a larger one closes the socket with 1009', async () => {
    const [, publisher] = await startWithPublisher(uaa);
    expect((await publisher.publish(frameOf(4 * oneMegabyte)))[0]?.status_code).toBe(400);
    publisher.send(frameOf(4 * oneMegabyte + 1));
    expect((await publisher.closed).code).toBe(1009);
  });
});
