import { nextStateTime } from '../clock.js';
import { type Answer, type Call, created, type Route } from '../http/call.js';
import { demandFields, parseObject } from '../json.js';

/** Accepts an audit record; nothing reads it back, so nothing is kept. */
function post(call: Call): Answer {
  const body = parseObject(call.body);
  demandFields(body, 'audit', ['activity', 'source', 'text', 'time', 'type']);
  const id = call.tenant.newId();
  const self = call.tenant.link(`/audit/auditRecords/${id}`);
  const record = { ...body, id, self, creationTime: nextStateTime(), user: call.principal.name };
  return created('auditRecord', JSON.stringify(record), self);
}

/** /audit/auditRecords. */
export const auditRoutes: readonly Route[] = [
  { method: 'POST', path: '/audit/auditRecords', roles: ['ROLE_AUDIT_ADMIN'], handle: post },
];
