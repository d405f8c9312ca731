/**
 * The tenant options, one row each: what is accepted, the default, what it means. The schema that reads them and
 * the table in the documentation are both made from these rows, so they cannot disagree.
 */
import { z } from 'zod';
import { BACKLOG_POLICIES, type BacklogPolicy } from '../backlog/backlog-policy.js';
import { APIS, type Api } from '../cumulocity/subscriptions.js';
import type { PartitionBy } from '../delivery/lanes.js';
import { DESTINATIONS, type DestinationKind } from '../destinations/hub-address.js';
import { CONTENT_ENCODINGS, type ContentEncoding } from '../mapping/compressed-event.js';
import { FORMATS, type Format } from '../mapping/map-notification.js';
import { NEVER_TRIMMED } from '../mapping/trimmed-event.js';
import { AZURE_OPTIONS, hubNameOf } from './azure-option-rows.js';
import { listOf, type OptionRow, oneOf, row } from './option-row.js';
import { PREDIX_OPTIONS } from './predix-option-rows.js';

function apisOf(text: string): readonly Api[] | undefined {
  const names = listOf(text);
  if (names === undefined || !names.every((name) => APIS.some((api) => api === name))) return undefined;
  return APIS.filter((api) => names.includes(api));
}

function trimmableOf(text: string): readonly string[] | undefined {
  const names = listOf(text);
  return names?.some((name) => NEVER_TRIMMED.includes(name)) ? undefined : names;
}

const MIB = 1024 * 1024;

/** Bytes of a number of MiB. */
function quotaOf(text: string): number | undefined {
  const mib = /^\d{1,5}(\.\d{1,3})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  return mib >= 0.1 && mib <= 10_240 ? Math.round(mib * MIB) : undefined;
}

/** Every option of a route, by its key. */
export const ROUTE_OPTIONS = {
  destination: row<DestinationKind>({
    fallback: 'azure',
    accepted: DESTINATIONS.join(', '),
    meaning: 'The kind of event hub: Azure Event Hubs, or Predix Event Hub.',
    read: oneOf(...DESTINATIONS),
  }),
  ...AZURE_OPTIONS,
  ...PREDIX_OPTIONS,
  apis: row({
    fallback: APIS.join(','),
    accepted: `one or more of ${APIS.join(', ')}, separated by commas`,
    meaning: 'What is forwarded.',
    read: apisOf,
  }),
  typeFilter: row({
    fallback: undefined,
    accepted: "a type, or types as 'a' or 'b'",
    meaning: 'Forwards only these types; as `typeFilter` in Notification 2.0.',
    read: (text) => text.trim() || undefined,
  }),
  fragmentsToCopy: row({
    fallback: undefined,
    accepted: 'names of fragments, separated by commas',
    meaning: 'Forwards only these custom fragments of each object; as in Notification 2.0.',
    read: listOf,
  }),
  format: row<Format>({
    fallback: 'flat',
    accepted: FORMATS.join(', '),
    meaning: 'The form of the events.',
    read: oneOf(...FORMATS),
  }),
  partitionBy: row<PartitionBy>({
    fallback: 'source',
    accepted: 'source, none',
    meaning: '`source`: in order per device. `none`: spread evenly, in no order.',
    read: oneOf('source', 'none'),
  }),
  whenBacklogFills: row<BacklogPolicy>({
    fallback: 'protect',
    accepted: BACKLOG_POLICIES.join(', '),
    meaning:
      'What is done when the hub does not take events and the backlog in Cumulocity reaches 80 % of what it may hold; ' +
      'beyond 100 %, requests of the devices fail. `protect`: notifications are acknowledged unsent, written down as ' +
      'a gap, and read again from Cumulocity when the hub is back. `hold`: nothing is let go, an alarm is raised.',
    read: oneOf(...BACKLOG_POLICIES),
  }),
  backlogQuota: row({
    fallback: '25',
    accepted: 'a number of MiB from 0.1 to 10240',
    meaning:
      'How much a backlog may hold in this tenant, in MiB; 25 unless Cumulocity has agreed to another limit.',
    read: quotaOf,
  }),
  trimFragments: row({
    fallback: undefined,
    accepted: `names of fragments, separated by commas; none of ${NEVER_TRIMMED.join(', ')}, which no event can do without`,
    meaning: 'An event that is too large for the hub is sent without these fragments.',
    read: trimmableOf,
  }),
  contentEncoding: row<ContentEncoding>({
    fallback: 'none',
    accepted: CONTENT_ENCODINGS.join(', '),
    meaning:
      '`gzip`: an event that is too large otherwise is sent with its body packed. All others are sent as they are.',
    read: oneOf(...CONTENT_ENCODINGS),
  }),
  deadLetterHubName: row({
    fallback: undefined,
    accepted:
      'the name of another event hub of the same namespace (with Predix, of another topic of the zone), which the same credentials may send to',
    meaning:
      'Takes the whole of each event that the hub rejects; a pointer event still takes its place in the hub.',
    read: hubNameOf,
  }),
} as const;

/** The options of a tenant that do not belong to a route. */
export const TENANT_OPTIONS = {
  enabled: row({
    fallback: 'true',
    accepted: 'true, false',
    meaning:
      '`false` stops forwarding and gives up what is not delivered yet, so that no backlog can fill in the tenant.',
    read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  }),
  routes: row({
    fallback: undefined,
    accepted: 'a JSON array of objects, each with a `name` and any options of this table but `enabled`',
    meaning:
      'Several hubs at once. Each route takes the options of this table as its defaults; ' +
      'its secrets can be set as `credentials.<name>.connectionString` and the like.',
    read: (text) => text,
  }),
} as const;

/** The row of an option. */
export function optionRow(key: string): OptionRow<unknown> | undefined {
  const rows: Readonly<Record<string, OptionRow<unknown>>> = { ...TENANT_OPTIONS, ...ROUTE_OPTIONS };
  return Object.hasOwn(rows, key) ? rows[key] : undefined;
}

type Rows = Readonly<Record<string, OptionRow<unknown>>>;
type Value<R> = R extends OptionRow<infer T> ? T : never;

/** The values of some rows: `undefined` where an option is not set and has no default. */
export type OptionValues<R extends Rows> = { readonly [K in keyof R]: Value<R[K]> | undefined };

/**
 * Makes the schema of some rows: an object of texts in, an object of values out. An issue's message is what is
 * accepted.
 */
export function schemaOf<R extends Rows>(rows: R): z.ZodType<OptionValues<R>> {
  const shape = Object.entries(rows).map(([key, { fallback, accepted, read }]) => {
    const schema = z.string({ error: accepted }).transform((text, context) => {
      const value = read(text);
      if (value === undefined) context.addIssue({ code: 'custom', message: accepted, input: text });
      return value;
    });
    return [key, fallback === undefined ? schema.optional() : schema.prefault(fallback)] as const;
  });
  return z.object(Object.fromEntries(shape)) as unknown as z.ZodType<OptionValues<R>>;
}
