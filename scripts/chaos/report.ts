/** What a run came to: whether it is good, and how it is shown. */
import type { Account } from './account.js';
import { type Figures, noFigures } from './figures.js';
import { describeProtection, type Protection, statesLetGo, wrongsOfProtection } from './protection.js';

/** Everything that a run is judged by. */
export interface Outcome {
  readonly account: Account;
  /** By tenant: the largest backlog of its topic, in bytes. */
  readonly peakBacklogBytes: ReadonlyMap<string, number>;
  /** By tenant: answers 500 that its devices got. */
  readonly devices500: ReadonlyMap<string, number>;
  /** Left in the topics in the end: delivered, and never acknowledged. */
  readonly unacknowledged: number;
  /** Processes that ended by themselves, and orderly stops without exit code 0, the last one included. */
  readonly crashes: number;
  readonly badStops: number;
  /** By tenant. */
  readonly protection: readonly Protection[];
  /** Whether notifications had to be let go in the run. */
  readonly mustLetGo: boolean;
  /** Whether any fault of the run may make the service send something twice. */
  readonly mayRepeat: boolean;
}

/** The row of one tenant. */
export interface TenantRow extends Figures {
  readonly tenant: string;
  readonly peakBacklogBytes: number;
  readonly devices500: number;
}

const WORST_DEVICES = 5;

/**
 * Judges a run.
 * @returns what is wrong with it, each as a phrase; none: it is good
 */
export function judge({ account, devices500, mayRepeat, ...ends }: Outcome): readonly string[] {
  const { totals } = account;
  const wrongs: readonly (readonly [count: number, phrase: string])[] = [
    [totals.lost, 'lost'],
    [
      Math.max(0, totals.skipped - statesLetGo(ends.protection)),
      'lost states of objects that were not let go',
    ],
    [totals.repeatedUnderAnotherId, 'repeated under another id'],
    [totals.firstCopiesOutOfOrder, 'first copies out of order'],
    [totals.unknown, 'never emitted'],
    [totals.rejected, 'rejected'],
    [mayRepeat ? 0 : totals.repeatedRecognisable, 'repeated although no fault of this run may cause it'],
    [sumOf(devices500), 'requests of devices answered with 500'],
    [ends.unacknowledged, 'left unacknowledged'],
    ...wrongsOfProtection(ends.protection, ends.mustLetGo),
    [ends.crashes, 'processes ended by themselves'],
    [ends.badStops, 'orderly stops without exit code 0'],
  ];
  const found = wrongs.filter(([count]) => count > 0).map(([count, phrase]) => `${count} ${phrase}`);
  return totals.sent === 0 ? ['nothing was sent', ...found] : found;
}

/** The rows of all tenants, by their ids. */
export function tenantRows({ account, peakBacklogBytes, devices500 }: Outcome): readonly TenantRow[] {
  const ids = [...peakBacklogBytes.keys()].sort();
  return ids.map((tenant) => ({
    tenant,
    ...(account.tenants.get(tenant) ?? noFigures()),
    peakBacklogBytes: peakBacklogBytes.get(tenant) ?? 0,
    devices500: devices500.get(tenant) ?? 0,
  }));
}

/** The figures of the whole run. */
export function totalsOf(outcome: Outcome): Omit<TenantRow, 'tenant'> {
  return {
    ...outcome.account.totals,
    peakBacklogBytes: Math.max(0, ...outcome.peakBacklogBytes.values()),
    devices500: sumOf(outcome.devices500),
  };
}

/** Heads of columns, and whether one is shown only where it has something to say. */
const COLUMNS: readonly (readonly [name: keyof Figures, head: string, isOptional?: boolean])[] = [
  ['sent', 'sent'],
  ['missed', 'missed', true],
  ['received', 'received'],
  ['unowed', 'not owed', true],
  ['lost', 'lost'],
  ['givenUp', 'given up', true],
  ['superseded', 'superseded', true],
  ['skipped', 'skipped', true],
  ['rejected', 'rejected', true],
  ['repeated', 'repeated'],
  ['repeatedUnderAnotherId', 'under another id'],
  ['firstCopiesOutOfOrder', 'out of order'],
  ['unknown', 'unknown', true],
  ['longestSilenceSeconds', 'silence s'],
];

/** A table of the tenants and one of the devices that fared worst, as lines. */
export function describe(outcome: Outcome): readonly string[] {
  const { totals } = outcome.account;
  const columns = COLUMNS.filter(([name, , isOptional]) => isOptional !== true || totals[name] > 0);
  const heads = columns.map(([, head]) => head);
  const cells = (figures: Figures): readonly string[] => columns.map(([name]) => String(figures[name]));
  const whole = (row: Omit<TenantRow, 'tenant'>): readonly string[] => [
    ...cells(row),
    String(Math.ceil(row.peakBacklogBytes / 1024)),
    String(row.devices500),
  ];
  const tenants = tenantRows(outcome).map((row) => [row.tenant, ...whole(row)]);
  const devices = worstDevices(outcome.account).map(([key, figures]) => [key, ...cells(figures)]);
  return [
    ...align([
      ['tenant', ...heads, 'backlog KiB', 'devices 500'],
      ...tenants,
      ['all', ...whole(totalsOf(outcome))],
    ]),
    '',
    ...align([['worst devices', ...heads], ...devices]),
    ...describeProtection(outcome.protection),
  ];
}

function worstDevices({ devices }: Account): readonly (readonly [string, Figures])[] {
  const badness = ({ lost, firstCopiesOutOfOrder, repeatedUnderAnotherId }: Figures): number =>
    lost + firstCopiesOutOfOrder + repeatedUnderAnotherId;
  return [...devices]
    .sort(
      ([, left], [, right]) =>
        badness(right) - badness(left) ||
        right.repeated - left.repeated ||
        right.longestSilenceSeconds - left.longestSilenceSeconds,
    )
    .slice(0, WORST_DEVICES);
}

function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const pad = (cell: string, at: number): string =>
    at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0);
  return rows.map((row) => row.map(pad).join('  '));
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
