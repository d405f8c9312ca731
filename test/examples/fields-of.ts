/** Finds the fields of an event that an example names: a reading of the examples' own style, not of the languages. */

/**
 * Stream Analytics: the examples write a field as `hub.<path>`.
 * @param query the query's text
 * @returns paths such as `source.id`
 */
export function fieldsOfStreamAnalytics(query: string): string[] {
  const code = query.replace(/--.*$/gm, '').replace(/'[^']*'/g, "''");
  return [...code.matchAll(/\bhub\.([\w.[\]]+)/g)].map(([, path]) => (path ?? '').replace(/[[\]]/g, ''));
}

/** Names of Stream Analytics that may stand without `hub.`: words of the language, inputs, outputs, steps and functions. */
const WORDS =
  'WITH|AS|SELECT|INTO|FROM|WHERE|AND|IS|NOT|NULL|LIKE|OVER|PARTITION|BY|LIMIT|ORDER|GROUP|DESC|datetime|float|hour|minute|second|System|hub';

/**
 * Stream Analytics: the names that are neither a field of the hub's events nor explained by the query itself.
 * @param query the query's text
 */
export function unexplainedIn(query: string): string[] {
  const code = query
    .replace(/--.*$/gm, '')
    .replace(/'[^']*'/g, "''")
    .replace(/\bhub\.[\w.[\]]+/g, (path) => ` AS ${path.slice(path.lastIndexOf('.') + 1)} `);
  const defined = [...code.matchAll(/\b(?:AS|INTO)\s+\[?(\w+)\]?|\b(\w+)\s+AS\s*\(/g)].map(
    ([, alias, step]) => alias ?? step ?? '',
  );
  const known = new Set([...defined, ...WORDS.split('|')]);
  return [...code.matchAll(/(?<![\w.])([A-Za-z_]\w*)(?!\w*\s*\()/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !known.has(name));
}

/**
 * Paths into the JSON of an event, as in a mapping or in `get_json_object`.
 * @param text the file
 * @returns paths without the leading `$.`; the whole event, `$`, is none
 */
export function jsonPathsIn(text: string): string[] {
  return [...text.matchAll(/\$\.([\w.]+)/g)].map(([, path]) => path ?? '');
}

/** Data Explorer: the columns of `.create table`. */
export function columnsOfTable(command: string): string[] {
  return [...command.matchAll(/(\w+)\s*:\s*\w+/g)].map(([, name]) => name ?? '');
}

/** Data Explorer: the columns that a mapping fills. */
export function columnsOfMapping(command: string): string[] {
  return [...command.matchAll(/"column":\s*"(\w+)"/g)].map(([, name]) => name ?? '');
}

/** Data Explorer: what a query takes from the column `Body`. */
export function bodyPathsIn(query: string): string[] {
  return [...query.matchAll(/\bBody\.([\w.]+)/g)].map(([, path]) => path ?? '');
}

/** Data Explorer: the names with a capital letter, as the examples write columns, that the query does not make itself. */
export function columnsUsedBy(query: string): string[] {
  const code = query
    .replace(/\/\/.*$/gm, '')
    .replace(/"[^"]*"/g, '""')
    .replace(/\bBody\.[\w.]+/g, 'Body');
  const made = new Set([...code.matchAll(/\b([A-Z]\w*)\s*=(?!=)/g)].map(([, name]) => name));
  return [...code.matchAll(/(?<![\w.])([A-Z]\w*)/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !made.has(name));
}
