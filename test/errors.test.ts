import { describe, expect, test } from 'vitest';
import { ConfigError, PlatformError, PlatformUnreachable, reasonOf, SendError } from '../src/errors.js';

test('a configuration error names every problem: key, what was given, what is accepted', () => {
  const problems = [
    { key: 'SERVER_PORT', given: 'given "x"', accepted: 'a port' },
    { key: 'C8Y_BASEURL', given: 'not set', accepted: 'a URL' },
  ];
  const error = new ConfigError('environment', problems);
  expect(error.code).toBe('CONFIG_INVALID');
  expect(error.problems).toEqual(problems);
  for (const text of [
    'environment',
    'SERVER_PORT',
    'given "x"',
    'a port',
    'C8Y_BASEURL',
    'not set',
    'a URL',
  ]) {
    expect(error.message).toContain(text);
  }
});

test('a refusal of the platform says what was asked and what was answered', () => {
  const error = new PlatformError('POST', '/notification2/token', 403, 'Access is denied');
  expect(error).toMatchObject({ code: 'PLATFORM_REFUSED', status: 403 });
  expect(error.message).toBe('POST /notification2/token answered 403: Access is denied');
  expect(new PlatformError('GET', '/', 500, '').message).toBe('GET / answered 500');
});

test('a platform that is away is named with the reason, and the cause is kept', () => {
  const cause = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });
  const error = new PlatformUnreachable('GET /tenant/options', cause);
  expect(error.code).toBe('PLATFORM_UNREACHABLE');
  expect(error.message).toBe('GET /tenant/options failed: connect failed (ECONNREFUSED)');
  expect(error.cause).toBe(cause);
});

test('a send error tells whether trying again can help, and waits 0 when the hub named no wait', () => {
  const retryable = new SendError({ retryable: true, condition: 'x', message: 'm' });
  expect(retryable).toMatchObject({ code: 'SEND_RETRYABLE', retryable: true, minimumWaitMs: 0 });
  const permanent = new SendError({ retryable: false, condition: 'x', message: 'm', minimumWaitMs: 5 });
  expect(permanent).toMatchObject({ code: 'SEND_PERMANENT', retryable: false, minimumWaitMs: 5 });
});

describe('the short reason', () => {
  test.each([
    ['of an error is its message', new Error('no luck'), 'no luck'],
    ['adds a code', Object.assign(new Error('no luck'), { code: 'EPIPE' }), 'no luck (EPIPE)'],
    ['does not say a code twice', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), 'write EPIPE'],
    ['leaves out a code that is not a text', Object.assign(new Error('no luck'), { code: 7 }), 'no luck'],
    [
      'of an empty message is the code',
      Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' }),
      'ETIMEDOUT',
    ],
    ['of an empty message without a code is the name', new TypeError(''), 'TypeError'],
    ['of a thrown text is the text', 'no luck', 'no luck'],
    ['of nothing says so', undefined, 'undefined'],
  ])('%s', (_name, thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });
});
