import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { AckStatus } from '../protocol.js';
import { message, start, ZONE } from './publisher-scene.js';

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

describe('acknowledgements', () => {
  it('of a message without id and zone are one failure, and its neighbour gets nothing if that is asked for', async () => {
    const { publisher } = await start();
    const one = publisher({ acks: 'true', nacks: 'true' });
    one.send({ body: Buffer.from('x') }, message('good'));
    await one.end();
    expect(one.acks.map(({ id, status_code }) => [id, status_code])).toEqual([['', AckStatus.badRequest]]);
  });

  it('are in responses that a client can receive, though failures give bodies back', async () => {
    const { publisher } = await start({ rateLimit: { mode: 'on', bytes: 0 } });
    const one = publisher({ 'send-acks-interval': '1000ms' });
    for (let at = 0; at < 8; at++) one.send(message(`m${at}`, 900_000));
    expect((await one.end()).code).toBe(status.OK);
    expect(one.acks.map(({ id }) => id)).toEqual(Array.from({ length: 8 }, (_, at) => `m${at}`));
    expect(one.responses.length).toBeGreaterThan(4);
  });

  it('are collected within limits, and what is beyond them is logged', async () => {
    const { publisher, lines } = await start();
    const one = publisher({ 'send-acks-interval': '5s' });
    one.send(message('a'));
    await one.acked(1);
    expect(lines).toEqual([
      `zone ${ZONE}, client app: send-acks-interval 5000 is out of range: 1000 is used`,
    ]);
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
