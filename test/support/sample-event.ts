/** What tests of destinations send. */
import type { HubEvent } from '../../src/mapping/hub-event.js';

/** A signal that is never aborted. */
export const NEVER = new AbortController().signal;

/** An event with the id `id-1`; of four partitions it belongs in the last. */
export const EVENT: HubEvent = {
  body: Buffer.from('{"a":1.0}'),
  contentType: 'application/json',
  messageId: 'id-1',
  partitionKey: '7',
  properties: { tenant: 't1', api: 'events' },
};
