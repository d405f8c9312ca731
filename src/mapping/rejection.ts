/**
 * What stands for an event that the hub will never accept: in its place a pointer event, small, so that a reader
 * sees where something is missing and can fetch it; and, where there is a dead-letter hub, the whole event there.
 */
import { createHash } from 'node:crypto';
import type { SendError } from '../errors.js';
import type { HubEvent } from './hub-event.js';

/** What came of handing an event to the dead-letter hub. */
export interface DeadLetter {
  readonly hubName: string;
  /** Why it is not there; `undefined`: it is. */
  readonly failure: SendError | undefined;
}

/** Why an event is rejected, and where it is instead. */
export interface Rejection {
  /** In the hub's own terms, from a bounded set. */
  readonly reason: string;
  /** `undefined`: there is no dead-letter hub, or the event is too large for that as well. */
  readonly deadLetter: DeadLetter | undefined;
}

/** A pointer has to fit where its event did not, whatever its header says. */
const LONGEST_TEXT = 256;
const LONGEST_LINK = 1024;

/**
 * Makes the pointer event.
 * @param event the whole event; id, partition key and properties are kept
 * @param rejection why it is rejected; stands in the body and, for readers that do not look there, in properties
 */
export function toPointerEvent(event: HubEvent, { reason, deadLetter }: Rejection): HubEvent {
  const headers: Record<string, string> = Object.fromEntries(
    Object.entries(event.properties).map(([name, value]) => [name, value.slice(0, LONGEST_TEXT)]),
  );
  const { tenant, api, source, action } = headers;
  const elsewhere = whereElse(deadLetter);
  const pointer = {
    messageId: event.messageId,
    tenant,
    api,
    source,
    action,
    rejected: {
      reason,
      sizeBytes: event.body.length,
      sha256: createHash('sha256').update(event.body).digest('hex'),
      self: selfLinkOf(event.body),
      ...elsewhere,
    },
  };
  return {
    ...event,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(pointer)),
    properties: { ...headers, rejected: reason, ...elsewhere },
  };
}

/**
 * Makes the event that goes to the dead-letter hub: whole, with the reason.
 * @param event the whole event
 * @param reason why it is rejected
 * @param hubName the hub that it was for
 */
export function toDeadLetter(event: HubEvent, reason: string, hubName: string): HubEvent {
  return { ...event, properties: { ...event.properties, rejected: reason, rejectedBy: hubName } };
}

function whereElse(deadLetter: DeadLetter | undefined): Record<string, string> {
  if (deadLetter === undefined) return {};
  const { hubName, failure } = deadLetter;
  return failure === undefined
    ? { deadLetterHub: hubName }
    : { deadLetterFailure: failure.condition.slice(0, LONGEST_TEXT) };
}

/** The link to the object: at the body's top level, or in a CloudEvent's data. */
function selfLinkOf(body: Buffer): string | undefined {
  try {
    const { self, data } = JSON.parse(body.toString()) as { self?: unknown; data?: { self?: unknown } };
    const link = self ?? data?.self;
    return typeof link === 'string' && link.length <= LONGEST_LINK ? link : undefined;
  } catch {
    return undefined;
  }
}
