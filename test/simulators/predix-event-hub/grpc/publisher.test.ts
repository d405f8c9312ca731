import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { selfSignedCertificate } from '../../azure-event-hubs/self-signed-certificate.js';
import { LocalPredix, type LocalPredixOptions } from '../local-predix.js';
import { AckStatus } from '../protocol.js';
import { askToken } from '../uaa/ask-token.js';
import { LocalUaa } from '../uaa/local-uaa.js';
import { TestPublisher } from './test-publisher.js';

const ZONE = 'z1';
const BASE = `predix-event-hub.zones.${ZONE}`;
const AUTHORITIES = ['user', 'grpc.publish', 'pumps.grpc.publish', 'gone.grpc.publish'].map(
  (scope) => `${BASE}.${scope}`,
);
const SYNC = { 'sync-acks': 'true' };

interface Scene {
  readonly service: LocalPredix;
  readonly uaa: LocalUaa;
  readonly lines: readonly string[];
  readonly token: string;
  publisher(headers?: Readonly<Record<string, string | readonly string[]>>): TestPublisher;
}

async function start(options: Partial<LocalPredixOptions> = {}): Promise<Scene> {
  const uaa = await LocalUaa.start({ clients: { app: { secret: 's', authorities: AUTHORITIES } } });
  onTestFinished(() => uaa.stop());
  const lines: string[] = [];
  const service = await LocalPredix.start({
    zones: { [ZONE]: ['pumps'] },
    trustedIssuers: [uaa.issuer],
    log: (line) => void lines.push(line),
    ...options,
  });
  onTestFinished(() => service.stop());
  const token = await askToken(uaa.issuer, { clientId: 'app', secret: 's' });
  const known = { authorization: token, 'predix-zone-id': ZONE };
  return {
    ...{ service, uaa, lines, token },
    publisher: (headers = SYNC) =>
      new TestPublisher({ uri: service.grpcUri, headers: { ...known, ...headers } }),
  };
}

function message(id: string, bytes = 10): { id: string; body: Buffer } {
  return { id, body: Buffer.alloc(bytes, 'x') };
}

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

describe('which acknowledgements come', () => {
  it.each([
    ['all, as they come', { 'sync-acks': 'true' }, ['bad', 'good']],
    ['all, collected, when nothing is said', {}, ['bad', 'good']],
    [
      'all, collected',
      { 'sync-acks': 'false', acks: 'true', nacks: 'false', 'send-acks-interval': '100ms' },
      ['bad', 'good'],
    ],
    ['failures alone', { 'sync-acks': 'false', acks: 'true', nacks: 'true' }, ['bad']],
    ['failures alone, as the Python SDK asks for them', { acks: 'false', nacks: 'true' }, ['bad']],
    ['none', { acks: 'false', nacks: 'false' }, []],
  ])('%s', async (_, headers, expected) => {
    const { publisher } = await start();
    const one = publisher(headers);
    one.send(message('good'), { ...message('bad'), zone_id: 'another' });
    await one.end();
    expect(one.acks.map(({ id }) => id).sort()).toEqual(expected);
  });

  it('come together when they are collected', async () => {
    const { publisher } = await start();
    const one = publisher({ 'cache-acks': 'true', 'send-acks-interval': '200' });
    for (let at = 0; at < 5; at++) one.send(message(`m${at}`));
    await one.acked(5);
    expect(one.responses).toHaveLength(1);
  });
});

