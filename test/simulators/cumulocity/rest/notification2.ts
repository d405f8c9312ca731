import { type Answer, type Call, created, NO_CONTENT, ok, type Route } from '../http/call.js';
import { answerPage } from '../http/paging.js';
import { notFound, RestError, unprocessable } from '../http/rest-error.js';
import { demandFields, parseObject, textOf } from '../json.js';
import { readSubscription, type Subscription } from '../notifications/subscription.js';
import type { TokenGrant } from '../notifications/token.js';
import type { TenantState } from '../tenant-state.js';

const RESOURCE = 'reliable-notification';
const DEFAULT_EXPIRY_MINUTES = 1440;
const LIST = '/notification2/subscriptions';

/** A subscription as the REST API shows it. */
export function showSubscription(tenant: TenantState, subscription: Subscription): object {
  const { id, source, filter, fragmentsToCopy } = subscription;
  const object = tenant.inventory.find(source);
  const name = object?.fields['name'];
  return {
    id,
    self: tenant.link(`${LIST}/${id}`),
    ...(source === undefined
      ? {}
      : {
          source: {
            id: source,
            ...(name === undefined ? {} : { name }),
            self: tenant.link(`/inventory/managedObjects/${source}`),
          },
        }),
    context: subscription.context,
    subscription: subscription.name,
    ...(filter === undefined ? {} : { subscriptionFilter: filter }),
    ...(fragmentsToCopy.length === 0 ? {} : { fragmentsToCopy }),
    nonPersistent: subscription.nonPersistent,
  };
}

function post(call: Call): Answer {
  const { tenant } = call;
  const subscription = readSubscription(parseObject(call.body), tenant.newId(), tenant.platform.settings);
  if (subscription.source !== undefined && tenant.inventory.find(subscription.source) === undefined) {
    throw notFound('inventory', 'Finding device data from database failed');
  }
  tenant.subscriptions.add(subscription);
  const json = JSON.stringify(showSubscription(tenant, subscription));
  return created('subscription', json, tenant.link(`${LIST}/${subscription.id}`));
}

function list(call: Call): Answer {
  const { query, tenant } = call;
  const wanted: [string | null, (subscription: Subscription) => unknown][] = [
    [query.get('context'), (subscription) => subscription.context],
    [query.get('source'), (subscription) => subscription.source],
    [query.get('subscription'), (subscription) => subscription.name],
    [query.get('typeFilter'), (subscription) => subscription.filter?.['typeFilter']],
  ];
  const found = [...tenant.subscriptions.all()].filter((subscription) =>
    wanted.every(([value, read]) => value === null || read(subscription) === value),
  );
  return answerPage(call, 'subscriptioncollection', 'subscriptions', found, (subscription) =>
    JSON.stringify(showSubscription(tenant, subscription)),
  );
}

function one(call: Call): Subscription {
  const found = call.tenant.subscriptions.get(call.params['id'] ?? '');
  if (found === undefined) throw notFound(RESOURCE, 'Finding subscription from database failed');
  return found;
}

function removeOne(call: Call): Answer {
  call.tenant.subscriptions.delete(one(call));
  return NO_CONTENT;
}

function removeByContext(call: Call): Answer {
  const { subscriptions } = call.tenant;
  const given = call.query.get('context');
  const source = call.query.get('source');
  const context = given ?? 'mo';
  if (context !== 'mo' && context !== 'tenant') {
    throw unprocessable(RESOURCE, 'context must be mo or tenant');
  }
  if (context === 'mo' && source === null) throw unprocessable(RESOURCE, 'source is required in context mo');
  // In tenant context there is no further filter: those of other applications go as well.
  const doomed = context === 'tenant' ? subscriptions.tenantWide() : subscriptions.ofSource(source ?? '');
  for (const subscription of [...doomed]) subscriptions.delete(subscription);
  return NO_CONTENT;
}

