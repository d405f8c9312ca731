/**
 * A tenant's options, read all at once: either a complete configuration or every problem there is. Secrets are
 * never part of a problem.
 */
import { z } from 'zod';
import type { BacklogPolicy } from '../backlog/backlog-policy.js';
import type { Api } from '../cumulocity/subscriptions.js';
import type { PartitionBy } from '../delivery/lanes.js';
import type { HubAddress } from '../destinations/hub-address.js';
import type { Problem } from '../errors.js';
import type { ContentEncoding } from '../mapping/compressed-event.js';
import type { Format } from '../mapping/map-notification.js';
import { idleOptions, readHubAddress } from './hub-options.js';
import { optionRow, ROUTE_OPTIONS, schemaOf, TENANT_OPTIONS } from './option-table.js';

/** One way from the tenant to one event hub, complete. */
export interface RouteOptions {
  /** `default`, or the name given in the option `routes`. */
  readonly name: string;
  readonly hub: HubAddress;
  readonly apis: readonly Api[];
  readonly typeFilter: string | undefined;
  readonly fragmentsToCopy: readonly string[];
  readonly format: Format;
  readonly partitionBy: PartitionBy;
  readonly whenBacklogFills: BacklogPolicy;
  readonly backlogQuotaBytes: number;
  /** Fragments that an event which is too large may do without. */
  readonly trimFragments: readonly string[];
  /** How an event that is too large otherwise may be packed. */
  readonly contentEncoding: ContentEncoding;
  /** Takes events that the hub rejects; another hub of the same namespace. */
  readonly deadLetterHubName: string | undefined;
}

/** A tenant's configuration. */
export interface TenantOptions {
  readonly isEnabled: boolean;
  readonly routes: readonly RouteOptions[];
}

/** What came of reading the options: `options` is there exactly when `problems` is empty. */
export interface ParsedOptions {
  readonly options: TenantOptions | undefined;
  readonly problems: readonly Problem[];
  /** What is odd but harmless, e.g. a key that means nothing. */
  readonly warnings: readonly string[];
}

/** The name of the route that the options describe by themselves. */
export const DEFAULT_ROUTE = 'default';

const LONGEST_SHOWN = 80;
/** A connection string, or a key alone. */
const LOOKS_SECRET = /sharedaccess|[A-Za-z0-9+/_-]{40,}=*/i;
/** Each route has a connection, a topic and a budget of its own in the process of all tenants. */
const MOST_ROUTES = 10;

/** What a route may have of its own under `credentials.<name>.`. */
const ROUTE_SECRETS = ['connectionString', 'predix.clientSecret', 'predix.vcapServices'] as const;

type Settings = Readonly<Record<string, string>>;

const TenantSchema = schemaOf(TENANT_OPTIONS);
const RouteSchema = schemaOf(ROUTE_OPTIONS);

const NamedRoutes = z.array(
  z.looseObject({ name: z.string().regex(/^[a-z0-9]{1,32}$/) }).catchall(z.string()),
);

/** A given value as it may be shown. */
function shown(key: string, value: string | undefined): string {
  if (value === undefined) return 'not set';
  // A connection string that was put into the wrong option is as secret as in the right one.
  if (optionRow(key)?.isSecret || LOOKS_SECRET.test(value)) return 'given (not shown)';
  return `given "${value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value}"`;
}

/** Runs a schema; adds each issue to the problems under the key's full name. */
function read<T>(
  schema: z.ZodType<T>,
  settings: Settings,
  prefix: string,
  problems: Problem[],
): T | undefined {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) {
    const key = path.join('.');
    problems.push({ key: `${prefix}${key}`, given: shown(key, settings[key]), accepted: message });
  }
  return undefined;
}

/** The case of a hub's name does not matter. */
function isSameName(left: string | undefined, right: string): boolean {
  return left?.toLowerCase() === right.toLowerCase();
}

