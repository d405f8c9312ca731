/**
 * What a failure of the Event Hubs SDK means for a batch: try again, or never. The one place where this is
 * decided. Whatever is not known to be the fault of the events themselves is tried again, because giving up is
 * the only way to lose one: a wrong key, a missing hub and a disabled namespace are mended by people.
 */
import { reasonOf, SendError, type SendSubject } from '../../errors.js';

/** Conditions that can only be caused by the events of the batch. Codes of `@azure/core-amqp`. */
const PERMANENT = new Set(['MessageTooLargeError', 'ArgumentError']);

/** Least waits in milliseconds; the service names 4 seconds itself ("Please wait 4 seconds and try again"). */
const LEAST_WAIT_MS: ReadonlyMap<string, number> = new Map([
  ['ServerBusyError', 4000],
  ['QuotaExceededError', 4000],
]);

/** Codes of `@azure/core-amqp`. `ServiceCommunicationError` is its name for `amqp:not-found` with an unusual text. */
const SUBJECTS: ReadonlyMap<string, SendSubject> = new Map([
  ['MessageTooLargeError', 'size'],
  ['ArgumentOutOfRangeError', 'place'],
  ['MessagingEntityNotFoundError', 'place'],
  ['ServiceCommunicationError', 'place'],
]);

/**
 * What a failure is about, as far as its condition tells.
 * @param condition a code of the SDK
 */
export function subjectOf(condition: string): SendSubject | undefined {
  return SUBJECTS.get(condition);
}

interface Failure {
  readonly code: string;
  readonly error: unknown;
}

/**
 * All failures behind an error: the SDK throws an AggregateError, without a code of its own and sometimes
 * nested, when it has tried more than once.
 */
function failuresOf(thrown: unknown): readonly Failure[] {
  if (thrown instanceof AggregateError) return thrown.errors.flatMap(failuresOf);
  const code =
    thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  return [{ code: code === '' ? 'unknown' : code, error: thrown }];
}

/**
 * Decides what an error of the SDK means.
 * @param thrown what a call of the SDK rejected with
 * @returns permanent only when every attempt failed for a permanent reason
 */
export function toSendError(thrown: unknown): SendError {
  if (thrown instanceof SendError) return thrown;
  const failures = failuresOf(thrown);
  const telling = failures.find(({ code }) => !PERMANENT.has(code)) ?? failures[0];
  const condition = telling?.code ?? 'unknown';
  return new SendError({
    retryable: !PERMANENT.has(condition),
    condition,
    message: reasonOf(telling?.error ?? thrown),
    minimumWaitMs: Math.max(0, ...failures.map(({ code }) => LEAST_WAIT_MS.get(code) ?? 0)),
    subject: subjectOf(condition),
    cause: thrown,
  });
}
