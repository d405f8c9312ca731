/** Error conditions and texts of the Event Hubs service, as its clients know them. */
import { randomBytes } from 'node:crypto';
import type { AmqpError } from './rhea-wire.js';

/** The AMQP conditions the service uses (AMQP 1.0 section 2.8.15 and following, Event Hubs AMQP protocol guide). */
export const condition = {
  notFound: 'amqp:not-found',
  notAllowed: 'amqp:not-allowed',
  notImplemented: 'amqp:not-implemented',
  unauthorized: 'amqp:unauthorized-access',
  decodeError: 'amqp:decode-error',
  resourceLimit: 'amqp:resource-limit-exceeded',
  linkStolen: 'amqp:link:stolen',
  detachForced: 'amqp:link:detach-forced',
  messageTooLarge: 'amqp:link:message-size-exceeded',
  connectionForced: 'amqp:connection:forced',
  serverBusy: 'com.microsoft:server-busy',
  argumentError: 'com.microsoft:argument-error',
  argumentOutOfRange: 'com.microsoft:argument-out-of-range',
  entityDisabled: 'com.microsoft:entity-disabled',
  outOfOrderSequence: 'com.microsoft:out-of-order-sequence',
  producerEpochStolen: 'com.microsoft:producer-epoch-stolen',
} as const;

/** The end of every text of the service: ids for its support and the time. */
export function tracked(text: string, hub = 'local'): string {
  const id = randomBytes(16).toString('hex');
  return `${text} TrackingId:${id}_G1, SystemTracker:local:eventhub:${hub}~0, Timestamp:${new Date().toISOString()}`;
}

/** No hub or consumer group of that name. */
export function entityNotFound(entity: string): AmqpError {
  return {
    condition: condition.notFound,
    description: tracked(`The messaging entity '${entity}' could not be found.`),
  };
}

/** No partition of that id; `partitionCount` names the range that would do. */
export function partitionOutOfRange(partitionCount: number): AmqpError {
  const range = `It should be between 0 and ${partitionCount - 1}.`;
  const text = `The specified partition is invalid for an EventHub partition sender or receiver. ${range}`;
  return { condition: condition.argumentOutOfRange, description: tracked(text) };
}

/** The hub exists and is switched off. */
export function entityDisabled(hub: string): AmqpError {
  const text = `Messaging entity '${hub}' is currently disabled.`;
  return { condition: condition.entityDisabled, description: tracked(text, hub) };
}

/** The connection holds no claim with the right that the link needs. */
export function unauthorized(right: string, resource: string): AmqpError {
  const text = `Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: '${resource}'.`;
  return { condition: condition.unauthorized, description: tracked(text) };
}

/** The claim a link stands on has run out and was not renewed. */
export function claimExpired(link: string, right: string, resource: string): AmqpError {
  const details = `Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: '${resource}'.`;
  const text = `The link '${link}' is force detached. Code: RenewToken. Details: ${details}`;
  return { condition: condition.unauthorized, description: tracked(text) };
}

/** The message is larger than the link allows; sizes in bytes. */
export function messageTooLarge(size: number, limit: number): AmqpError {
  const text = `The received message (delivery-id:0, size:${size} bytes) exceeds the limit (${limit} bytes) currently allowed on the link.`;
  return { condition: condition.messageTooLarge, description: tracked(text) };
}

/** The ingress limit is used up. */
export function throttled(hub: string): AmqpError {
  const text =
    'The request was terminated because the entity is being throttled. Error code : 50002. Please wait 4 seconds and try again. ' +
    `To know more visit https://aka.ms/sbResourceMgrExceptions S:N:LOCAL:EVENTHUB:${hub.toUpperCase()}~0`;
  return { condition: condition.serverBusy, description: tracked(text, hub) };
}

/** The link was idle for longer than the service allows. */
export function linkIdle(link: string, origin: 'publisher' | 'receiver', idleMs: number): AmqpError {
  const name = origin === 'publisher' ? 'AmqpEventHubPublisher' : 'AmqpEventHubConsumer';
  const idle = new Date(idleMs).toISOString().slice(11, 19);
  const text = `The link '${link}' is force detached by the broker due to errors occurred in ${origin}(link1). Detach origin: ${name}.IdleTimerExpired: Idle timeout: ${idle}.`;
  return { condition: condition.detachForced, description: tracked(text) };
}

/** The connection had no link for longer than the service allows. */
export function connectionIdle(idleMs: number): AmqpError {
  const text = `The connection was inactive for more than the allowed ${idleMs} milliseconds and is closed by container 'LinkTracker'.`;
  return { condition: condition.connectionForced, description: tracked(text) };
}