function readRoute(
  name: string,
  settings: Settings,
  hubHosts: readonly string[],
  problems: Problem[],
): RouteOptions | undefined {
  const prefix = name === DEFAULT_ROUTE ? '' : `routes.${name}.`;
  const values = read(RouteSchema, settings, prefix, problems);
  const hub = readHubAddress(settings, hubHosts, (key, given, accepted) => {
    problems.push({ key: `${prefix}${key}`, given, accepted });
  });
  if (values === undefined || hub === undefined) return undefined;
  const { apis = [], typeFilter, fragmentsToCopy = [], format = 'flat', partitionBy = 'source' } = values;
  const { whenBacklogFills = 'protect', backlogQuota: backlogQuotaBytes = 0 } = values;
  const { trimFragments = [], contentEncoding = 'none', deadLetterHubName } = values;
  if (isSameName(deadLetterHubName, hub.hubName)) {
    const accepted = 'another event hub than the one that the events are for';
    const given = shown('deadLetterHubName', deadLetterHubName);
    problems.push({ key: `${prefix}deadLetterHubName`, given, accepted });
  }
  return {
    ...{ name, hub, apis, typeFilter, fragmentsToCopy, format, partitionBy },
    ...{ whenBacklogFills, backlogQuotaBytes },
    ...{ trimFragments, contentEncoding, deadLetterHubName },
  };
}

/** The settings of each route by its name: the tenant's own, overridden by those of the route. */
function routeSettings(settings: Settings, problems: Problem[]): ReadonlyMap<string, Settings> {
  const text = settings['routes'];
  if (text === undefined) return new Map([[DEFAULT_ROUTE, settings]]);
  const fail = (given: string): ReadonlyMap<string, Settings> => {
    problems.push({ key: 'routes', given, accepted: TENANT_OPTIONS.routes.accepted });
    read(RouteSchema, settings, '', problems);
    return new Map();
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail('given a text that is not JSON');
  }
  const { data: named } = NamedRoutes.safeParse(json);
  if (named === undefined || named.length === 0 || named.length > MOST_ROUTES) {
    return fail(
      'given something else (1 to 10 routes; a name is 1 to 32 of a-z and 0-9; every value is a text)',
    );
  }
  if (new Set(named.map(({ name }) => name)).size < named.length) return fail('given a name twice');
  return new Map(
    named.map(({ name, ...overrides }) => {
      const secrets = ROUTE_SECRETS.flatMap((key): [string, string][] => {
        const secret = settings[`credentials.${name}.${key}`];
        return secret === undefined ? [] : [[`credentials.${key}`, secret]];
      });
      return [name, { ...settings, ...Object.fromEntries(secrets), ...(overrides as Settings) }];
    }),
  );
}

function unknownKeys(settings: Settings, byName: ReadonlyMap<string, Settings>): readonly string[] {
  const secrets = [...byName.keys()].flatMap((name) =>
    ROUTE_SECRETS.map((key) => `credentials.${name}.${key}`),
  );
  const isKnown = (key: string): boolean => optionRow(key) !== undefined || secrets.includes(key);
  const own = Object.keys(settings).filter((key) => !isKnown(key));
  const ofRoutes = [...byName].flatMap(([name, each]) => {
    const keys = Object.keys(each).filter((key) => !isKnown(key) && !Object.hasOwn(settings, key));
    return keys.map((key) => `routes.${name}.${key}`);
  });
  return [...own, ...ofRoutes];
}

/** What is set and no route uses. */
function keysWithoutUse(byName: ReadonlyMap<string, Settings>): readonly string[] {
  const idle = [...byName.values()].map((settings) => new Set(idleOptions(settings)));
  const [first = new Set<string>(), ...others] = idle;
  return [...first].filter((key) => others.every((each) => each.has(key)));
}

/**
 * Reads a tenant's options.
 * @param all the settings as the platform gives them; an empty value counts as not set
 * @param hubHosts the hosts that a hub may have
 */
export function parseTenantOptions(all: Settings, hubHosts: readonly string[]): ParsedOptions {
  const settings = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const problems: Problem[] = [];
  const tenant = read(TenantSchema, settings, '', problems);
  // A tenant that is switched off may have anything in its other options.
  if (tenant?.enabled === false)
    return { options: { isEnabled: false, routes: [] }, problems: [], warnings: [] };
  const byName = routeSettings(settings, problems);
  const routes = [...byName].map(([name, each]) => readRoute(name, each, hubHosts, problems));
  const complete = routes.filter((route) => route !== undefined);
  return {
    options: problems.length === 0 ? { isEnabled: true, routes: complete } : undefined,
    problems,
    warnings: [
      ...unknownKeys(settings, byName).map((key) => `unknown option "${key}" is ignored`),
      ...keysWithoutUse(byName).map((key) => `option "${key}" means nothing with this destination`),
    ],
  };
}
