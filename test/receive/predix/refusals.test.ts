/** What a UAA or an Event Hub refuses: each names the thing, what was given, what is accepted and what to do. */
import { describe, expect, it } from 'vitest';
import { ReceiveError } from '../../../src/receive/failures.js';
import type { PredixReadingOptions } from '../../../src/receive/predix/options.js';
import { askToken } from '../../simulators/predix-event-hub/uaa/ask-token.js';
import { CLIENT, type PredixScene, startPredix, ZONE } from '../../support/predix.js';
import { waitUntil } from '../../support/wait.js';
import { Collected, FAST_READ, ids, optionsOf, store } from './predix-scene.js';

async function refusalOf(options: PredixReadingOptions): Promise<string> {
  const reader = new Collected(options);
  const thrown = await reader.ended().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ReceiveError);
  expect(thrown).toMatchObject({ code: 'RECEIVE_FAILED' });
  const { message } = thrown as Error;
  expect(message).toMatch(/\n {2}accepted: .+\n {2}next: /);
  return message;
}

function withConnection(
  scene: PredixScene,
  change: Partial<PredixReadingOptions['connection']>,
): PredixReadingOptions {
  const options = optionsOf(scene);
  return { ...options, connection: { ...options.connection, ...change } };
}

describe('the first contact', () => {
  it('a wrong secret is refused by the UAA, and is not shown', async () => {
    const scene = await startPredix();
    const message = await refusalOf(withConnection(scene, { clientSecret: 'not-the-secret' }));
    expect(message).toMatch(
      /^--client-id or PREDIX_CLIENT_SECRET: client "forwarder" gets no token: .* 401 /,
    );
    expect(message).not.toContain('not-the-secret');
  });

  it('a scope that the client does not have', async () => {
    const scene = await startPredix();
    scene.uaa.setAuthorities(CLIENT.id, [`predix-event-hub.zones.${ZONE}.user`]);
    const message = await refusalOf(optionsOf(scene));
    expect(message).toMatch(/^scopes: client "forwarder" lacks some: .*\(invalid_scope\)/);
    expect(message).toContain(`predix-event-hub.zones.${ZONE}.grpc.subscribe`);
  });

  it('a topic that does not exist', async () => {
    const message = await refusalOf(optionsOf(await startPredix(), { topics: ['valves'] }));
    expect(message).toMatch(
      /^--topic: zone z1 does not have all of valves: .*UNKNOWN: Topic valves does not exist/,
    );
    expect(message).toContain('npm run topics -- list');
  });

  it('one of two topics', async () => {
    const scene = await startPredix({ zones: { [ZONE]: ['valves'] } });
    const message = await refusalOf(optionsOf(scene, { topics: ['valves', 'pumps'] }));
    expect(message).toContain('Topic pumps does not exist');
  });

  it('a UAA that the Event Hub does not trust', async () => {
    const message = await refusalOf(optionsOf(await startPredix({ trustedIssuers: [] })));
    expect(message).toMatch(
      /^token, scopes or --topic: client "forwarder" is refused .*Could not authenticate user/,
    );
    expect(message).toContain('trustedIssuerIds');
  });

  it('a zone that does not exist', async () => {
    const scene = await startPredix();
    scene.uaa.setAuthorities(CLIENT.id, [
      'predix-event-hub.zones.*.user',
      'predix-event-hub.zones.*.grpc.subscribe',
    ]);
    const message = await refusalOf(withConnection(scene, { zoneId: 'z2' }));
    expect(message).toMatch(/^--zone: z2 is not taken: .*Unknown zone z2/);
  });

  it('one subscriber too many', async () => {
    const scene = await startPredix({ subscribe: { maxConnectionsPerZone: 1 } });
    const first = new Collected(optionsOf(scene));
    await waitUntil('the first is in', () => first.notices.includes('subscribed'));
    const message = await refusalOf(optionsOf(scene, { subscriber: 'second' }));
    expect(message).toMatch(/^subscriber connections: zone z1 has too many: .*RESOURCE_EXHAUSTED/);
    expect(message).toContain('at most seven');
  });
});

describe('later', () => {
  it('a refusal is met with a few tries, then it ends', async () => {
    const scene = await startPredix({ zones: { [ZONE]: ['valves'] } });
    const reader = new Collected(optionsOf(scene, { topics: ['valves'] }));
    await waitUntil('it is in', () => reader.notices.includes('subscribed'));
    scene.service.deleteTopic(ZONE, 'valves');
    await expect(reader.ended()).rejects.toThrow('--topic: zone z1 does not have all of valves');
    expect(reader.notices.filter((text) => text.includes('trying again in'))).toHaveLength(2);
  });

  it('a token that is due is renewed before its stream is opened anew; nothing comes twice', async () => {
    const scene = await startPredix({}, 2);
    const before = scene.uaa.issued;
    const timing = { ...FAST_READ, aliveMs: 100, renewMs: 1000 };
    const reader = new Collected(optionsOf(scene, { timing }));
    for (let at = 0; at < 10; at++) {
      store(scene.service, ids(20, `r${at}-`));
      await waitUntil('they are read', () => reader.events.length >= (at + 1) * 20);
      await waitUntil('a new token', () => at % 5 !== 4 || scene.uaa.issued > before + at / 5);
    }
    expect(new Set(reader.ids).size).toBe(200);
    expect(reader.events).toHaveLength(200);
    expect(reader.notices).toEqual(['subscribed']);
  });

  it('a stream that is cut at the end of its token comes back at once, without acknowledgements, too', async () => {
    const scene = await startPredix({ cutAtExpiry: true }, 3);
    const timing = { ...FAST_READ, redial: { ...FAST_READ.redial, refusedMs: 600_000 } };
    const reader = new Collected(optionsOf(scene, { mode: 'receive', timing }));
    await waitUntil('it came back', () => reader.notices.includes('subscribed again'));
    store(scene.service, ['a']);
    await waitUntil('it reads', () => reader.ids.includes('a'));
  });
});

it('a text of the service that repeats the token or the secret is not shown', async () => {
  const { refusal } = await import('../../../src/receive/predix/failures.js');
  const { ConnectionLoss } = await import('../../../src/destinations/predix-event-hub/send-failure.js');
  const scene = await startPredix();
  const scope = `predix-event-hub.zones.${ZONE}.user`;
  const token = await askToken(scene.uaa.issuer, { clientId: CLIENT.id, secret: CLIENT.secret, scope });
  const loss = new ConnectionLoss('refused', 'UNKNOWN', `no: ${token} of ${CLIENT.secret}`);
  const { connection, topics } = optionsOf(scene);
  const { message } = refusal(loss, { connection, topics, scopes: [['a']] });
  expect(message).not.toContain(token);
  expect(message).not.toContain(CLIENT.secret);
});
