/** Refusals of a UAA and of an Event Hub, in words that say what was given, what is accepted and what to do next. */
import { DEFAULT_TOPIC } from '../../destinations/predix-event-hub/hub-address.js';
import type { ConnectionLoss } from '../../destinations/predix-event-hub/send-failure.js';
import type { Problem } from '../../errors.js';
import { ReceiveError } from '../failures.js';
import type { PredixConnection } from './options.js';

/** What was wanted, for the messages. */
export interface WantedSubscription {
  readonly connection: PredixConnection;
  readonly topics: readonly string[];
  /** What the token was asked for. */
  readonly scopes: readonly (readonly string[])[];
}

type Sentence = (wanted: WantedSubscription, reason: string) => Problem & { readonly next: string };

function scopeList(scopes: readonly (readonly string[])[]): string {
  return scopes.map((list) => list.join(' ')).join(', or ');
}

const secret: Sentence = ({ connection }, reason) => ({
  key: '--client-id or PREDIX_CLIENT_SECRET',
  given: `client "${connection.clientId}" gets no token: ${reason}`,
  accepted: 'a client of this UAA, and its secret',
  next: 'look at --auth-url, --client-id and PREDIX_CLIENT_SECRET; do not try again and again, a UAA may lock the client',
});

const scopes: Sentence = ({ connection, scopes: asked }, reason) => ({
  key: 'scopes',
  given: `client "${connection.clientId}" lacks some: ${reason}`,
  accepted: `a client with ${scopeList(asked)}`,
  next: 'have whoever administers the UAA give the client these authorities',
});

const topic: Sentence = ({ topics, connection }, reason) => ({
  key: '--topic',
  given: `zone ${connection.zoneId} does not have all of ${topics.join(', ')}: ${reason}`,
  accepted: `topics of this zone; "${DEFAULT_TOPIC}" is the one that every zone has`,
  next: 'see them with npm run topics -- list, make one with npm run topics -- create NAME',
});

const zone: Sentence = ({ connection }, reason) => ({
  key: '--zone',
  given: `${connection.zoneId} is not taken: ${reason}`,
  accepted: 'the zone id of the Event Hub, as zone-http-header-value of the binding has it',
  next: 'look at --zone; the token has to be for the same zone',
});

const connections: Sentence = ({ connection }, reason) => ({
  key: 'subscriber connections',
  given: `zone ${connection.zoneId} has too many: ${reason}`,
  accepted:
    'at most seven subscriber connections at the same time in a zone, those of other programs among them',
  next: 'end another subscriber, then start again',
});

/** UNKNOWN stands for three things; only the text can tell them apart, and that is not settled (section 19). */
const unknown: Sentence = ({ connection, topics, scopes: asked }, reason) => ({
  key: 'token, scopes or --topic',
  given: `client "${connection.clientId}" is refused for ${topics.join(', ')} in zone ${connection.zoneId}: ${reason}`,
  accepted: `a token that the Event Hub trusts, with ${scopeList(asked)}, and topics that exist`,
  next: 'see whether the instance trusts this UAA (trustedIssuerIds), then the scopes, then npm run topics -- list',
});

const other: Sentence = (_wanted, reason) => ({
  key: 'subscription',
  given: reason,
  accepted: 'a Predix Event Hub that serves this subscription over gRPC',
  next: 'look at --predix: is it the address for gRPC?',
});

/** The texts are those of the local service and of the SDKs' tests; any other text of UNKNOWN gets them all. */
const BY_TEXT: readonly (readonly [RegExp, Sentence])[] = [
  [/topic\b.*(does not|doesn't) exist|unknown topic/i, topic],
  [/scope|not authorized|permission/i, scopes],
  [/zone/i, zone],
];

function sentenceFor({ condition, message }: ConnectionLoss): Sentence {
  if (condition === 'no-token') return /\(invalid_scope\)/.test(message) ? scopes : secret;
  if (condition === 'RESOURCE_EXHAUSTED') return connections;
  if (condition !== 'UNKNOWN' && condition !== 'UNAUTHENTICATED') return other;
  return BY_TEXT.find(([pattern]) => pattern.test(message))?.[1] ?? unknown;
}

/** Takes what must not be shown out of a text of somebody else's. */
export function withoutSecret(
  text: string,
  { clientSecret }: Pick<PredixConnection, 'clientSecret'>,
): string {
  return text.replaceAll(clientSecret, '***');
}

/**
 * Says what a refusal means.
 * @param loss its kind is `refused`
 * @param wanted what to call things
 */
export function refusal(loss: ConnectionLoss, wanted: WantedSubscription): ReceiveError {
  const { next, ...problem } = sentenceFor(loss)(wanted, withoutSecret(loss.message, wanted.connection));
  return new ReceiveError('RECEIVE_FAILED', problem, next);
}
