/**
 * What the service says in a tenant about notifications that it let go or missed: its gaps and its alarms, read over
 * REST as an administrator reads them.
 */
import type { LocalCumulocity } from '../../test/simulators/cumulocity/local-cumulocity.js';

/** How often something of each API. */
type ApiCounts = Readonly<Record<string, number>>;

/** A gap that is closed, as it stands in the connector object. */
export interface ClosedGap {
  readonly reason: string;
  readonly letGo: ApiCounts;
  readonly replayed: ApiCounts;
  readonly repeated: ApiCounts;
  readonly notBroughtBack: ApiCounts;
}

/** See the head of this file. */
export interface Protection {
  readonly openGaps: number;
  readonly closedGaps: readonly ClosedGap[];
  /** Alarms that say that something is missing or fills up: those that were raised, and those that still are. */
  readonly alarmsRaised: number;
  readonly alarmsActive: number;
}

const CONNECTOR = 'eventhubs_Connector';
const GAP_HEAD = /^eventhubs_Gap_[A-Za-z0-9]+$/;
const CLOSED_GAPS = 'eventhubs_ClosedGaps';
const ALARMS: ReadonlySet<string> = new Set(['eventhubs_Gap', 'eventhubs_BacklogGrows']);
const PAGE = 2000;

/**
 * Reads it.
 * @param id of the tenant
 */
export async function readProtection(cumulocity: LocalCumulocity, id: string): Promise<Protection> {
  const { user, password } = cumulocity.tenant(id).admin;
  const authorization = `Basic ${Buffer.from(`${id}/${user}:${password}`).toString('base64')}`;
  const read = async <T>(path: string): Promise<T> => {
    const response = await fetch(new URL(path, cumulocity.url), { headers: { authorization } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  };
  const { managedObjects } = await read<{ managedObjects: Record<string, unknown>[] }>(
    `/inventory/managedObjects?type=${CONNECTOR}&pageSize=${PAGE}`,
  );
  const pages = await Promise.all(
    managedObjects.map(({ id: source }) =>
      read<{ alarms: { type: string; status: string }[] }>(
        `/alarm/alarms?source=${String(source)}&pageSize=${PAGE}`,
      ),
    ),
  );
  const alarms = pages.flatMap((page) => page.alarms).filter(({ type }) => ALARMS.has(type));
  return {
    openGaps: managedObjects.flatMap(Object.keys).filter((name) => GAP_HEAD.test(name)).length,
    closedGaps: managedObjects.flatMap((object) => (object[CLOSED_GAPS] ?? []) as ClosedGap[]),
    alarmsRaised: alarms.length,
    alarmsActive: alarms.filter(({ status }) => status !== 'CLEARED').length,
  };
}

/** Whether everything that was missing is brought back, and the alarms about it are over. */
export function isAtRest({ openGaps, alarmsActive }: Protection): boolean {
  return openGaps + alarmsActive === 0;
}

/**
 * Judges what the service says, tenant by tenant.
 * @param mustLetGo whether notifications had to be let go in the run
 * @returns how many tenants are wrong in which way, also where it is none
 */
export function wrongsOfProtection(
  protection: readonly Protection[],
  mustLetGo: boolean,
): readonly (readonly [count: number, phrase: string])[] {
  const count = (isWrong: (each: Protection) => boolean): number => protection.filter(isWrong).length;
  const letNothingGo = ({ closedGaps }: Protection): boolean =>
    !closedGaps.some(({ reason, letGo }) => reason === 'backlog' && sumOf(letGo) > 0);
  return [
    [count(({ openGaps }) => openGaps > 0), 'tenants with gaps that are not closed'],
    [count(({ alarmsActive }) => alarmsActive > 0), 'tenants with alarms that are not cleared'],
    [count(hasWrongCounts), 'tenants with gaps whose counts do not add up'],
    [mustLetGo ? count(letNothingGo) : 0, 'tenants in which nothing was let go'],
    [mustLetGo ? count(({ alarmsRaised }) => alarmsRaised === 0) : 0, 'tenants without an alarm'],
  ];
}

/** What was let go is brought back, or cannot be: for each gap and API. */
function hasWrongCounts({ closedGaps }: Protection): boolean {
  return closedGaps.some(({ letGo, replayed, repeated, notBroughtBack }) =>
    Object.entries(letGo).some(
      ([api, count]) => count !== (replayed[api] ?? 0) - (repeated[api] ?? 0) + (notBroughtBack[api] ?? 0),
    ),
  );
}

/** The figures of all gaps of all tenants, for a program to read. */
export function gapsOf(protection: readonly Protection[]): Readonly<Record<string, number>> {
  const closed = protection.flatMap(({ closedGaps }) => closedGaps);
  const sum = (name: 'letGo' | 'replayed' | 'repeated' | 'notBroughtBack'): number =>
    closed.reduce((total, gap) => total + sumOf(gap[name]), 0);
  return {
    closed: closed.length,
    open: protection.reduce((total, { openGaps }) => total + openGaps, 0),
    letGo: sum('letGo'),
    replayed: sum('replayed'),
    repeated: sum('repeated'),
    notBroughtBack: sum('notBroughtBack'),
    alarmsRaised: protection.reduce((total, { alarmsRaised }) => total + alarmsRaised, 0),
    alarmsActive: protection.reduce((total, { alarmsActive }) => total + alarmsActive, 0),
  };
}

/** How many notifications were let go of which a replay brings the last state only. */
export function statesLetGo(protection: readonly Protection[]): number {
  const gaps = protection.flatMap(({ closedGaps }) => closedGaps);
  return gaps.reduce((sum, { letGo }) => sum + sumOf(letGo) - (letGo['measurements'] ?? 0), 0);
}

/** The same as lines for people; none when there were no gaps. */
export function describeProtection(protection: readonly Protection[]): readonly string[] {
  const { closed, open, letGo, replayed, repeated, notBroughtBack, ...alarms } = gapsOf(protection);
  if (closed === 0 && open === 0) return [];
  return [
    '',
    `gaps: ${closed} closed, ${open} open; ${letGo} let go, ${replayed} replayed, ${repeated} of them beyond what ` +
      `was let go, ${notBroughtBack} not brought back; alarms: ${alarms['alarmsRaised']} raised, ` +
      `${alarms['alarmsActive']} active`,
  ];
}

/** All APIs together. */
function sumOf(counts: ApiCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
