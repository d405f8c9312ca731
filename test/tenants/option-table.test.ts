import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { optionRow, ROUTE_OPTIONS, schemaOf, TENANT_OPTIONS } from '../../src/tenants/option-table.js';

const rows = Object.entries({ ...TENANT_OPTIONS, ...ROUTE_OPTIONS });

test('every option can be found by its key, and nothing else can', () => {
  for (const [key, row] of rows) expect(optionRow(key)).toBe(row);
  for (const key of ['', 'toString', '__proto__', 'constructor', 'Format', 'format ']) {
    expect(optionRow(key)).toBeUndefined();
  }
});

test('every credential is a secret, and every option says what it accepts and means', () => {
  for (const [key, row] of rows) {
    const isSecret = 'isSecret' in row;
    expect([key, isSecret]).toEqual([key, key.startsWith('credentials.')]);
    expect(row.accepted).not.toBe('');
    expect(row.meaning).not.toBe('');
  }
});

test('every default is accepted', () => {
  for (const [key, { fallback, read }] of rows) {
    if (fallback !== undefined) expect([key, read(fallback)]).not.toEqual([key, undefined]);
  }
});

test('no value makes an option throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      for (const [, { read }] of rows) expect(() => read(text)).not.toThrow();
    }),
  );
});

describe('the name of an event hub', () => {
  test.each(['h', 'my-hub', 'a.b_c-d/e', 'H1', 'x'.repeat(256)])('may be %s', (name) => {
    expect(ROUTE_OPTIONS.hubName.read(name)).toBe(name);
  });

  test.each(['', ' ', '-hub', 'hub-', 'a b', 'a;b', 'a?b', 'hüb', 'x'.repeat(257)])(
    'may not be %j',
    (name) => {
      expect(ROUTE_OPTIONS.hubName.read(name)).toBeUndefined();
    },
  );
});

test('a list of APIs is put in one order, without repeats', () => {
  expect(ROUTE_OPTIONS.apis.read('operations,events , events')).toEqual(['events', 'operations']);
});

describe('the schema of some rows', () => {
  const schema = schemaOf(ROUTE_OPTIONS);

  test('fills in the defaults and ignores other keys', () => {
    expect(schema.parse({ hubName: 'hub', other: 'x' })).toMatchObject({
      hubName: 'hub',
      transport: 'auto',
      format: 'flat',
      partitionBy: 'source',
    });
  });

  test('reports every value that is not accepted, with what is', () => {
    const { error } = schema.safeParse({ format: 'xml', transport: 'x', hubName: '' });
    const issues = error?.issues.map(({ path, message }) => [path.join('.'), message]);
    expect(issues).toEqual([
      ['hubName', ROUTE_OPTIONS.hubName.accepted],
      ['transport', ROUTE_OPTIONS.transport.accepted],
      ['format', ROUTE_OPTIONS.format.accepted],
    ]);
  });
});
