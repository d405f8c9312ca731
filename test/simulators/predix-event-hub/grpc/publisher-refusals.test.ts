import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AckStatus } from '../protocol.js';
import { askToken } from '../uaa/ask-token.js';
import { LocalUaa } from '../uaa/local-uaa.js';
import { AUTHORITIES, message, SYNC, start, ZONE } from './publisher-scene.js';
import { TestPublisher } from './test-publisher.js';

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
    ['for several topics', { topic: ['topic', 'pumps'] }, status.UNKNOWN, /A publisher has one topic/],
    ['for two zones', { 'predix-zone-id': [ZONE, 'z2'] }, status.UNKNOWN, /Unknown zone z1, ?z2/],
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