function flag(body: Record<string, unknown>, field: string): boolean {
  const value = body[field] ?? false;
  if (typeof value !== 'boolean') throw unprocessable(RESOURCE, `${field} must be a boolean`);
  return value;
}

/**
 * Makes a token. Whether the subscription has to exist is not established; here it need not. `signed: false` is
 * answered with a signed token, since the format of an unsigned one is not documented.
 */
async function postToken(call: Call): Promise<Answer> {
  const body = parseObject(call.body);
  demandFields(body, RESOURCE, ['subscriber', 'subscription']);
  const subscriber = textOf(body, 'subscriber');
  const subscription = textOf(body, 'subscription');
  const minutes = body['expiresInMinutes'] ?? DEFAULT_EXPIRY_MINUTES;
  const isName = (name: string | undefined): name is string =>
    name !== undefined && /^[a-zA-Z0-9]+$/.test(name);
  if (!isName(subscriber) || !isName(subscription)) {
    throw unprocessable(RESOURCE, 'subscriber and subscription must match ^[a-zA-Z0-9]+$');
  }
  if (typeof minutes !== 'number' || !Number.isFinite(minutes)) {
    throw unprocessable(RESOURCE, 'expiresInMinutes must be a number');
  }
  const grant: TokenGrant = {
    tenant: call.tenant.id,
    subscription,
    subscriber,
    shared: flag(body, 'shared'),
    nonPersistent: flag(body, 'nonPersistent'),
  };
  const token = await call.platform.tokens.issue(grant, minutes);
  return { status: 200, type: 'token', json: JSON.stringify({ token }), always: true };
}

/** Deletes the subscriber a token names; its open sockets are closed (what the platform does is not documented). */
async function unsubscribe(call: Call): Promise<Answer> {
  const { platform } = call;
  const grant = await platform.tokens.verify(call.query.get('token') ?? '', true);
  if (grant === undefined) throw new RestError(401, 'security/Unauthorized', 'Invalid token');
  const topic = platform.tenant(grant.tenant).findTopic(grant.subscription, grant.nonPersistent);
  const done = topic?.unsubscribe(grant.subscriber) ?? false;
  if (!done && platform.settings.repeatedUnsubscribeStatus === 500) {
    throw new RestError(500, `${RESOURCE}/Internal Error`, 'topic not found');
  }
  return { status: 200, type: 'notification', json: '{"result":"DONE"}', always: true };
}

function uriTemplates(call: Call): Answer {
  const link = (path: string): string => call.tenant.link(path);
  return ok('notificationapi', {
    self: link('/notification2'),
    notificationSubscriptions: { self: link(LIST), subscriptions: [] },
    notificationSubscriptionsByContext: link(`${LIST}?context={context}`),
    notificationSubscriptionsBySource: link(`${LIST}?source={source}`),
    notificationSubscriptionsBySourceAndContext: link(`${LIST}?source={source}&context={context}`),
  });
}

const routes: readonly Route[] = [
  { method: 'GET', path: '/notification2', handle: uriTemplates },
  { method: 'POST', path: LIST, handle: post },
  { method: 'GET', path: LIST, handle: list },
  { method: 'DELETE', path: LIST, handle: removeByContext },
  {
    method: 'GET',
    path: `${LIST}/:id`,
    handle: (call) => ok('subscription', showSubscription(call.tenant, one(call))),
  },
  { method: 'DELETE', path: `${LIST}/:id`, handle: removeOne },
  { method: 'POST', path: '/notification2/token', handle: postToken },
  { method: 'POST', path: '/notification2/unsubscribe', handle: unsubscribe },
];

/** /notification2: subscriptions, tokens, unsubscribing. A subscription cannot be changed (PUT answers 405). */
export const notification2Routes: readonly Route[] = routes.map((route) => ({
  ...route,
  roles: ['ROLE_NOTIFICATION_2_ADMIN'],
}));
