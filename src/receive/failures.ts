/** What can go wrong for the reader, in words that say what was given, what is accepted and what to do next. */
import { type Problem, reasonOf } from '../errors.js';
import { redact } from '../log.js';

/** `RECEIVE_USAGE`: the command line cannot be used; `RECEIVE_FAILED`: the hub or the storage did not play along. */
export type ReceiveErrorCode = 'RECEIVE_USAGE' | 'RECEIVE_FAILED';

/** An error for the person at the keyboard. Its message never holds a key, a signature or a payload. */
export class ReceiveError extends Error {
  override readonly name = 'ReceiveError';
  readonly code: ReceiveErrorCode;

  /**
   * @param code what kind of error
   * @param problem which setting, what was given and what is accepted
   * @param next what to do now
   */
  constructor(code: ReceiveErrorCode, problem: Problem, next: string) {
    const { key, given, accepted } = problem;
    // What is accepted is our own text, with "SharedAccessKey=<key>" in it.
    super(`${key}: ${withoutSecrets(given)}\n  accepted: ${accepted}\n  next: ${next}`);
    this.code = code;
  }
}

/**
 * A wrong option.
 * @param key the option, e.g. `--from`
 * @param given what was given, without a secret
 * @param accepted what would do
 * @param command whose option it is
 */
export function usageError(
  key: string,
  given: string,
  accepted: string,
  command: 'receive' | 'topics' = 'receive',
): ReceiveError {
  return new ReceiveError('RECEIVE_USAGE', { key, given, accepted }, `see npm run ${command} -- --help`);
}

/** Takes what must not be shown out of a text: keys of hubs and of storage accounts, signatures, tokens. */
export function withoutSecrets(text: string): string {
  return redact(text).replaceAll(/(AccountKey=)[^;\s"]+/gi, '$1***');
}

/** What the messages name: none of it is secret. */
export interface HubNames {
  readonly host: string;
  readonly hubName: string;
  readonly consumerGroup: string;
  /** The shared access policy; `undefined` with a ready signature. */
  readonly keyName: string | undefined;
}

/** The code that the SDK or Node gave an error; of an AggregateError, that of its first error. */
export function codeOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0]);
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

const UNREACHABLE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

type Sentence = (names: HubNames, reason: string) => Problem & { readonly next: string };

const refused: Sentence = ({ host, hubName, keyName }, reason) => ({
  key: 'connection string',
  given: `${host} refuses ${keyName === undefined ? 'the signature' : `the key of "${keyName}"`} for hub "${hubName}" (${reason})`,
  accepted: 'a shared access policy with the right "Listen", of the namespace or of this hub',
  next: 'copy the connection string again from "Shared access policies" in the Azure portal, and look at its rights',
});

const notFound: Sentence = ({ host, hubName, consumerGroup }, reason) => ({
  key: 'hub or consumer group',
  given: `${host} has no hub "${hubName}" with consumer group "${consumerGroup}" (${reason})`,
  accepted: 'the name of an event hub of this namespace and of one of its consumer groups',
  next: 'see the lists "Event Hubs" and "Consumer groups" in the Azure portal, then set --hub or --consumer-group',
});

const taken: Sentence = ({ consumerGroup }, reason) => ({
  key: '--consumer-group',
  given: `another program reads with "${consumerGroup}" and claims its partitions for itself (${reason})`,
  accepted:
    'a consumer group that this command has for itself, or copies that share one checkpoint container',
  next: 'make a consumer group for this command and give it as --consumer-group',
});

const tooMany: Sentence = ({ consumerGroup }, reason) => ({
  key: '--consumer-group',
  given: `"${consumerGroup}" has too many readers (${reason})`,
  accepted: 'at most 5 readers for each partition of a consumer group',
  next: 'end one of them, or make a consumer group for this command and give it as --consumer-group',
});

const badPosition: Sentence = ({ hubName }, reason) => ({
  key: 'position',
  given: `hub "${hubName}" does not know where to begin (${reason})`,
  accepted: 'an offset or sequence number of this hub, as the printed events show it',
  next: 'give another --from; if a checkpoint is wrong because the hub was made anew, use another checkpoint place',
});

const SENTENCES: ReadonlyMap<string, Sentence> = new Map([
  ['UnauthorizedError', refused],
  ['MessagingEntityNotFoundError', notFound],
  ['ReceiverDisconnectedError', taken],
  ['QuotaExceededError', tooMany],
  ['ArgumentError', badPosition],
  ['ArgumentOutOfRangeError', badPosition],
]);

/** Whether trying again cannot help as long as nobody changes anything. */
export function isLasting(thrown: unknown): boolean {
  return SENTENCES.has(codeOf(thrown));
}

/**
 * Says what a failure of the hub means.
 * @param thrown what the SDK gave
 * @param names what to call things
 */
export function hubFailure(thrown: unknown, names: HubNames): ReceiveError {
  const reason = withoutSecrets(reasonOf(thrown instanceof AggregateError ? thrown.errors[0] : thrown));
  const sentence = SENTENCES.get(codeOf(thrown));
  if (sentence !== undefined) {
    const { next, ...problem } = sentence(names, reason);
    return new ReceiveError('RECEIVE_FAILED', problem, next);
  }
  const isUnreachable = UNREACHABLE.has(codeOf(thrown));
  const problem = {
    key: 'connection',
    given: `${names.host} ${isUnreachable ? 'cannot be reached' : 'does not serve the hub'} (${reason})`,
    accepted:
      'an Event Hubs namespace that this machine can reach: port 5671, or 443 with --transport websocket',
  };
  const first = isUnreachable ? 'look at the host in the connection string' : 'try again';
  return new ReceiveError(
    'RECEIVE_FAILED',
    problem,
    `${first}; behind a firewall, try --transport websocket`,
  );
}