describe('a message that is refused', () => {
  it.each([
    ['without an id', { ...message('x'), id: '' }, /no id/],
    ['for another zone', { ...message('x'), zone_id: 'z2' }, /another zone/],
    ['[seed 33] of 1 MB or more', message('x', 1_048_576), /1 MB/],
    [
      '[seed 311] whose tags make it too large',
      { ...message('x', 500_000), tags: { t: 'y'.repeat(560_000) } },
      /1 MB/,
    ],
    ['of 2 MiB', message('x', 2 * 1024 * 1024), /1 MB/],
  ])('%s: BAD_REQUEST with what was sent, and its neighbour is taken', async (_, bad, desc) => {
    const { service, publisher } = await start();
    const one = publisher();
    one.send(bad);
    one.send(message('good'));
    const acks = await one.acked(2);
    const nack = acks.find(({ id }) => id !== 'good');
    expect(nack).toMatchObject({
      id: bad.id,
      status_code: AckStatus.badRequest,
      desc: expect.stringMatching(desc),
    });
    expect(nack?.body?.length).toBe(bad.body.length);
    expect(
      service
        .topic(ZONE)
        .messages()
        .map(({ id }) => id),
    ).toEqual(['good']);
  });

  it('[seed 480] is every one of a request that is larger than 1 MB', async () => {
    const { service, publisher } = await start();
    const one = publisher();
    one.send(message('a', 600_000), message('b', 600_000));
    const acks = await one.acked(2);
    expect(acks.map(({ status_code }) => status_code)).toEqual([AckStatus.badRequest, AckStatus.badRequest]);
    expect(service.topic(ZONE).messageCount).toBe(0);
  });

  it('ends the call when it is beyond what can be received at all; others are not disturbed', async () => {
    const { publisher } = await start();
    const [one, other] = [publisher(), publisher()];
    one.send(message('x', 5 * 1024 * 1024));
    expect((await one.ended).code).toBe(status.RESOURCE_EXHAUSTED);
    other.send(message('good'));
    await other.acked(1);
  });
});

describe('a stream that is refused', () => {
  it.each([
    ['without a token', { authorization: [] }, status.UNAUTHENTICATED, /Missing Authorization header/],
    [
      'with a token that is none',
      { authorization: 'nonsense' },
      status.UNKNOWN,
      /Could not authenticate user/,
    ],
    ['without a zone', { 'predix-zone-id': [] }, status.UNKNOWN, /Missing Predix-Zone-Id/],
    ['for an unknown zone', { 'predix-zone-id': 'z2' }, status.UNKNOWN, /Unknown zone z2/],
    [
      'without the scope of the topic',
      { topic: 'valves' },
      status.UNKNOWN,
      /Missing scope .*valves\.grpc\.publish/,
    ],
    ['for a topic that does not exist', { topic: 'gone' }, status.UNKNOWN, /Topic gone does not exist/],
  ])('%s: the status that makes clients react rightly', async (_, headers, code, details) => {
    const { publisher, token } = await start();
    const one = publisher({ ...SYNC, ...headers });
    one.send(message('a'));
    const end = await one.ended;
    expect(end).toMatchObject({ code, details: expect.stringMatching(details) });
    expect(end.details).not.toContain(token);
  });

  it('is one whose token was given by nobody who is trusted, or has ended', async () => {
    const { service, uaa } = await start();
    const stranger = await LocalUaa.start({ clients: { app: { secret: 's', authorities: AUTHORITIES } } });
    onTestFinished(() => stranger.stop());
    uaa.lifetimeSeconds = -10;
    for (const issuer of [stranger.issuer, uaa.issuer]) {
      const authorization = await askToken(issuer, { clientId: 'app', secret: 's' });
      const one = new TestPublisher({
        uri: service.grpcUri,
        headers: { authorization, 'predix-zone-id': ZONE },
      });
      expect((await one.ended).code).toBe(status.UNKNOWN);
    }
  });

  it('is one that is open when its topic is deleted', async () => {
    const { service, publisher } = await start();
    const one = publisher({ ...SYNC, topic: 'pumps' });
    one.send(message('a'));
    await one.acked(1);
    service.deleteTopic(ZONE, 'pumps');
    expect(await one.ended).toMatchObject({ code: status.UNKNOWN, details: 'Topic pumps does not exist' });
  });
});

describe('a tenant that is limited', () => {
  it('[seed 218-226] has what is too much answered with FAILED "Too Many Requests", and publishing continues', async () => {
    const { service, publisher, lines } = await start({ rateLimit: { mode: 'on', bytes: 1000 } });
    const one = publisher();
    one.send(message('a', 600), message('b', 600), message('c', 100));
    const acks = await one.acked(3);
    expect(acks.map(({ id, status_code, desc }) => [id, status_code, desc])).toEqual(
      expect.arrayContaining([
        ['b', AckStatus.failed, 'Too Many Requests'],
        ['a', AckStatus.accepted, 'Message successfully sent'],
        ['c', AckStatus.accepted, 'Message successfully sent'],
      ]),
    );
    expect(lines).toContain(`zone ${ZONE}, client app: Too Many Requests`);
    service.rateLimit.options = { ...service.rateLimit.options, mode: 'off' };
    one.send(message('b', 600));
    expect((await one.acked(4)).at(-1)).toMatchObject({ id: 'b', status_code: AckStatus.accepted });
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
