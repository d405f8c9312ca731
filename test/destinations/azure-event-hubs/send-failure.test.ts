import { MessagingError } from '@azure/event-hubs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toSendError } from '../../../src/destinations/azure-event-hubs/send-failure.js';
import { SendError } from '../../../src/errors.js';

function failure(code: string): Error {
  return Object.assign(new MessagingError(`the hub says ${code}`), { code });
}

describe('is tried again', () => {
  test.each([
    'InternalServerError',
    'ServerBusyError',
    'ServiceUnavailableError',
    'OperationCancelledError',
    'OperationTimeoutError',
    'SendOperationFailedError',
    'UnauthorizedError',
    'MessagingEntityNotFoundError',
    'MessagingEntityDisabledError',
    'ServiceCommunicationError',
    'InvalidOperationError',
    'NotImplementedError',
    'QuotaExceededError',
    'ArgumentOutOfRangeError',
    'PublisherRevokedError',
    'DetachForcedError',
    'ConnectionForcedError',
    'TransferLimitExceededError',
    'PreconditionFailedError',
    'IllegalStateError',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'SomethingNewError',
  ])('%s', (code) => {
    expect(toSendError(failure(code))).toMatchObject({
      retryable: true,
      condition: code,
      code: 'SEND_RETRYABLE',
    });
  });

  test.each([
    ['an error without a code', new Error('Failed to connect')],
    ['an error with a number as its code', Object.assign(new Error('x'), { code: 5 })],
    ['a text', 'broken'],
    ['nothing', undefined],
    ['null', null],
    ['an empty aggregate', new AggregateError([])],
  ])('%s, as unknown', (_name, thrown) => {
    expect(toSendError(thrown)).toMatchObject({ retryable: true, condition: 'unknown' });
  });
});

test.each(['MessageTooLargeError', 'ArgumentError'])(
  '%s is the fault of the events: never tried again',
  (code) => {
    expect(toSendError(failure(code))).toMatchObject({
      retryable: false,
      condition: code,
      code: 'SEND_PERMANENT',
    });
  },
);

test.each([
  ['MessageTooLargeError', 'size'],
  ['ArgumentOutOfRangeError', 'place'],
  ['MessagingEntityNotFoundError', 'place'],
  ['ServiceCommunicationError', 'place'],
  ['ArgumentError', undefined],
  ['UnauthorizedError', undefined],
  ['MessagingEntityDisabledError', undefined],
])('%s is about %s', (code, subject) => {
  expect(toSendError(failure(code)).subject).toBe(subject);
});

describe('several attempts in one error', () => {
  const large = failure('MessageTooLargeError');

  test('that all failed for good are permanent, however nested', () => {
    const thrown = new AggregateError([large, new AggregateError([large, failure('ArgumentError')])]);
    expect(toSendError(thrown)).toMatchObject({ retryable: false, condition: 'MessageTooLargeError' });
  });

  test('of which one may succeed later are tried again, for the reason of that one', () => {
    const thrown = new AggregateError([large, new AggregateError([large, failure('UnauthorizedError')])]);
    const error = toSendError(thrown);
    expect(error).toMatchObject({ retryable: true, condition: 'UnauthorizedError' });
    expect(error.message).toContain('the hub says UnauthorizedError');
  });

  test('wait as long as the one that asks for most', () => {
    const thrown = new AggregateError([
      failure('OperationTimeoutError'),
      new AggregateError([failure('ServerBusyError')]),
    ]);
    expect(toSendError(thrown).minimumWaitMs).toBeGreaterThanOrEqual(4000);
  });
});

test('a busy server is left alone for the four seconds it asks for', () => {
  expect(toSendError(failure('ServerBusyError')).minimumWaitMs).toBeGreaterThanOrEqual(4000);
  expect(toSendError(failure('OperationTimeoutError')).minimumWaitMs).toBe(0);
});

test('a send error stays as it is, and the original error is kept as the cause', () => {
  const error = new SendError({ retryable: false, condition: 'c', message: 'm' });
  expect(toSendError(error)).toBe(error);
  const cause = failure('ServerBusyError');
  expect(toSendError(cause).cause).toBe(cause);
});

test('whatever was thrown becomes a send error with a wait that is a time', () => {
  const leaf = fc.oneof(
    fc.constantFrom('ServerBusyError', 'ArgumentError', 'X').map(failure),
    fc.string(),
    fc.constant(undefined),
  );
  const nested = fc.oneof(
    leaf,
    fc
      .array(leaf, { maxLength: 3 })
      .map((errors) => new AggregateError([...errors, new AggregateError(errors)])),
  );
  fc.assert(
    fc.property(nested, (thrown) => {
      const error = toSendError(thrown);
      expect(error).toBeInstanceOf(SendError);
      expect(error.minimumWaitMs).toBeGreaterThanOrEqual(0);
      expect(error.condition).not.toBe('');
    }),
  );
});
