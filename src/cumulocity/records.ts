/**
 * Pages of what Cumulocity has stored: measurements, events, alarms, operations, managed objects (OpenAPI, GET of
 * each collection). The pages are passed on as the texts that came.
 */

import type { PlatformClient } from './platform-client.js';
import type { Api } from './subscriptions.js';

/** A span of time; both ends belong to it. Milliseconds since 1970. */
export type TimeRange = readonly [from: number, to: number];

/** Which records. */
export interface RecordQuery {
  readonly api: Api;
  /** The managed object that they are about; `undefined`: any. */
  readonly source: string | undefined;
  /** By the time that the device gave them; of operations and managed objects: by their creation. */
  readonly time: TimeRange;
  /** Of events and alarms: also by their creation, or by their last change. */
  readonly created?: TimeRange | undefined;
  readonly updated?: TimeRange | undefined;
}

/** Records of a page; the platform gives up to 2000. Several pages are in memory at once. */
export const PAGE_RECORDS = 500;

interface Collection {
  readonly path: string;
  /** Names the source. */
  readonly source: string;
  /** Whether the oldest records are on the first page. */
  readonly isAscending: boolean;
  readonly query?: Readonly<Record<string, string>>;
}

const COLLECTIONS: Readonly<Record<Api, Collection>> = {
  measurements: { path: '/measurement/measurements', source: 'source', isAscending: true },
  // Of a range of time the newest come first, unless asked otherwise.
  events: { path: '/event/events', source: 'source', isAscending: true, query: { revert: 'true' } },
  // There is no way to ask otherwise.
  alarms: { path: '/alarm/alarms', source: 'source', isAscending: false },
  operations: { path: '/devicecontrol/operations', source: 'deviceId', isAscending: true },
  managedobjects: { path: '/inventory/managedObjects', source: 'ids', isAscending: true },
};

/** Whether the first page of a collection has its oldest records. */
export function isAscending(api: Api): boolean {
  return COLLECTIONS[api].isAscending;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function rangeQuery(name: string, range: TimeRange | undefined): Record<string, string> {
  if (range === undefined) return {};
  // Whether the end itself belongs to the range is not documented.
  return { [`${name}From`]: iso(range[0]), [`${name}To`]: iso(range[1] + 1) };
}

function selection({ api, time, created, updated }: RecordQuery): Record<string, string> {
  if (api !== 'managedobjects') {
    return {
      ...rangeQuery('date', time),
      ...rangeQuery('created', created),
      ...rangeQuery('lastUpdated', updated),
    };
  }
  // The query language names the date within a time apart.
  const [from, to] = [iso(time[0]), iso(time[1])];
  return { query: `$filter=(creationTime.date ge '${from}' and creationTime.date le '${to}')` };
}

/**
 * Reads one page.
 * @param page from 1
 * @returns the text of the answer: an object with the list of records under the API's name in Cumulocity's spelling
 * @throws PlatformError, PlatformUnreachable
 */
export function readRecordPage(
  service: PlatformClient,
  query: RecordQuery,
  page: number,
  signal?: AbortSignal,
): Promise<string> {
  const { path, source, query: fixed = {} } = COLLECTIONS[query.api];
  const parameters = {
    ...fixed,
    ...selection(query),
    ...(query.source === undefined ? {} : { [source]: query.source }),
    pageSize: PAGE_RECORDS,
    currentPage: page,
  };
  return service.text({ method: 'GET', path, query: parameters, signal });
}
