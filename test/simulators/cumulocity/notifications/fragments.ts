import type { JsonObject } from '../json.js';
import type { Change } from './publisher.js';

/** Fields that `fragmentsToCopy` never removes, per API. */
const STANDARD = {
  alarms: [
    'id',
    'self',
    'source',
    'type',
    'time',
    'text',
    'severity',
    'status',
    'count',
    'creationTime',
    'firstOccurrenceTime',
    'lastUpdated',
    'history',
  ],
  events: ['id', 'self', 'source', 'type', 'time', 'text', 'creationTime', 'lastUpdated'],
  managedobjects: ['id', 'self', 'name', 'type', 'owner', 'creationTime', 'lastUpdated'],
  measurements: ['id', 'self', 'source', 'type', 'time'],
  operations: [
    'id',
    'self',
    'deviceId',
    'deviceName',
    'status',
    'description',
    'creationTime',
    'failureReason',
  ],
} as const;

/** The document with its standard fields and, of the others, only the named ones. */
export function copyFragments(change: Change, fragments: readonly string[]): JsonObject {
  const kept = new Set<string>([...STANDARD[change.api], ...fragments]);
  const trimmed: JsonObject = {};
  for (const key of Object.keys(change.document)) if (kept.has(key)) trimmed[key] = change.document[key];
  return trimmed;
}
