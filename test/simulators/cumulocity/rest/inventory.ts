import { type Answer, type Call, created, NO_CONTENT, ok, type Route } from '../http/call.js';
import { answerPage } from '../http/paging.js';
import { forbidden, notFound, unprocessable } from '../http/rest-error.js';
import { type ChildKind, type ManagedObject, RELATIONS } from '../inventory.js';
import { isObject, parseObject, textOf } from '../json.js';
import { publishAll } from '../publishing.js';
import { inventoryFilter } from './inventory-query.js';

const READ = ['ROLE_INVENTORY_READ'];
const CREATE = ['ROLE_INVENTORY_ADMIN', 'ROLE_INVENTORY_CREATE'];
/** An owner may change what is his without the ADMIN role. */
function demandWrite(call: Call, object: ManagedObject): void {
  const { principal } = call;
  if (!principal.roles.has('ROLE_INVENTORY_ADMIN') && object.owner !== principal.name) throw forbidden();
}

function objectOf(call: Call): ManagedObject {
  return call.tenant.inventory.get(call.params['id'] ?? '');
}

function post(call: Call): Answer {
  const { tenant, principal } = call;
  const [object, change] = tenant.inventory.create(parseObject(call.body), principal.name);
  publishAll(tenant, [change]);
  return created('managedObject', change.json, tenant.link(`/inventory/managedObjects/${object.id}`));
}

function put(call: Call): Answer {
  const object = objectOf(call);
  demandWrite(call, object);
  const change = call.tenant.inventory.update(object, parseObject(call.body));
  publishAll(call.tenant, [change]);
  return { status: 200, type: 'managedObject', json: change.json };
}

function remove(call: Call): Answer {
  const { tenant } = call;
  const object = objectOf(call);
  demandWrite(call, object);
  const change = tenant.inventory.delete(object);
  const ofObject = [...tenant.subscriptions.ofSource(object.id)];
  try {
    publishAll(tenant, [change]);
  } finally {
    // The subscriptions of the object go with it, after its DELETE was told to them.
    for (const subscription of ofObject) tenant.subscriptions.delete(subscription);
  }
  return NO_CONTENT;
}

function list(call: Call): Answer {
  const { inventory } = call.tenant;
  const found = [...inventory.all()].filter(inventoryFilter(call.query));
  return answerPage(call, 'managedObjectCollection', 'managedObjects', found, (object) =>
    JSON.stringify(inventory.document(object)),
  );
}

function kindOf(call: Call): ChildKind {
  const kind = call.params['kind'] ?? '';
  if (!Object.hasOwn(RELATIONS, kind)) throw notFound('inventory', `No resource ${kind}.`);
  return kind as ChildKind;
}

function postChild(call: Call): Answer {
  const { inventory } = call.tenant;
  const kind = kindOf(call);
  const parent = objectOf(call);
  demandWrite(call, parent);
  const reference = parseObject(call.body)['managedObject'];
  const id = isObject(reference) ? textOf(reference, 'id') : undefined;
  const child = inventory.find(id);
  if (child === undefined) throw unprocessable('inventory', 'managedObject.id must name a managed object');
  const change = inventory.relate(parent, kind, child, true);
  publishAll(call.tenant, [change]);
  const self = call.tenant.link(`/inventory/managedObjects/${parent.id}/${kind}/${child.id}`);
  const json = JSON.stringify({ managedObject: inventory.document(child), self });
  return created('managedObjectReference', json, self);
}

function removeChild(call: Call): Answer {
  const { inventory } = call.tenant;
  const parent = objectOf(call);
  demandWrite(call, parent);
  const child = inventory.get(call.params['child'] ?? '');
  publishAll(call.tenant, [inventory.relate(parent, kindOf(call), child, false)]);
  return NO_CONTENT;
}

const ONE = '/inventory/managedObjects/:id';

/** /inventory/managedObjects with children. */
export const inventoryRoutes: readonly Route[] = [
  { method: 'POST', path: '/inventory/managedObjects', roles: CREATE, handle: post },
  { method: 'GET', path: '/inventory/managedObjects', roles: READ, handle: list },
  {
    method: 'GET',
    path: ONE,
    roles: READ,
    handle: (call) => ok('managedObject', call.tenant.inventory.document(objectOf(call))),
  },
  { method: 'PUT', path: ONE, handle: put },
  { method: 'DELETE', path: ONE, handle: remove },
  { method: 'POST', path: `${ONE}/:kind`, handle: postChild },
  { method: 'DELETE', path: `${ONE}/:kind/:child`, handle: removeChild },
];
