/**
 * The id that makes repeats recognisable: equal for two copies of the same notification, different for two
 * states of the same object. It identifies the state and not the bytes, so that the same state read over REST
 * carries it too.
 */
import { createHash, hash } from 'node:crypto';
import type { Notification } from '../notifications/frame.js';
import type { JsonBody } from './json-body.js';
import { jsonParts } from './json-parts.js';

/** 128 bits are 22 base64url characters: no two states of any tenant will ever share them. */
const ID_BYTES = 16;

/** The id of a state. */
export interface StateId {
  /** 22 characters, base64url. */
  readonly messageId: string;
  /**
   * Whether no other state can ever have this id. Without a time of change, an object that comes back to an
   * earlier content has the same id twice.
   */
  readonly isUnique: boolean;
}

/** What tells this state of an object from its other states; `undefined` when only the whole body does. */
function stateOf(notification: Notification, body: JsonBody | undefined): string | undefined {
  const id = body?.text('id');
  // The states of an operation share its id and carry no time of change.
  if (body === undefined || id === undefined || notification.api === 'operations') return undefined;
  // An object is created once. Whether an alarm that is raised again is told of as a creation is not documented.
  if (notification.action === 'CREATE' && notification.api !== 'alarms') return JSON.stringify([id]);
  const lastUpdated = body.text('lastUpdated');
  // What was not changed since is in the state in which it was made, whether that says so or not.
  if (lastUpdated !== undefined && lastUpdated !== body.text('creationTime'))
    return JSON.stringify([id, lastUpdated]);
  // An object is deleted once; an update without a time can only be told by its content.
  return notification.action === 'UPDATE' && lastUpdated === undefined ? undefined : JSON.stringify([id]);
}

/**
 * What differs between two readings of the same operation: links name the host that was asked, and only a list of
 * operations names the device (OpenAPI, GET /devicecontrol/operations).
 */
const NOT_OF_AN_OPERATION = new Set(['self', 'deviceName', 'deviceExternalIDs']);

/** The content by which a notification is told when nothing else tells it. */
function contentOf({ api, body: bytes }: Notification, body: JsonBody | undefined): Buffer {
  if (api !== 'operations' || body === undefined) return bytes;
  const members = jsonParts(bytes).flatMap(({ name = '', valueStart, end }) =>
    NOT_OF_AN_OPERATION.has(name)
      ? []
      : [`${JSON.stringify(name)}:${bytes.toString('utf8', valueStart, end)}`],
  );
  return Buffer.from(`{${members.sort().join()}}`);
}

/**
 * Makes the id of a notification's state.
 * @param notification the notification
 * @param body its body, if that is a JSON object
 */
export function stateIdOf(notification: Notification, body: JsonBody | undefined): StateId {
  const { tenant, channel, api, action } = notification;
  const state = stateOf(notification, body);
  const digest =
    state === undefined
      ? createHash('sha256')
          .update(`${channel}\n${action}\n\n`)
          .update(contentOf(notification, body))
          .digest()
      : hash('sha256', `${tenant}\n${api}\n${action}\n${state}`, 'buffer');
  const isCreation = action === 'CREATE' && body?.text('id') !== undefined;
  return {
    messageId: digest.subarray(0, ID_BYTES).toString('base64url'),
    isUnique: state !== undefined || isCreation,
  };
}
