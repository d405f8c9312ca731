/** The trail of one event that went wrong: all that a person needs to begin looking, and no payload. */
import { copiesUnderAnotherId, type Expected, isDue, partsOf, type Sighting } from './expected.js';
import type { Read } from './ledger.js';

/** A fault as it really struck. Times in milliseconds, on the clock of the ledger. */
export interface Spell {
  readonly fault: string;
  /** The tenant or copy, or `all`. */
  readonly target: string;
  readonly beganAtMs: number;
  /** `undefined` while it lasts. */
  endedAtMs: number | undefined;
}

/** What a trail is made from. */
export interface Traces {
  readonly expected: readonly Expected[];
  readonly unknown: readonly Read[];
  readonly spells: readonly Spell[];
  /** The beginning of the time under faults: times are shown from here on. */
  readonly originMs: number;
}

/** Faults that were over so long before may still have had their effect. */
const BEFORE_MS = 5000;
const AFTER_MS = 5000;
const NEIGHBOURS = 2;

/** What is wrong with one event; the worst first. */
const OFFENCES: readonly (readonly [name: string, isOne: (entry: Expected) => boolean])[] = [
  ['lost', isDue],
  ['first copy out of order', ({ isOutOfOrder }) => isOutOfOrder],
  ['repeated under another id', (entry) => copiesUnderAnotherId(entry) > 0],
  ['rejected', ({ sightings, settled }) => sightings.length === 0 && settled === 'rejected'],
];

/**
 * Describes the first event of the worst kind.
 * @returns lines of text; none when nothing went wrong
 */
export function describeTrail(traces: Traces): readonly string[] {
  for (const [name, isOne] of OFFENCES) {
    const offender = traces.expected.find(isOne);
    if (offender !== undefined) return trailOf(name, offender, traces);
  }
  const [stranger] = traces.unknown;
  return stranger === undefined ? [] : trailOfStranger(stranger, traces);
}

function trailOf(name: string, offender: Expected, traces: Traces): readonly string[] {
  const { tenant, source, emittedAtMs, discardedAtMs } = offender;
  const time = timesFrom(traces.originMs);
  const ofSource = traces.expected.filter((entry) => entry.tenant === tenant && entry.source === source);
  const at = ofSource.indexOf(offender);
  const neighbours = ofSource.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1);
  const lastAtMs = offender.sightings.at(-1)?.atMs ?? emittedAtMs;
  return [
    `${name}: tenant ${tenant}, source ${source}, ${whatOf(offender)}`,
    ...historyOf(offender, time).map((line) => `  ${line}`),
    ...(discardedAtMs === undefined ? [] : [`  discarded with its subscriber at ${time(discardedAtMs)}`]),
    ...spellsBetween(emittedAtMs, lastAtMs, traces),
    '  of the same source, in the order in which they were emitted:',
    ...neighbours.map((entry) => {
      const mark = entry === offender ? '>' : ' ';
      return `  ${mark} ${whatOf(entry)}: ${historyOf(entry, time).join('; ')}`;
    }),
  ];
}

function trailOfStranger({ observation, ...sighting }: Read, traces: Traces): readonly string[] {
  const { tenant, channel, action, objectId } = observation;
  const { api, source } = partsOf(channel);
  const time = timesFrom(traces.originMs);
  return [
    `never emitted: read from the hub of tenant ${tenant}, ${api} ${action}, source ${source}, object ${objectId}`,
    `  ${sightingOf(sighting, time)}`,
    ...spellsBetween(sighting.atMs, sighting.atMs, traces),
  ];
}

function whatOf({ api, action, objectId, kind }: Expected): string {
  return `${api} ${action}, object ${objectId ?? 'without id'}${kind === 'sent' ? '' : ', which no topic got'}`;
}

function historyOf({ emittedAtMs, sightings }: Expected, time: (atMs: number) => string): readonly string[] {
  const reads = sightings.map((sighting) => sightingOf(sighting, time));
  return [`emitted at ${time(emittedAtMs)}`, ...(reads.length === 0 ? ['never read'] : reads)];
}

function sightingOf(sighting: Sighting, time: (atMs: number) => string): string {
  const { atMs, partitionId, offset, messageId, isReplayed } = sighting;
  const how = isReplayed ? 'read (replayed)' : 'read';
  return `${how} at ${time(atMs)}, partition ${partitionId}, offset ${offset}, id ${messageId}`;
}

function spellsBetween(fromMs: number, toMs: number, { spells, originMs }: Traces): readonly string[] {
  const time = timesFrom(originMs);
  const around = spells.filter(
    ({ beganAtMs, endedAtMs = Number.POSITIVE_INFINITY }) =>
      endedAtMs >= fromMs - BEFORE_MS && beganAtMs <= toMs + AFTER_MS,
  );
  if (around.length === 0) return ['  no fault around it'];
  return [
    '  faults around it:',
    ...around.map(({ fault, target, beganAtMs, endedAtMs }) => {
      const until = endedAtMs === undefined ? 'the end' : time(endedAtMs);
      return `    ${fault} (${target}), ${time(beganAtMs)} to ${until}`;
    }),
  ];
}

function timesFrom(originMs: number): (atMs: number) => string {
  return (atMs) => `${((atMs - originMs) / 1000).toFixed(3)} s`;
}
