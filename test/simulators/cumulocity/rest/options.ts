import { type Answer, type Call, NO_CONTENT, ok, type Route } from '../http/call.js';
import { answerPage } from '../http/paging.js';
import { notFound, unprocessable } from '../http/rest-error.js';
import { demandFields, parseObject, textOf } from '../json.js';
import { ENCRYPTED, ENCRYPTED_PREFIX } from '../option-store.js';

const READ = ['ROLE_OPTION_MANAGEMENT_READ'];
const WRITE = ['ROLE_OPTION_MANAGEMENT_ADMIN'];
const OF_CATEGORY = '/tenant/options/:category';
const ONE = '/tenant/options/:category/:key';

/** The value as the caller may see it: only system users of the application that owns the category decrypt. */
function visible(call: Call, category: string, key: string, value: string): string {
  if (!key.startsWith(ENCRYPTED_PREFIX)) return value;
  const application = call.platform.applications.get(call.principal.application ?? '');
  return application?.settingsCategory === category ? value : ENCRYPTED;
}

function show(call: Call, category: string, key: string, value: string): object {
  const path = `/tenant/options/${encodeURIComponent(category)}/${encodeURIComponent(key)}`;
  return { self: call.tenant.link(path), category, key, value: visible(call, category, key, value) };
}

/** A value is a text, and not a single space. */
function optionValue(value: unknown): string {
  if (typeof value !== 'string' || value === ' ') {
    throw unprocessable('options', 'value must be a text other than a single space');
  }
  return value;
}

function post(call: Call): Answer {
  const body = parseObject(call.body);
  demandFields(body, 'options', ['category', 'key', 'value']);
  const category = textOf(body, 'category');
  const key = textOf(body, 'key');
  if (category === undefined || key === undefined) {
    throw unprocessable('options', 'category and key must be texts');
  }
  call.tenant.options.set(category, key, optionValue(body['value']));
  return ok('option', show(call, category, key, call.tenant.options.get(category, key) ?? ''));
}

function list(call: Call): Answer {
  return answerPage(call, 'optionCollection', 'options', [...call.tenant.options.all()], (option) =>
    JSON.stringify(show(call, ...option)),
  );
}

function showCategory(call: Call, category: string): Answer {
  const options = [...(call.tenant.options.category(category) ?? [])];
  const entries = options.map(([key, value]) => [key, visible(call, category, key, value)]);
  return ok('option', Object.fromEntries(entries));
}

function getCategory(call: Call): Answer {
  const category = call.params['category'] ?? '';
  if (call.tenant.options.category(category) === undefined) {
    throw notFound('options', `Options with category '${category}' not found.`);
  }
  return showCategory(call, category);
}

function putCategory(call: Call): Answer {
  const category = call.params['category'] ?? '';
  const entries = Object.entries(parseObject(call.body)).map(
    ([key, value]) => [key, optionValue(value)] as const,
  );
  for (const [key, value] of entries) call.tenant.options.set(category, key, value);
  return showCategory(call, category);
}

/** The option the path names: the tenant's own, or with `evaluate=inherited` the owner tenant's as a fallback. */
function find(call: Call): [category: string, key: string, value: string] {
  const category = call.params['category'] ?? '';
  const key = call.params['key'] ?? '';
  let value = call.tenant.options.get(category, key);
  if (value === undefined && call.query.get('evaluate') === 'inherited') {
    value = call.platform.tenant(call.platform.settings.ownerTenant).options.get(category, key);
  }
  if (value === undefined) throw notFound('options', `Option ${category}/${key} not found.`);
  return [category, key, value];
}

/** Clients disagree on whether this creates a missing option; here it answers 404. */
function putOne(call: Call): Answer {
  const [category, key] = find(call);
  const value = optionValue(parseObject(call.body)['value']);
  call.tenant.options.set(category, key, value);
  return ok('option', show(call, category, key, value));
}

function removeOne(call: Call): Answer {
  const [category, key] = find(call);
  call.tenant.options.delete(category, key);
  return NO_CONTENT;
}

/** /tenant/options. */
export const optionRoutes: readonly Route[] = [
  { method: 'POST', path: '/tenant/options', roles: WRITE, handle: post },
  { method: 'GET', path: '/tenant/options', roles: READ, handle: list },
  { method: 'GET', path: OF_CATEGORY, roles: READ, handle: getCategory },
  { method: 'PUT', path: OF_CATEGORY, roles: WRITE, handle: putCategory },
  { method: 'GET', path: ONE, roles: READ, handle: (call) => ok('option', show(call, ...find(call))) },
  { method: 'PUT', path: ONE, roles: WRITE, handle: putOne },
  { method: 'DELETE', path: ONE, roles: WRITE, handle: removeOne },
];
