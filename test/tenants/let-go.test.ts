import { expect, test } from 'vitest';
import { mapNotification } from '../../src/mapping/map-notification.js';
import { letGoOf } from '../../src/tenants/let-go.js';
import { type FrameParts, scriptedNotification } from '../support/scripted-frames.js';

const [TIME, CREATED, UPDATED] = [1000, 2000, 3000].map((ms) => new Date(ms).toISOString());

function letGo(parts: FrameParts): ReturnType<typeof letGoOf> {
  return letGoOf(mapNotification(scriptedNotification(parts), 'cloudevents', 'topic').event);
}

test.each<[string, FrameParts, object]>([
  [
    'a measurement by the time that the device gave it',
    { api: 'measurements', body: { id: '1', time: TIME } },
    { api: 'measurements', action: 'CREATE', time: 1000 },
  ],
  [
    'an event by that and by its creation',
    { api: 'events', body: { id: '1', time: TIME, creationTime: CREATED } },
    { api: 'events', action: 'CREATE', time: 1000, created: 2000 },
  ],
  [
    'a change of an alarm by that and by the change',
    {
      api: 'alarms',
      action: 'UPDATE',
      body: { id: '1', time: TIME, creationTime: CREATED, lastUpdated: UPDATED },
    },
    { api: 'alarms', action: 'UPDATE', time: 1000, updated: 3000 },
  ],
  [
    'an operation by its creation',
    { api: 'operations', action: 'UPDATE', body: { id: '1', creationTime: CREATED } },
    { api: 'operations', action: 'UPDATE', time: 2000 },
  ],
  [
    'a managed object by its creation',
    { api: 'managedobjects', body: { id: '111', creationTime: CREATED, lastUpdated: UPDATED } },
    { api: 'managedobjects', action: 'CREATE', time: 2000 },
  ],
])('is found again: %s', (_what, parts, expected) => {
  expect(letGo(parts)).toMatchObject({ source: '111', ...expected });
});

test.each<[string, FrameParts]>([
  ['a deletion', { api: 'events', action: 'DELETE', body: { id: '1' } }],
  [
    'an action that nobody knows',
    { api: 'events', action: 'MERGE', body: { id: '1', time: TIME, creationTime: CREATED } },
  ],
  ['a measurement without a time', { api: 'measurements', body: { id: '1' } }],
  [
    'a measurement with something else as time',
    { api: 'measurements', body: { id: '1', time: 'yesterday' } },
  ],
  ['an update without a time of change', { api: 'alarms', action: 'UPDATE', body: { id: '1', time: TIME } }],
  ['a body that is not JSON', { api: 'events', body: 'x' }],
])('is counted, but cannot be found again: %s', (_what, parts) => {
  expect(letGo(parts)).toMatchObject({ action: 'DELETE', time: undefined });
});

test('an API that cannot be read is not let go at all', () => {
  expect(letGo({ api: 'somethingNew', body: { id: '1', time: TIME } })).toBeUndefined();
});
