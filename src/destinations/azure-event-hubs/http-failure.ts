/** What an answer of the REST API means for a batch: the counterpart of `send-failure.ts` for HTTPS. */
import { reasonOf, SendError } from '../../errors.js';
import { subjectOf } from './send-failure.js';

/** Names in the terms of the SDK, so that a status reads alike whatever the transport. */
const CONDITIONS: ReadonlyMap<number, string> = new Map([
  [400, 'ArgumentError'],
  [401, 'UnauthorizedError'],
  [403, 'QuotaExceededError'],
  [404, 'MessagingEntityNotFoundError'],
  [408, 'OperationTimeoutError'],
  [413, 'MessageTooLargeError'],
  [429, 'ServerBusyError'],
  [500, 'InternalServerError'],
  [503, 'ServerBusyError'],
]);

/** The only answers that are about the events themselves. */
const PERMANENT = new Set(['ArgumentError', 'MessageTooLargeError']);

/**
 * The status of a partition that is not there is not documented. In AMQP's
 * management it is 400 with this text; then it is no fault of the events.
 */
const NO_PARTITION = /specified partition is invalid|argument-?out-?of-?range/i;

/** The service asks for 4 seconds when it throttles. */
const BUSY_WAIT_MS = 4000;
const LONGEST_DETAIL = 300;

function retryAfterMs(header: string | undefined): number {
  const seconds = /^\d+$/.test(header ?? '') ? Number(header) : 0;
  return seconds * 1000;
}

/**
 * Decides what an answer, or a request that got none, means.
 * @param status of the answer; `undefined` when there is none
 * @param retryAfter the header of this name
 * @param detail the answer's body, or what the request failed with
 */
export function toHttpSendError(
  status: number | undefined,
  retryAfter: string | undefined,
  detail: unknown,
): SendError {
  if (status === undefined) {
    const code = detail instanceof Error && 'code' in detail ? String(detail.code) : 'connection-lost';
    return new SendError({ retryable: true, condition: code, message: reasonOf(detail), cause: detail });
  }
  const text = /<Detail>([^<]*)<\/Detail>/.exec(String(detail))?.[1] ?? '';
  const condition =
    status === 400 && NO_PARTITION.test(text)
      ? 'ArgumentOutOfRangeError'
      : (CONDITIONS.get(status) ?? `http-${status}`);
  const isBusy = condition === 'ServerBusyError' || condition === 'QuotaExceededError';
  return new SendError({
    retryable: !PERMANENT.has(condition),
    condition,
    subject: subjectOf(condition),
    message: `the hub answered ${status}${text === '' ? '' : `: ${text.slice(0, LONGEST_DETAIL)}`}.`,
    minimumWaitMs: Math.max(isBusy ? BUSY_WAIT_MS : 0, retryAfterMs(retryAfter)),
  });
}
