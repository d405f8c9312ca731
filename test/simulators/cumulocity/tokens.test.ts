import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { startLocal } from './fixture.js';

test('a token is RS256 and names subscriber and topic', async () => {
  const { admin } = await startLocal();
  const token = await admin.token({ expiresInMinutes: 90 });
  expect(decodeProtectedHeader(token).alg).toBe('RS256');
  const claims = decodeJwt(token);
  expect(claims).toMatchObject({ sub: 'reader', topic: 't1/relnotif/feed' });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(90 * 60);
  expect(claims.jti).toMatch(/^[0-9a-f-]{36}$/);
  expect(claims).not.toHaveProperty('shared');
  const other = decodeJwt(await admin.token({ shared: true, nonPersistent: true }));
  expect(other).toMatchObject({ shared: 'true', volatile: 'true' });
});

test('a token request with missing or wrong fields is a 422', async () => {
  const { admin } = await startLocal();
  for (const body of [{}, { subscriber: 'a' }, { subscriber: 'a-b', subscription: 'feed' }]) {
    expect((await admin.call('POST', '/notification2/token', body)).status).toBe(422);
  }
});

test('expiry is checked when connecting and not afterwards', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  await admin.subscribe({ subscriptionFilter: { apis: ['measurements'] } });
  expect(await admin.connect(await admin.token({ expiresInMinutes: -1 }))).toBe(401);
  expect(await admin.connect('nonsense')).toBe(401);
  expect(await admin.connect('')).toBe(401);
  const consumer = await admin.consumer();
  await admin.measure(device);
  await consumer.atLeast(1);
});

test('unsubscribing needs only a token of the subscriber, even an expired one, and works once', async () => {
  const { admin, t1 } = await startLocal();
  await admin.subscribe({});
  const consumer = await admin.consumer();
  await consumer.close();
  expect(t1.topic('feed')?.subscribers).toEqual(['reader']);
  const path = `/notification2/unsubscribe?token=${await admin.token({ expiresInMinutes: -1 })}`;
  expect(await admin.call('POST', path)).toMatchObject({ status: 200, body: { result: 'DONE' } });
  expect(t1.topic('feed')?.subscribers).toEqual([]);
  expect((await admin.call('POST', path)).status).toBe(500);
  expect((await admin.call('POST', '/notification2/unsubscribe?token=x')).status).toBe(401);
});

test('a platform can also answer a second unsubscribe with 200', async () => {
  const { admin } = await startLocal({ repeatedUnsubscribeStatus: 200 });
  const path = `/notification2/unsubscribe?token=${await admin.token()}`;
  expect((await admin.call('POST', path)).status).toBe(200);
});
