import { type Answer, type Call, created, NO_CONTENT, ok, type Route } from '../http/call.js';
import { notFound, RestError } from '../http/rest-error.js';
import { demandFields, parseObject } from '../json.js';

const READ = ['ROLE_IDENTITY_READ'];
const WRITE = ['ROLE_IDENTITY_ADMIN'];
const OF_OBJECT = '/identity/globalIds/:id/externalIds';
const ONE = '/identity/externalIds/:type/:externalId';

function keyOf(type: string, externalId: string): string {
  return JSON.stringify([type, externalId]);
}

function show(call: Call, entry: { type: string; externalId: string; managedObject: string }): object {
  const id = entry.managedObject;
  const path = `/identity/externalIds/${encodeURIComponent(entry.type)}/${encodeURIComponent(entry.externalId)}`;
  const managedObject = { id, self: call.tenant.link(`/inventory/managedObjects/${id}`) };
  const { type, externalId } = entry;
  return { externalId, type, managedObject, self: call.tenant.link(path) };
}

function post(call: Call): Answer {
  const body = parseObject(call.body);
  demandFields(body, 'identity', ['type', 'externalId']);
  const { inventory } = call.tenant;
  const object = inventory.get(call.params['id'] ?? '');
  const type = String(body['type']);
  const externalId = String(body['externalId']);
  const key = keyOf(type, externalId);
  if (inventory.externalIds.has(key)) {
    const message = `External id already bound to different Global ID : ${type}/${externalId}`;
    throw new RestError(409, 'identity/Duplicate', message);
  }
  const entry = { type, externalId, managedObject: object.id };
  inventory.externalIds.set(key, entry);
  return created('externalId', JSON.stringify(show(call, entry)), call.tenant.link(call.path));
}

function one(call: Call): [key: string, entry: { type: string; externalId: string; managedObject: string }] {
  const key = keyOf(call.params['type'] ?? '', call.params['externalId'] ?? '');
  const entry = call.tenant.inventory.externalIds.get(key);
  if (entry === undefined) throw notFound('identity', 'External id not found');
  return [key, entry];
}

function remove(call: Call): Answer {
  call.tenant.inventory.externalIds.delete(one(call)[0]);
  return NO_CONTENT;
}

function ofObject(call: Call): Answer {
  const { inventory } = call.tenant;
  const object = inventory.get(call.params['id'] ?? '');
  const entries = [...inventory.externalIds.values()].filter((entry) => entry.managedObject === object.id);
  return ok('externalIdCollection', {
    self: call.tenant.link(call.path),
    externalIds: entries.map((entry) => show(call, entry)),
  });
}

/** /identity: binding external ids to managed objects and looking them up. */
export const identityRoutes: readonly Route[] = [
  { method: 'POST', path: OF_OBJECT, roles: WRITE, handle: post },
  { method: 'GET', path: OF_OBJECT, roles: READ, handle: ofObject },
  { method: 'GET', path: ONE, roles: READ, handle: (call) => ok('externalId', show(call, one(call)[1])) },
  { method: 'DELETE', path: ONE, roles: WRITE, handle: remove },
];
