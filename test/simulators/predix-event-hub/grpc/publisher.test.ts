import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { selfSignedCertificate } from '../../azure-event-hubs/self-signed-certificate.js';
import { AckStatus } from '../protocol.js';
import { message, SYNC, start, ZONE } from './publisher-scene.js';
import { TestPublisher } from './test-publisher.js';

describe('publishing', () => {
  it('[seed 28-32] keeps id, body, zone and tags of a message, and its acknowledgement has the same id', async () => {
    const { service, publisher } = await start();
    const one = publisher();
    const body = Buffer.from([0, 255, 128]);
    one.send({ id: 'm1', body, zone_id: ZONE, tags: { my_tag: 'ä' }, key: Buffer.from('k') });
    const [ack] = await one.acked(1);
    expect(ack).toMatchObject({
      id: 'm1',
      status_code: AckStatus.accepted,
      desc: 'Message successfully sent',
      topic: 'topic',
    });
    const [stored] = service.topic(ZONE).messages();
    expect(stored).toMatchObject({ id: 'm1', body, zoneId: ZONE, tags: { my_tag: 'ä' } });
    expect([ack?.partition, ack?.offset]).toEqual([stored?.partition, String(stored?.offset)]);
  });

  it('[seed 117-120] takes the metadata of the sample: bare token, zone, content type and topic', async () => {
    const { service, token } = await start();
    const headers = {
      authorization: token,
      'predix-zone-id': ZONE,
      'content-type': 'application/grpc',
      topic: 'pumps',
      ...SYNC,
    };
    const one = new TestPublisher({ uri: service.grpcUri, headers });
    one.send({ ...message('a'), offset: '1', timestamp: { seconds: '1', nanos: 1 } });
    await one.acked(1);
    const [stored] = service.topic(ZONE, 'pumps').messages();
    // The offset is the service's to give; the time is the publisher's.
    expect(stored).toMatchObject({ offset: 0, timestamp: { seconds: '1', nanos: 1 } });
  });

  it('[seed 145-187] answers what is still due when the client ends its side, and then ends with OK', async () => {
    const { publisher } = await start();
    const one = publisher({ 'sync-acks': 'false', 'cache-acks': 'true', 'send-acks-interval': '1000ms' });
    for (let at = 0; at < 20; at++) one.send(message(`m${at}`));
    expect((await one.end()).code).toBe(status.OK);
    expect(one.acks.map(({ id }) => id).sort()).toEqual(
      Array.from({ length: 20 }, (_, at) => `m${at}`).sort(),
    );
  });

  it('[seed 194-209] gives one acknowledgement for each message, also where ids are equal', async () => {
    const { service, publisher } = await start();
    const one = publisher();
    one.send(message('same'), message('same'), message('same'));
    const acks = await one.acked(3);
    expect(new Set(acks.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(3);
    expect(service.topic(ZONE).messageCount).toBe(3);
  });

  it('puts messages of one key into one partition, in order, and others everywhere', async () => {
    const { service, publisher } = await start();
    const one = publisher();
    for (let at = 0; at < 10; at++)
      one.send({ ...message(`k${at}`), key: Buffer.from('7') }, message(`n${at}`));
    await one.acked(20);
    const stored = service.topic(ZONE).messages();
    const keyed = stored.filter(({ id }) => id.startsWith('k'));
    expect(new Set(keyed.map(({ partition }) => partition)).size).toBe(1);
    expect(keyed.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, at) => `k${at}`));
    expect(
      new Set(stored.filter(({ id }) => id.startsWith('n')).map(({ partition }) => partition)).size,
    ).toBe(5);
  });

  it('[seed 325] keeps topics apart', async () => {
    const { service, publisher } = await start();
    const [one, other] = [publisher(), publisher({ ...SYNC, topic: 'pumps' })];
    one.send(message('a'));
    other.send(message('b'));
    await Promise.all([one.acked(1), other.acked(1)]);
    expect(
      service
        .topic(ZONE)
        .messages()
        .map(({ id }) => id),
    ).toEqual(['a']);
    expect(
      service
        .topic(ZONE, 'pumps')
        .messages()
        .map(({ id }) => id),
    ).toEqual(['b']);
  });

  it('[seed 333] has the default topic in every zone, under all of its names', async () => {
    const { service, publisher } = await start();
    const named = publisher({ ...SYNC, topic: `${ZONE}_topic`, 'predix-zone-id': [ZONE, ZONE] });
    named.send(message('a'));
    await named.acked(1);
    expect(service.topic(ZONE).messageCount).toBe(1);
  });

  it('has after a restart what it has acknowledged, and goes on behind it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'predix-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    const first = await start({ dataDir });
    first.service.createTopic(ZONE, 'made');
    const one = first.publisher();
    for (let at = 0; at < 10; at++)
      one.send({ ...message(`m${at}`), tags: { at: String(at) }, key: Buffer.from('k') });
    await one.acked(10);
    const before = first.service.topic(ZONE).messages();
    await first.service.stop();
    const second = await start({ dataDir });
    expect(second.service.topic(ZONE).messages()).toEqual(before);
    expect(second.service.topic(ZONE, 'made').messageCount).toBe(0);
    const again = second.publisher();
    again.send({ ...message('m10'), key: Buffer.from('k') });
    const [ack] = await again.acked(1);
    expect(ack?.offset).toBe('10');
  });

  it('takes a message without a body and without a zone, and gives it the time if it has none', async () => {
    const { service, publisher } = await start();
    const one = publisher();
    one.send({ id: 'bare', partition: 3, offset: '77' });
    const [ack] = await one.acked(1);
    const [stored] = service.topic(ZONE).messages();
    expect(stored).toMatchObject({ zoneId: ZONE, body: Buffer.alloc(0), partition: 0, offset: 0 });
    expect(ack).toMatchObject({ status_code: AckStatus.accepted, timestamp: stored?.timestamp });
    expect(Number(stored?.timestamp.seconds) * 1000).toBeGreaterThan(Date.now() - 60_000);
  });

  it('works over TLS', async () => {
    const tls = selfSignedCertificate();
    const { service, token } = await start({ tls });
    const headers = { authorization: `bearer ${token}`, 'predix-zone-id': ZONE, ...SYNC };
    const one = new TestPublisher({
      uri: service.grpcUri,
      headers,
      channel: credentials.createSsl(Buffer.from(tls.cert)),
    });
    one.send(message('a'));
    await one.acked(1);
  });
});

describe('health', () => {
  it('is told to anybody, as SERVING', async () => {
    const { service } = await start();
    const client = new Client(service.grpcUri, credentials.createInsecure());
    onTestFinished(() => client.close());
    const check = healthService['Check'];
    if (check === undefined) throw new Error('the library has no such method');
    const { path, requestSerialize, responseDeserialize } = check;
    const answer = await new Promise((resolve, reject) => {
      const request = { service: 'predix-event-hub.grpc.health' };
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        (error, value) => (error === null ? resolve(value) : reject(error)),
      );
    });
    expect(answer).toMatchObject({ status: 'SERVING' });
  });
});
