import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Caller } from '../../src/cumulocity/current-user.js';
import { PlatformError, PlatformUnreachable } from '../../src/errors.js';
import { CallerCheck } from '../../src/http/caller-check.js';

const ROLE = 'ROLE_READ';
const READER: Caller = { tenant: 't1', roles: new Set([ROLE]) };

/** A platform that answers as scripted and records what it was asked with. */
function platform(...script: readonly (Caller | Error)[]): {
  check: CallerCheck;
  asked: Readonly<Record<string, string>>[];
} {
  const asked: Readonly<Record<string, string>>[] = [];
  const answers = [...script];
  const check = new CallerCheck(async (headers) => {
    asked.push(headers);
    const answer = answers.shift() ?? READER;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { check, asked };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a caller', () => {
  test('with the role is allowed', async () => {
    const { check } = platform(READER);
    expect(await check.check({ authorization: 'Basic a' }, ROLE)).toEqual({
      isAllowed: true,
      caller: READER,
    });
  });

  test('without the role is forbidden, and told which role is needed', async () => {
    const { check } = platform({ tenant: 't1', roles: new Set(['ROLE_OTHER']) });
    const answer = await check.check({ authorization: 'Basic a' }, ROLE);
    expect(answer).toMatchObject({ isAllowed: false, status: 403, message: expect.stringContaining(ROLE) });
  });

  test.each([
    ['no header at all', {}],
    ['an XSRF token alone', { 'x-xsrf-token': 'x' }],
    ['a one-time password alone', { tfatoken: '123456' }],
  ])('with %s is unknown, and the platform is not asked', async (_name, headers) => {
    const { check, asked } = platform();
    expect(await check.check(headers, ROLE)).toMatchObject({ isAllowed: false, status: 401 });
    expect(asked).toEqual([]);
  });

  test.each([401, 403])('that the platform answers with %i is unknown', async (status) => {
    const { check } = platform(new PlatformError('GET', '/user/currentUser', status, 'secret detail'));
    const answer = await check.check({ authorization: 'Basic a' }, ROLE);
    expect(answer).toMatchObject({ isAllowed: false, status: 401 });
    expect(JSON.stringify(answer)).not.toContain('secret detail');
  });

  test.each([
    ['fails', new PlatformError('GET', '/user/currentUser', 500, 'secret detail')],
    ['is away', new PlatformUnreachable('GET /user/currentUser', new Error('secret detail'))],
    ['is odd', new Error('secret detail')],
  ])('is told to try again when the platform %s', async (_name, failure) => {
    const { check } = platform(failure);
    const answer = await check.check({ authorization: 'Basic a' }, ROLE);
    expect(answer).toMatchObject({ isAllowed: false, status: 503 });
    expect(JSON.stringify(answer)).not.toContain('secret detail');
  });
});

test('only the headers that say who it is are passed on', async () => {
  const { check, asked } = platform();
  const identity = {
    authorization: 'Bearer x',
    cookie: 'authorization=y',
    'x-xsrf-token': 'z',
    tfatoken: '1',
  };
  await check.check({ ...identity, host: 'h', 'x-forwarded-for': '1.2.3.4', accept: '*/*' }, ROLE);
  expect(asked).toEqual([identity]);
});

describe('the platform is asked', () => {
  const headers = { authorization: 'Basic a' };

  test('once for all requests within ten seconds, also for those at the same time', async () => {
    const { check, asked } = platform();
    await Promise.all([check.check(headers, ROLE), check.check(headers, ROLE)]);
    vi.setSystemTime(Date.now() + 9_999);
    await check.check(headers, ROLE);
    expect(asked).toHaveLength(1);
  });

  test('again after ten seconds, so that a role that was taken away is gone', async () => {
    const { check, asked } = platform(READER, { tenant: 't1', roles: new Set() });
    await check.check(headers, ROLE);
    vi.setSystemTime(Date.now() + 10_000);
    expect(await check.check(headers, ROLE)).toMatchObject({ status: 403 });
    expect(asked).toHaveLength(2);
  });

  test('for other credentials, also when only one header differs', async () => {
    const { check, asked } = platform();
    for (const each of [headers, { authorization: 'Basic b' }, { ...headers, cookie: 'c' }]) {
      await check.check(each, ROLE);
    }
    expect(asked).toHaveLength(3);
  });

  test('again after a failure, at once', async () => {
    const { check, asked } = platform(new PlatformUnreachable('GET /', new Error('x')), READER);
    expect(await check.check(headers, ROLE)).toMatchObject({ status: 503 });
    expect(await check.check(headers, ROLE)).toMatchObject({ isAllowed: true });
    expect(asked).toHaveLength(2);
  });

  test('again for the oldest caller once there are more than a thousand', async () => {
    const { check, asked } = platform();
    for (let caller = 0; caller <= 1000; caller++)
      await check.check({ authorization: `Basic ${caller}` }, ROLE);
    await check.check({ authorization: 'Basic 1' }, ROLE);
    expect(asked).toHaveLength(1001);
    await check.check({ authorization: 'Basic 0' }, ROLE);
    expect(asked).toHaveLength(1002);
  });
});

test('the answer for one role does not allow another', async () => {
  const { check } = platform();
  const headers = { authorization: 'Basic a' };
  expect(await check.check(headers, ROLE)).toMatchObject({ isAllowed: true });
  expect(await check.check(headers, 'ROLE_ADMIN')).toMatchObject({ status: 403 });
});
