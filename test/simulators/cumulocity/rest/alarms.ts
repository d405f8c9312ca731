import type { AlarmRecord } from '../alarm-store.js';
import { isInMaintenance, raiseAlarm, updateAlarm } from '../alarms.js';
import { type Answer, type Call, created, type Route } from '../http/call.js';
import { referenceId } from '../json.js';
import { stateTimes } from './events.js';
import { answerCreated, answerRecords, answerUpdated, bodyOf, recordOf, withRoles } from './records.js';

function post(call: Call): Answer {
  const { tenant } = call;
  const body = bodyOf(call);
  if (isInMaintenance(tenant.inventory.find(referenceId(body, 'source')))) {
    const self = tenant.link('/alarm/alarms/null');
    return created('alarm', JSON.stringify({ ...body, self }), self);
  }
  const [record, changes] = raiseAlarm(tenant, body);
  return answerCreated(call, 'alarm', record, changes);
}

function put(call: Call): Answer {
  const record = recordOf(call, call.tenant.alarms, 'alarm');
  return answerUpdated(call, 'alarm', record, updateAlarm(call.tenant, record, bodyOf(call)));
}

/** Status and severity may be lists joined by commas. */
function filter(query: URLSearchParams): (record: AlarmRecord) => boolean {
  const statuses = query.get('status')?.split(',');
  const severities = query.get('severity')?.split(',');
  const times = stateTimes(query);
  return (record) =>
    (statuses?.includes(String(record.document['status'])) ?? true) &&
    (severities?.includes(String(record.document['severity'])) ?? true) &&
    times(record);
}

/** /alarm/alarms. */
export const alarmRoutes: readonly Route[] = withRoles(
  [
    { method: 'POST', path: '/alarm/alarms', handle: post },
    {
      method: 'GET',
      path: '/alarm/alarms',
      handle: (call) =>
        answerRecords(
          call,
          call.tenant.alarms,
          { type: 'alarmcollection', name: 'alarms' },
          { sourceParameter: 'source', newestFirst: true, filter },
        ),
    },
    {
      method: 'GET',
      path: '/alarm/alarms/:id',
      handle: (call) => ({
        status: 200,
        type: 'alarm',
        json: recordOf(call, call.tenant.alarms, 'alarm').json,
      }),
    },
    { method: 'PUT', path: '/alarm/alarms/:id', handle: put },
  ],
  'ROLE_ALARM_READ',
  'ROLE_ALARM_ADMIN',
);
