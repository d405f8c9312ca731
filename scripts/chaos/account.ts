/** The figures of a run: of all, of each tenant and of each device. */
import type { Expected } from './expected.js';
import { count, type Figures, noFigures } from './figures.js';

/** See the head of this file. */
export interface Account {
  readonly totals: Figures;
  readonly tenants: ReadonlyMap<string, Figures>;
  /** By `deviceKey`. */
  readonly devices: ReadonlyMap<string, Figures>;
}

/** The key of everything, beside those of tenants and devices. */
export const ALL = '';

/** The key of a device. */
export function deviceKey({ tenant, source }: Pick<Expected, 'tenant' | 'source'>): string {
  return `${tenant} ${source}`;
}

/** The value of a key, made when there is none. */
export function inMap<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * Counts.
 * @param expected what was expected, with what has become of it
 * @param unknown what was read and never emitted
 * @param silenceOf gives the longest silence of a key, in seconds
 */
export function accountOf(
  expected: readonly Expected[],
  unknown: readonly { readonly observation: { readonly tenant: string } }[],
  silenceOf: (key: string) => number,
): Account {
  const totals = noFigures();
  const tenants = new Map<string, Figures>();
  const devices = new Map<string, Figures>();
  for (const entry of expected) {
    count(totals, entry);
    count(inMap(tenants, entry.tenant, noFigures), entry);
    count(inMap(devices, deviceKey(entry), noFigures), entry);
  }
  for (const { observation } of unknown) {
    totals.unknown++;
    inMap(tenants, observation.tenant, noFigures).unknown++;
  }
  for (const [key, figures] of [[ALL, totals] as const, ...tenants, ...devices]) {
    figures.longestSilenceSeconds = silenceOf(key);
  }
  return { totals, tenants, devices };
}
