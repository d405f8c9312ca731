import { beforeAll, describe, expect, test } from 'vitest';
import type { Admission } from '../access.js';
import { Topic } from '../store/topic.js';
import type { LocalUaa } from '../uaa/local-uaa.js';
import { openPublisher, type TestPublisher } from './test-publisher.js';
import {
  documentedOptions,
  type HeaderChange,
  message,
  type Publishing,
  scopes,
  startPublishing,
  startUaa,
  startWithPublisher,
  tokenOf,
  zone,
} from './test-publishing.js';

let uaa: LocalUaa;
beforeAll(async () => {
  uaa = await startUaa();
  return () => uaa.stop();
});

async function open({ server }: Publishing, headers: HeaderChange): Promise<TestPublisher> {
  return openPublisher(server.url, await documentedOptions(uaa, headers));
}

function admissionUntil(expiresAtMs: number): Admission {
  const topic = new Topic('topic', { retentionMs: 3_600_000, folder: undefined });
  return { zone, topics: [topic], expiresAtMs, clientId: 'publisher' };
}

describe('acknowledgements', () => {
  test('have the documented form, and the place of the message [seed 194-209]', async () => {
    const [, publisher] = await startWithPublisher(uaa);
    const [ack] = await publisher.publish([message('my_message_id_001')]);
    expect(ack).toEqual({
      ...{ id: 'my_message_id_001', status_code: 202, desc: 'Message successfully sent' },
      ...{ topic: 'topic', partition: expect.any(Number), offset: 0 },
      timestamp: expect.objectContaining({ seconds: expect.any(Number) }),
    });
  });

  test('have the form of proto when the server is set so', async () => {
    const [, publisher] = await startWithPublisher(uaa, { wsAckStyle: 'proto-omit' });
    const [stored, refused] = await publisher.publish([message('1'), { id: '2', zoneId: 'other' }], 2);
    expect(stored).not.toHaveProperty('status_code');
    expect(refused).toEqual({
      id: '2',
      status_code: 1,
      desc: 'The message is for another zone',
      zone_id: 'other',
    });
  });

  test('tell with 503 what was not published and what exceeds the limit [seed 209] [seed 218-226]', async () => {
    const [{ faults, rateLimit, bodies }, publisher] = await startWithPublisher(uaa);
    faults.answerWith({ status: 3, desc: 'not now' }, 1);
    const [failed] = await publisher.publish([message('1')]);
    rateLimit.options = { mode: 'on', bytes: 300, windowMs: 3_600_000 };
    const [, limited] = await publisher.publish([message('2', 'x'), message('3', 'x'.repeat(300))], 2);
    expect(failed).toMatchObject({ id: '1', status_code: 503, desc: 'not now' });
    expect(limited).toMatchObject({ id: '3', status_code: 503, desc: 'Too Many Requests' });
    expect(bodies()).toEqual(['"x"']);
  });

  test('of a frame come together and at once when no header says otherwise', async () => {
    const [, publisher] = await startWithPublisher(uaa);
    await publisher.publish([message('1'), message('2'), { id: 3 }], 3);
    expect(publisher.frames.map((frame) => frame.length)).toEqual([3]);
  });

  test('are collected over frames when the headers of the Python SDK ask for it', async () => {
    const publishing = await startPublishing(uaa);
    const collected = {
      'sync-acks': 'false',
      'cache-acks': 'true',
      'send-acks-interval': '1000',
      acks: 'true',
    };
    const publisher = await open(publishing, collected);
    for (const id of ['1', '2', '3']) publisher.send([message(id)]);
    await publisher.acked(3);
    expect(publisher.frames).toHaveLength(1);
  });

  test('are collected within limits, and what is beyond them is logged', async () => {
    const lines: string[] = [];
    const { server } = await startPublishing(uaa, { log: (line) => void lines.push(line) });
    const headers = { 'cache-acks': 'true', 'send-acks-interval': '1ms' };
    const publisher = await openPublisher(server.url, await documentedOptions(uaa, headers));
    await publisher.publish([message('1')]);
    expect(lines).toEqual([
      `zone ${zone}, client publisher: send-acks-interval 1 is out of range: 100 is used`,
    ]);
  });

  test('of failures alone, or none, come when that is asked for', async () => {
    const publishing = await startPublishing(uaa);
    const failures = await open(publishing, { acks: 'true', nacks: 'true', 'sync-acks': 'true' });
    const none = await open(publishing, { acks: 'false', nacks: 'false', 'sync-acks': 'true' });
    none.send([message('1'), { id: 1 }]);
    failures.send([message('good')]);
    const [first] = await failures.publish([{ id: 'bad', zoneId: 'other' }]);
    expect(first?.id).toBe('bad');
    none.socket.close();
    await none.closed;
    expect(none.acks).toEqual([]);
    expect(publishing.bodies()).toHaveLength(2);
  });

  test('are lost with the connection when that is asked for, and the messages are not', async () => {
    const [{ faults, bodies, server }, publisher] = await startWithPublisher(uaa);
    faults.loseAnswers(1);
    publisher.send([message('1', 'kept')]);
    expect((await publisher.closed).code).toBe(1006);
    expect(publisher.acks).toEqual([]);
    expect(bodies()).toEqual(['"kept"']);
    expect(server.openSockets).toBe(0);
  });
});

describe('a socket', () => {
  test('is closed when its topic is deleted, and others stay', async () => {
    const publishing = await startPublishing(uaa);
    const Authorization = await tokenOf(uaa, scopes('user', 'wss.publish', 'named.one.wss.publish'));
    const named = await open(publishing, { Authorization, topic: 'named.one' });
    const other = await open(publishing, { Authorization });
    publishing.zones.deleteTopic(zone, 'named.one');
    expect(await named.closed).toEqual({ code: 1011, reason: 'The topic was deleted' });
    expect((await other.publish([message('1')]))[0]?.status_code).toBe(202);
  });

  test('is closed when its token ends, if the server is set so', async () => {
    const access = { admit: async () => admissionUntil(Date.now() + 50) };
    const [, publisher] = await startWithPublisher(uaa, { access, cutAtExpiry: true });
    expect(await publisher.closed).toEqual({ code: 1008, reason: 'The token has expired' });
  });

  test('outlives its token otherwise', async () => {
    const access = { admit: async () => admissionUntil(Date.now() - 1) };
    const [, publisher] = await startWithPublisher(uaa, { access });
    expect((await publisher.publish([message('1')]))[0]?.status_code).toBe(202);
  });

  test('answers pings', async () => {
    const [, publisher] = await startWithPublisher(uaa);
    const pong = new Promise((resolve) => publisher.socket.once('pong', resolve));
    publisher.socket.ping('still there?');
    expect(String(await pong)).toBe('still there?');
  });
});
