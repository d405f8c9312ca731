import { type Answer, type Call, created, type Route } from '../http/call.js';
import { unprocessable } from '../http/rest-error.js';
import { isObject, type JsonObject } from '../json.js';
import { storeMeasurement } from '../measurements.js';
import type { Change } from '../notifications/publisher.js';
import { publishAll } from '../publishing.js';
import { answerRecords, bodyOf, deleteRecord, recordOf, withRoles } from './records.js';

function listOf(value: unknown): JsonObject[] {
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw unprocessable('measurement', 'measurements must be a list of objects');
  }
  return value;
}

function postMeasurements(call: Call): Answer {
  const body = bodyOf(call);
  const { tenant } = call;
  if (body['measurements'] !== undefined) {
    const changes: Change[] = listOf(body['measurements']).map((entry) => storeMeasurement(tenant, entry));
    publishAll(tenant, changes);
    const json = `{"measurements":[${changes.map((change) => change.json).join(',')}]}`;
    return created('measurementcollection', json, tenant.link('/measurement/measurements'));
  }
  const change = storeMeasurement(tenant, body);
  publishAll(tenant, [change]);
  return created(
    'measurement',
    change.json,
    tenant.link(`/measurement/measurements/${change.document['id']}`),
  );
}

/** /measurement/measurements: single ones and collections. */
export const measurementRoutes: readonly Route[] = withRoles(
  [
    { method: 'POST', path: '/measurement/measurements', handle: postMeasurements },
    {
      method: 'GET',
      path: '/measurement/measurements',
      handle: (call) =>
        answerRecords(
          call,
          call.tenant.measurements,
          { type: 'measurementcollection', name: 'measurements' },
          { sourceParameter: 'source', newestFirst: false },
        ),
    },
    {
      method: 'GET',
      path: '/measurement/measurements/:id',
      handle: (call) => ({
        status: 200,
        type: 'measurement',
        json: recordOf(call, call.tenant.measurements, 'measurement').json,
      }),
    },
    {
      method: 'DELETE',
      path: '/measurement/measurements/:id',
      handle: (call) => deleteRecord(call, call.tenant.measurements, 'measurements', 'measurement'),
    },
  ],
  'ROLE_MEASUREMENT_READ',
  'ROLE_MEASUREMENT_ADMIN',
);
