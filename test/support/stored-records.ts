/** Records as a replay reads them. */
import type { RecordQuery } from '../../src/cumulocity/records.js';
import type { StoredRecord } from '../../src/replay/stored-record.js';

/**
 * Makes a record.
 * @param time in milliseconds since 1970
 */
export function storedRecord(
  api: RecordQuery['api'],
  id: string,
  time: number,
  sourceId = '7',
  fields: object = {},
): StoredRecord {
  const body = Buffer.from(JSON.stringify({ id, type: 'c8y_T', source: { id: sourceId }, ...fields }));
  const channel = `/t1/${api}/${sourceId}`;
  const notification = { ackId: '', channel, tenant: 't1', api, sourceId, action: 'CREATE', body };
  return { id, time, type: 'c8y_T', notification };
}
