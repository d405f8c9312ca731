import { nextStateTime } from './clock.js';
import { notFound } from './http/rest-error.js';
import { type JsonObject, textOf, without } from './json.js';
import type { Change } from './notifications/publisher.js';
import { deletion } from './publishing.js';
import type { TenantState } from './tenant-state.js';

/** The three kinds of children and the name of the way back. */
export const RELATIONS = {
  childDevices: 'deviceParents',
  childAssets: 'assetParents',
  childAdditions: 'additionParents',
} as const;

/** Field of a parent that lists children. */
export type ChildKind = keyof typeof RELATIONS;

const KINDS = Object.keys(RELATIONS) as ChildKind[];

/** Fields that only the platform writes. */
const READ_ONLY = new Set([
  'id',
  'self',
  'owner',
  'creationTime',
  'lastUpdated',
  ...KINDS,
  ...Object.values(RELATIONS),
]);

/** A managed object. */
export interface ManagedObject {
  readonly id: string;
  readonly owner: string;
  readonly creationTime: string;
  lastUpdated: string;
  /** Name, type and custom fragments. */
  fields: JsonObject;
  readonly children: Record<ChildKind, Set<string>>;
  readonly parents: Record<ChildKind, Set<string>>;
}

function noRelations(): Record<ChildKind, Set<string>> {
  return { childDevices: new Set(), childAssets: new Set(), childAdditions: new Set() };
}

/** The managed objects of a tenant, their hierarchy and their external ids. */
export class Inventory {
  readonly #tenant: TenantState;
  readonly #objects = new Map<string, ManagedObject>();
  /** Managed object id by external id; the key joins type and id. */
  readonly externalIds = new Map<string, { type: string; externalId: string; managedObject: string }>();

  constructor(tenant: TenantState) {
    this.#tenant = tenant;
  }

  /** All, oldest first. */
  all(): Iterable<ManagedObject> {
    return this.#objects.values();
  }

  /** One by its id. */
  find(id: string | undefined): ManagedObject | undefined {
    return id === undefined ? undefined : this.#objects.get(id);
  }

  /**
   * One by its id.
   *
   * @throws RestError 404
   */
  get(id: string): ManagedObject {
    const found = this.#objects.get(id);
    if (found === undefined) throw notFound('inventory', `Finding device data from database failed : ${id}`);
    return found;
  }

  /** Creates one; the change still has to be published. */
  create(fields: JsonObject, owner: string): [ManagedObject, Change] {
    const now = nextStateTime();
    const object: ManagedObject = {
      id: this.#tenant.newId(),
      owner,
      creationTime: now,
      lastUpdated: now,
      fields: without(fields, READ_ONLY),
      children: noRelations(),
      parents: noRelations(),
    };
    this.#objects.set(object.id, object);
    return [object, this.change(object, 'CREATE')];
  }

  /** Merges the fields into one, where null removes a field; the change still has to be published. */
  update(object: ManagedObject, fields: JsonObject): Change {
    const merged = { ...object.fields, ...without(fields, READ_ONLY) };
    for (const key of Object.keys(merged)) if (merged[key] === null) delete merged[key];
    object.fields = merged;
    object.lastUpdated = nextStateTime(object.lastUpdated);
    return this.change(object, 'UPDATE');
  }

  /** Removes one with its data and external ids; the change still has to be published. */
  delete(object: ManagedObject): Change {
    this.#objects.delete(object.id);
    for (const kind of KINDS) {
      for (const id of object.children[kind]) this.#objects.get(id)?.parents[kind].delete(object.id);
      for (const id of object.parents[kind]) this.#objects.get(id)?.children[kind].delete(object.id);
    }
    for (const [key, entry] of this.externalIds) {
      if (entry.managedObject === object.id) this.externalIds.delete(key);
    }
    const { measurements, events, alarms, operations } = this.#tenant;
    for (const store of [measurements, events, alarms, operations]) store.deleteSource(object.id);
    return deletion('managedobjects', object.id, object.id, textOf(object.fields, 'type'));
  }

  /** Joins or parts a parent and a child; the change of the parent still has to be published. */
  relate(parent: ManagedObject, kind: ChildKind, child: ManagedObject, joined: boolean): Change {
    if (joined) {
      parent.children[kind].add(child.id);
      child.parents[kind].add(parent.id);
    } else {
      parent.children[kind].delete(child.id);
      child.parents[kind].delete(parent.id);
    }
    return this.update(parent, {});
  }

  /** Ids of all objects above, nearest first, each once. */
  *ancestors(id: string): Iterable<string> {
    const seen = new Set([id]);
    const open = [id];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const object = this.#objects.get(next);
      for (const kind of KINDS) {
        for (const parent of object?.parents[kind] ?? []) {
          if (seen.has(parent)) continue;
          seen.add(parent);
          open.push(parent);
          yield parent;
        }
      }
    }
  }

  /** The whole object as REST and notifications show it. */
  document(object: ManagedObject): JsonObject {
    const self = this.#link(object.id);
    const { id, owner, creationTime, lastUpdated } = object;
    const document: JsonObject = { id, self, ...object.fields, owner, creationTime, lastUpdated };
    for (const kind of KINDS) {
      document[kind] = this.#references(object.children[kind], `${self}/${kind}`);
      document[RELATIONS[kind]] = this.#references(object.parents[kind], `${self}/${RELATIONS[kind]}`);
    }
    return document;
  }

  /** The change that tells the present state of an object. */
  change(object: ManagedObject, action: 'CREATE' | 'UPDATE'): Change {
    const document = this.document(object);
    const type = textOf(object.fields, 'type');
    return {
      api: 'managedobjects',
      action,
      source: object.id,
      type,
      document,
      json: JSON.stringify(document),
    };
  }

  #link(id: string): string {
    return this.#tenant.link(`/inventory/managedObjects/${id}`);
  }

  #references(ids: Iterable<string>, self: string): JsonObject {
    const references: JsonObject[] = [];
    for (const id of ids) {
      const name = this.#objects.get(id)?.fields['name'];
      const managedObject = { id, ...(name === undefined ? {} : { name }), self: this.#link(id) };
      references.push({ managedObject, self: `${self}/${id}` });
    }
    return { references, self };
  }
}
