const QUOTED_LIST = /^\s*'(?:[^']|'')*'(?:\s+or\s+'(?:[^']|'')*')*\s*$/;
const QUOTED = /'((?:[^']|'')*)'/g;

/**
 * Types a Notification 2.0 `typeFilter` lets through: one bare type, one quoted type, or quoted types joined by
 * `or`. What does not parse as such is taken as one plain type name.
 */
export function parseTypeFilter(filter: string): ReadonlySet<string> {
  if (!QUOTED_LIST.test(filter)) return new Set([filter.trim()]);
  return new Set([...filter.matchAll(QUOTED)].map((match) => (match[1] ?? '').replaceAll("''", "'")));
}
