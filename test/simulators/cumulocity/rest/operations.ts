import type { Answer, Call, Route } from '../http/call.js';
import { type OperationRecord, storeOperation, updateOperation } from '../operations.js';
import { answerCreated, answerRecords, answerUpdated, bodyOf, recordOf, withRoles } from './records.js';

function post(call: Call): Answer {
  const [record, change] = storeOperation(call.tenant, bodyOf(call));
  return answerCreated(call, 'operation', record, [change]);
}

function put(call: Call): Answer {
  const record = recordOf(call, call.tenant.operations, 'devicecontrol');
  return answerUpdated(call, 'operation', record, [updateOperation(record, bodyOf(call))]);
}

function filter(query: URLSearchParams): (record: OperationRecord) => boolean {
  const status = query.get('status');
  return (record) => status === null || record.document['status'] === status;
}

/** /devicecontrol/operations; deleting a single one is not offered (405), as on the platform. */
export const operationRoutes: readonly Route[] = withRoles(
  [
    { method: 'POST', path: '/devicecontrol/operations', handle: post },
    {
      method: 'GET',
      path: '/devicecontrol/operations',
      handle: (call) =>
        answerRecords(
          call,
          call.tenant.operations,
          { type: 'operationcollection', name: 'operations' },
          { sourceParameter: 'deviceId', newestFirst: false, filter },
        ),
    },
    {
      method: 'GET',
      path: '/devicecontrol/operations/:id',
      handle: (call) => ({
        status: 200,
        type: 'operation',
        json: recordOf(call, call.tenant.operations, 'devicecontrol').json,
      }),
    },
    { method: 'PUT', path: '/devicecontrol/operations/:id', handle: put },
  ],
  'ROLE_DEVICE_CONTROL_READ',
  'ROLE_DEVICE_CONTROL_ADMIN',
);
