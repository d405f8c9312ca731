/** The queries in `examples/` name only what an event of the flat format has. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  bodyPathsIn,
  columnsOfMapping,
  columnsOfTable,
  columnsUsedBy,
  fieldsOfStreamAnalytics,
  jsonPathsIn,
  unexplainedIn,
} from './fields-of.js';
import { APIS, flatSamples, pathsIn } from './flat-samples.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const read = (path: string): string => readFileSync(EXAMPLES + path, 'utf8');
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(EXAMPLES + folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);

const TABLE = columnsOfTable(read('data-explorer/1-table.kql'));
/** What the function adds to the table's columns, and what the table, the view and the function are called. */
const ADDED = ['Tenant', 'Api', 'Source'];
const OBJECTS = ['CumulocityArrivals', 'CumulocityOnce', 'CumulocityEvents'];
let paths: ReadonlySet<string>;

beforeAll(async () => {
  const samples = await flatSamples();
  const apis = new Set(samples.map(({ properties }) => properties['api']));
  expect([...apis].sort()).toEqual(APIS);
  paths = pathsIn(samples);
});

const unknown = (fields: readonly string[]): string[] => fields.filter((field) => !paths.has(field));

describe('Stream Analytics', () => {
  test.each(filesIn('stream-analytics', '.asaql'))('%s names only fields that events have', (file) => {
    expect(fieldsOfStreamAnalytics(read(file))).toContain('messageId');
    expect(unknown(fieldsOfStreamAnalytics(read(file)))).toEqual([]);
    expect(unexplainedIn(read(file))).toEqual([]);
  });

  test('a field that no event has, and a name that comes from nowhere, are found', () => {
    const query = "SELECT hub.[time] AS t, hub.source.name, nowhere FROM hub WHERE hub.type = 'no.field'";
    expect(unknown(fieldsOfStreamAnalytics(`${query} AND hub.nonsense > 1`))).toContain('nonsense');
    expect(unexplainedIn(query)).toEqual(['nowhere']);
  });
});

describe('Data Explorer', () => {
  const queries = filesIn('data-explorer', '.kql').filter((file) => !/\/[12]-/.test(file));

  test('the mapping fills every column of the table from a field that events have', () => {
    const mapping = read('data-explorer/2-mapping.kql');
    expect(TABLE).toContain('MessageId');
    expect(columnsOfMapping(mapping)).toEqual(TABLE);
    expect(unknown(jsonPathsIn(mapping))).toEqual([]);
  });

  test.each(queries)('%s names only columns that there are', (file) => {
    const known = [...TABLE, ...ADDED, ...OBJECTS];
    expect(columnsUsedBy(read(file)).filter((name) => !known.includes(name))).toEqual([]);
    expect(unknown(bodyPathsIn(read(file)))).toEqual([]);
  });

  test('a column that the table does not have is found', () => {
    expect(columnsUsedBy('T | where Nonsense > 1 | summarize Own = count() by Own')).toEqual([
      'T',
      'Nonsense',
    ]);
    expect(unknown(bodyPathsIn('T | extend A = Body.non.sense'))).toEqual(['non.sense']);
  });
});

test.each(filesIn('spark', '.py'))('%s names only fields that events have', (file) => {
  expect(jsonPathsIn(read(file))).toContain('messageId');
  expect(unknown(jsonPathsIn(read(file)))).toEqual([]);
});
