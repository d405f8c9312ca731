import { RestError, unprocessable } from '../http/rest-error.js';
import { demandFields, isObject, type JsonObject, referenceId, textOf, textsOf } from '../json.js';
import type { Settings } from '../settings.js';
import { parseTypeFilter } from './type-filter.js';

/** Names of the APIs as they stand in a filter and in the description line of a notification. */
export type Api =
  | 'alarms'
  | 'alarmsWithChildren'
  | 'events'
  | 'eventsWithChildren'
  | 'managedobjects'
  | 'measurements'
  | 'operations';

const ALL_APIS: readonly Api[] = [
  'alarms',
  'alarmsWithChildren',
  'events',
  'eventsWithChildren',
  'managedobjects',
  'measurements',
  'operations',
];

const RESOURCE = 'reliable-notification';
const NAME = /^[a-zA-Z0-9]+$/;

/** A publisher rule: what is put into which topic. Immutable, as on the platform. */
export interface Subscription {
  readonly id: string;
  readonly context: 'mo' | 'tenant';
  /** Managed object of an `mo` subscription. */
  readonly source: string | undefined;
  /** Name of the topic. */
  readonly name: string;
  readonly nonPersistent: boolean;
  /** The APIs it covers, with `*` already replaced by what it stands for. */
  readonly apis: ReadonlySet<Api>;
  /** Types it lets through; undefined = all. */
  readonly types: ReadonlySet<string> | undefined;
  readonly fragmentsToCopy: readonly string[];
  /** Epoch ms from which it takes effect. */
  readonly activeFromMs: number;
  /** `subscriptionFilter` as it was sent, to be shown as it was sent. */
  readonly filter: JsonObject | undefined;
}

type Scope = Pick<Subscription, 'context' | 'source' | 'name' | 'nonPersistent'>;

function readScope(body: JsonObject): Scope {
  demandFields(body, RESOURCE, ['context', 'subscription']);
  const context = body['context'];
  if (context !== 'mo' && context !== 'tenant') throw unprocessable(RESOURCE, 'context must be mo or tenant');
  const name = textOf(body, 'subscription');
  if (name === undefined || !NAME.test(name)) {
    throw unprocessable(RESOURCE, 'subscription must match ^[a-zA-Z0-9]+$');
  }
  const nonPersistent = body['nonPersistent'] ?? false;
  if (typeof nonPersistent !== 'boolean') throw unprocessable(RESOURCE, 'nonPersistent must be a boolean');
  // Whether a source in tenant context is refused is not documented; it is ignored.
  const source = context === 'mo' ? referenceId(body, 'source') : undefined;
  if (context === 'mo' && source === undefined) {
    throw unprocessable(RESOURCE, 'source.id is required in context mo');
  }
  return { context, source, name, nonPersistent };
}

/** `*` never includes measurements in tenant context, and includes both forms of alarms and events in mo context. */
function everyApi(context: 'mo' | 'tenant', settings: Settings): Api[] {
  if (context === 'mo') return [...ALL_APIS];
  return settings.tenantOperations
    ? ['managedobjects', 'alarms', 'events', 'operations']
    : ['managedobjects', 'alarms', 'events'];
}

function demandTenantApi(api: Api, filter: JsonObject | undefined, settings: Settings): void {
  const excluded =
    api.endsWith('WithChildren') ||
    (api === 'measurements' && !settings.tenantMeasurements) ||
    (api === 'operations' && !settings.tenantOperations) ||
    (api === 'events' && settings.tenantEventsNeedTypeFilter && filter?.['typeFilter'] === undefined);
  if (excluded) throw unprocessable(RESOURCE, `api ${api} is not allowed in context tenant`);
}

function readApis(
  context: 'mo' | 'tenant',
  filter: JsonObject | undefined,
  settings: Settings,
): ReadonlySet<Api> {
  const listed = filter?.['apis'];
  if (listed === undefined || listed === null) return new Set(everyApi(context, settings));
  if (!Array.isArray(listed)) throw unprocessable(RESOURCE, 'apis must be a list');
  if (listed.includes('*')) {
    if (listed.length > 1) throw unprocessable(RESOURCE, '* must be the only entry of apis');
    return new Set(everyApi(context, settings));
  }
  const apis = new Set<Api>();
  for (const entry of listed) {
    const api = ALL_APIS.find((known) => known === entry);
    if (api === undefined) throw unprocessable(RESOURCE, `unknown api ${JSON.stringify(entry)}`);
    if (context === 'tenant') demandTenantApi(api, filter, settings);
    apis.add(api);
  }
  // An empty list is not documented; it is read like an absent one.
  return apis.size > 0 ? apis : new Set(everyApi(context, settings));
}

/**
 * Reads the body of POST /notification2/subscriptions.
 *
 * @param id id the subscription is to get
 * @throws RestError 422 for anything the platform refuses
 */
export function readSubscription(body: JsonObject, id: string, settings: Settings): Subscription {
  const scope = readScope(body);
  const given = body['subscriptionFilter'];
  if (given !== undefined && given !== null && !isObject(given)) {
    throw unprocessable(RESOURCE, 'subscriptionFilter must be an object');
  }
  const filter = isObject(given) ? given : undefined;
  const typeFilter = filter?.['typeFilter'];
  if (typeFilter !== undefined && (typeof typeFilter !== 'string' || typeFilter.trim() === '')) {
    throw unprocessable(RESOURCE, 'typeFilter must be a text');
  }
  return {
    id,
    ...scope,
    apis: readApis(scope.context, filter, settings),
    types: typeFilter === undefined ? undefined : parseTypeFilter(typeFilter),
    fragmentsToCopy: textsOf(body, 'fragmentsToCopy'),
    activeFromMs: settings.activationDelayMs === 0 ? 0 : Date.now() + settings.activationDelayMs,
    filter,
  };
}

/** 409 for a second subscription of the same key. */
export function duplicateSubscription(subscription: Subscription): RestError {
  // The wording for tenant context is not documented; the source is shown as null there.
  const source = subscription.source ?? 'null';
  const message =
    `Subscription with source <'${source}'>, context <'${subscription.context}'> ` +
    `& subscription <'${subscription.name}'> already exists!`;
  return new RestError(409, 'reliable-notification/Duplicate', message);
}
