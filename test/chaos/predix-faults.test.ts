import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { messages, PredixScene } from './predix-scene.js';

const FAILED = 3;
const KIB = 1024;

describe('the proxied Predix Event Hub', () => {
  it('leads the service through its proxies, by options and by a binding', async () => {
    const { access } = await PredixScene.start();
    const { grpcUri } = access.service;
    expect(access.options('z1')).toMatchObject({ 'predix.host': `localhost:${access.wayOf('z1').port}` });
    const binding = access.options('z2')['credentials.predix.vcapServices'];
    expect(binding).toContain(`localhost:${access.wayOf('z2').port}`);
    expect(binding).toContain(access.options('z1')['predix.authUrl']);
    for (const zone of ['z1', 'z2']) expect(JSON.stringify(access.options(zone))).not.toContain(grpcUri);
  });
});

describe('faults of a Predix Event Hub', () => {
  it('cut-hub cuts the connections of one tenant', async () => {
    const scene = await PredixScene.start();
    const [struck, other] = [await scene.publisher('z1'), await scene.publisher('z2')];
    struck.send(...messages(1, 'z1'));
    await struck.acked(1);
    await scene.strike('cut-hub');
    await struck.ended;
    other.send(...messages(1, 'z2'));
    await other.acked(1);
  });

  it('half-open-hub lets nothing through, and what has waited in the end', async () => {
    const scene = await PredixScene.start();
    const [struck, other] = [await scene.publisher('z1'), await scene.publisher('z2')];
    for (const [zone, publisher] of Object.entries({ z1: struck, z2: other })) {
      publisher.send(...messages(1, zone));
      await publisher.acked(1);
    }
    const end = await scene.strike('half-open-hub');
    for (const [zone, publisher] of Object.entries({ z1: struck, z2: other }))
      publisher.send(...messages(1, zone));
    await other.acked(2);
    expect(scene.stored('z1')).toBe(1);
    await end();
    await struck.acked(2);
  });

  it('end-streams ends all of them', async () => {
    const scene = await PredixScene.start();
    const publishers = [await scene.publisher('z1'), await scene.publisher('z2')];
    await waitUntil('both are in', () => scene.access.service.openStreams('publish') === 2);
    await scene.strike('end-streams');
    for (const { ended } of publishers) expect(await ended).toMatchObject({ details: 'Connection reset' });
  });

  it('lose-answers stores a message and ends the stream, and does so no more when it is over', async () => {
    const scene = await PredixScene.start();
    const end = await scene.strike('lose-answers', 0.9);
    const lost = await scene.publisher('z1');
    lost.send(...messages(1, 'z1'));
    await lost.ended;
    expect([lost.acks, scene.stored('z1')]).toEqual([[], 1]);
    await end();
    const next = await scene.publisher('z1');
    next.send(...messages(1, 'z1'));
    await next.acked(1);
  });

  it('mute stores messages and answers none of them; then it answers again', async () => {
    const scene = await PredixScene.start();
    const publisher = await scene.publisher('z1');
    const end = await scene.strike('mute');
    publisher.send(...messages(2, 'z1'));
    await waitUntil('they are stored', () => scene.stored('z1') === 2);
    await end();
    publisher.send({ ...messages(1, 'z1')[0], id: 'later' });
    expect((await publisher.acked(1)).map(({ id }) => id)).toEqual(['later']);
  });

  it('failed refuses some messages of one tenant, and takes the others of the same request', async () => {
    const scene = await PredixScene.start();
    const end = await scene.strike('failed');
    const [struck, other] = [await scene.publisher('z1'), await scene.publisher('z2')];
    struck.send(...messages(4, 'z1'));
    other.send(...messages(4, 'z2'));
    const refused = (await struck.acked(4)).filter(({ status_code }) => status_code === FAILED);
    expect(refused.map(({ id }) => id)).toEqual(['m1', 'm3']);
    await other.acked(4);
    expect([scene.stored('z1'), scene.stored('z2')]).toEqual([2, 4]);
    await end();
    struck.send(...messages(4, 'z1'));
    await struck.acked(8);
    expect(scene.stored('z1')).toBe(6);
  });

  it('rate-limit refuses what is beyond a small budget, and everything is taken when it is over', async () => {
    const scene = await PredixScene.start();
    const end = await scene.strike('rate-limit');
    const publisher = await scene.publisher('z1');
    publisher.send(...messages(20, 'z1', KIB));
    const refused = (await publisher.acked(20)).filter(({ desc }) => desc === 'Too Many Requests');
    expect(refused).toHaveLength(20 - scene.stored('z1'));
    expect(scene.stored('z1')).toBe(15);
    await end();
    publisher.send(...messages(20, 'z1', KIB));
    await publisher.acked(40);
    expect(scene.stored('z1')).toBe(35);
  });

  it('restart-hub takes the hub away; it comes back at the same ports with its messages', async () => {
    const scene = await PredixScene.start();
    const publisher = await scene.publisher('z1');
    publisher.send(...messages(3, 'z1'));
    await publisher.acked(3);
    const { grpcUri, wssUri } = scene.access.service;
    const options = scene.access.options('z2');
    const end = await scene.strike('restart-hub');
    await publisher.ended;
    expect(scene.access.options('z2')).toEqual(options);
    await end();
    expect(scene.access.service).toMatchObject({ grpcUri, wssUri });
    const next = await scene.publisher('z1');
    next.send(...messages(1, 'z1'));
    await next.acked(1);
    expect(scene.stored('z1')).toBe(4);
  });

  it('uaa-away leaves the service without a token, until it is over', async () => {
    const scene = await PredixScene.start();
    const end = await scene.strike('uaa-away');
    await expect(scene.token('z1')).rejects.toThrow('ECONNREFUSED');
    await end();
    const publisher = await scene.publisher('z1');
    publisher.send(...messages(1, 'z1'));
    await publisher.acked(1);
  });

  it('rotate-secret gives all tenants another secret; of those before, only the last is good', async () => {
    const scene = await PredixScene.start();
    const secretIn = (options: Readonly<Record<string, string>> | undefined): string =>
      options?.['credentials.predix.clientSecret'] ?? '';
    const secrets = [secretIn(scene.access.options('z1'))];
    for (let times = 0; times < 2; times++) {
      await scene.strike('rotate-secret');
      secrets.push(secretIn(scene.put.get('t-z1')));
      expect(secretIn(scene.put.get('t-z2'))).toBe(secrets.at(-1));
    }
    const [first, second, third] = secrets;
    await expect(scene.token('z1', first)).rejects.toThrow();
    for (const good of [second, third]) expect(await scene.token('z1', good)).not.toBe('');
  });
});
