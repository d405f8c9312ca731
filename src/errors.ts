/**
 * The errors of the service. Each has a `code` from a closed set, a message that says what, where and what is
 * accepted or done next, and never a secret, token or payload.
 */

/** One thing that is wrong with a setting: which, what was given (already redacted) and what is accepted. */
export interface Problem {
  readonly key: string;
  readonly given: string;
  readonly accepted: string;
}

/** Renders a problem as one sentence. */
export function describeProblem({ key, given, accepted }: Problem): string {
  return `${key}: ${given}; accepted: ${accepted}`;
}

/** Settings cannot be used. Carries every problem found, not just the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly Problem[];

  /**
   * @param subject what is configured, e.g. `environment`
   * @param problems everything that is wrong; at least one
   */
  constructor(subject: string, problems: readonly Problem[]) {
    super(`${subject}: ${problems.length} problem(s). ${problems.map(describeProblem).join(' | ')}`);
    this.problems = problems;
  }
}

/** Cumulocity answered a REST request or a WebSocket upgrade with an error status. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code = 'PLATFORM_REFUSED';
  readonly status: number;

  /**
   * @param method HTTP method of the request
   * @param path path of the request, without its query (a query can hold a token)
   * @param status HTTP status of the answer
   * @param detail the platform's own message, shortened
   */
  constructor(method: string, path: string, status: number, detail: string) {
    super(`${method} ${path} answered ${status}${detail === '' ? '' : `: ${detail}`}`);
    this.status = status;
  }
}

/** Whether Cumulocity has answered that there is no such thing. */
export function isGone(thrown: unknown): boolean {
  return thrown instanceof PlatformError && thrown.status === 404;
}

/** Cumulocity could not be reached, or did not answer in time. */
export class PlatformUnreachable extends Error {
  override readonly name = 'PlatformUnreachable';
  readonly code = 'PLATFORM_UNREACHABLE';

  /**
   * @param what the request or connection that failed, without its query
   * @param cause the underlying failure
   */
  constructor(what: string, cause: unknown) {
    super(`${what} failed: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * What a failure is about, where something can be done about it but to try again: `size`: the message is too large,
 * `place`: there is no such hub or partition, so that the partitions may have changed.
 */
export type SendSubject = 'size' | 'place';

/** An event hub did not take a batch. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: 'SEND_RETRYABLE' | 'SEND_PERMANENT';
  /** `true`: the same batch may be accepted later. `false`: never, the fault is in the events. */
  readonly retryable: boolean;
  /** The hub's own error condition or code, for status and metrics; from the hub's bounded set. */
  readonly condition: string;
  /** The least time to wait before the next attempt, in milliseconds; 0 when the hub named none. */
  readonly minimumWaitMs: number;
  /** `undefined` for most failures. */
  readonly subject: SendSubject | undefined;

  constructor(options: {
    retryable: boolean;
    condition: string;
    message: string;
    minimumWaitMs?: number;
    subject?: SendSubject | undefined;
    cause?: unknown;
  }) {
    super(options.message, { cause: options.cause });
    this.retryable = options.retryable;
    this.code = options.retryable ? 'SEND_RETRYABLE' : 'SEND_PERMANENT';
    this.condition = options.condition;
    this.minimumWaitMs = options.minimumWaitMs ?? 0;
    this.subject = options.subject;
  }
}

/**
 * What a destination threw, as the error that lanes work with. Anything unforeseen may be tried again.
 * @param thrown whatever a `catch` received
 */
export function asSendError(thrown: unknown): SendError {
  if (thrown instanceof SendError) return thrown;
  return new SendError({ retryable: true, condition: 'unknown', message: reasonOf(thrown), cause: thrown });
}

/**
 * The short reason of anything that was thrown, for a message or a log line.
 * @param thrown whatever a `catch` received
 */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  // Node gives an empty message to an AggregateError of connection attempts; its code says more.
  if (thrown.message === '') return code === '' ? thrown.name : code;
  return code === '' || thrown.message.includes(code) ? thrown.message : `${thrown.message} (${code})`;
}
