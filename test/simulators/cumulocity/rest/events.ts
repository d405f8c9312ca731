import { type EventRecord, storeEvent, updateEvent } from '../events.js';
import type { Answer, Call, Route } from '../http/call.js';
import { timeOf } from '../sources.js';
import {
  answerCreated,
  answerRecords,
  answerUpdated,
  bodyOf,
  deleteRecord,
  recordOf,
  withRoles,
} from './records.js';

function post(call: Call): Answer {
  const [record, change] = storeEvent(call.tenant, bodyOf(call));
  return answerCreated(call, 'event', record, [change]);
}

function put(call: Call): Answer {
  const record = recordOf(call, call.tenant.events, 'event');
  return answerUpdated(call, 'event', record, [updateEvent(record, bodyOf(call))]);
}

/** Filter of the time arguments on `creationTime` and `lastUpdated` that events and alarms share. */
export function stateTimes(query: URLSearchParams): (record: Pick<EventRecord, 'document'>) => boolean {
  const inRange = (value: unknown, name: string): boolean => {
    const from = timeOf(query.get(`${name}From`));
    const to = timeOf(query.get(`${name}To`));
    if (from === undefined && to === undefined) return true;
    const timeMs = timeOf(typeof value === 'string' ? value : undefined);
    return timeMs !== undefined && timeMs >= (from ?? timeMs) && timeMs <= (to ?? timeMs);
  };
  return ({ document }) =>
    inRange(document['creationTime'], 'created') &&
    inRange(document['lastUpdated'] ?? document['creationTime'], 'lastUpdated');
}

/** /event/events. */
export const eventRoutes: readonly Route[] = withRoles(
  [
    { method: 'POST', path: '/event/events', handle: post },
    {
      method: 'GET',
      path: '/event/events',
      handle: (call) =>
        answerRecords(
          call,
          call.tenant.events,
          { type: 'eventcollection', name: 'events' },
          { sourceParameter: 'source', newestFirst: true, filter: stateTimes },
        ),
    },
    {
      method: 'GET',
      path: '/event/events/:id',
      handle: (call) => ({
        status: 200,
        type: 'event',
        json: recordOf(call, call.tenant.events, 'event').json,
      }),
    },
    { method: 'PUT', path: '/event/events/:id', handle: put },
    {
      method: 'DELETE',
      path: '/event/events/:id',
      handle: (call) => deleteRecord(call, call.tenant.events, 'events', 'event'),
    },
  ],
  'ROLE_EVENT_READ',
  'ROLE_EVENT_ADMIN',
);
