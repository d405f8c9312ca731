import { describe, expect, test } from 'vitest';
import { DEFAULT_HUB_HOSTS } from '../../src/config.js';
import { parseConnectionString } from '../../src/destinations/azure-event-hubs/connection-string.js';
import { type ParsedOptions, parseTenantOptions } from '../../src/tenants/tenant-options.js';

function connectionString(namespace: string): string {
  return `Endpoint=sb://${namespace}.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=a2V5`;
}

const OWN = { 'credentials.connectionString': connectionString('own'), hubName: 'hub' };

function parse(routes: unknown, settings: Readonly<Record<string, string>> = OWN): ParsedOptions {
  const text = typeof routes === 'string' ? routes : JSON.stringify(routes);
  return parseTenantOptions({ ...settings, routes: text }, DEFAULT_HUB_HOSTS);
}

test('a route takes the options of the tenant and overrides what it names', () => {
  const { options, problems, warnings } = parse(
    [{ name: 'a' }, { name: 'b', format: 'raw', hubName: 'other', apis: 'alarms' }],
    { ...OWN, format: 'cloudevents', partitionBy: 'none' },
  );
  expect([problems, warnings]).toEqual([[], []]);
  expect(options?.routes).toMatchObject([
    { name: 'a', format: 'cloudevents', partitionBy: 'none', hub: { hubName: 'hub' } },
    { name: 'b', format: 'raw', partitionBy: 'none', hub: { hubName: 'other' }, apis: ['alarms'] },
  ]);
});

test('a route has its own connection string from an option of its name, or from its own object', () => {
  const { options, warnings } = parse(
    [{ name: 'a' }, { name: 'b' }, { name: 'c', 'credentials.connectionString': connectionString('c') }],
    { ...OWN, 'credentials.b.connectionString': connectionString('b') },
  );
  expect(warnings).toEqual([]);
  expect(options?.routes.map(({ hub }) => hub.host)).toEqual(
    ['own', 'b', 'c'].map((namespace) => parseConnectionString(connectionString(namespace)).host),
  );
});

test('a connection string of a route that does not exist is warned of', () => {
  const { options, warnings } = parse([{ name: 'a' }], { ...OWN, 'credentials.b.connectionString': 'x' });
  expect(options?.routes).toHaveLength(1);
  expect(warnings.join()).toContain('credentials.b.connectionString');
});

describe('the option routes is refused as a whole', () => {
  test.each([
    ['when it is not JSON', '[{"name":"a"},]'],
    ['when it is no array', { name: 'a' }],
    ['when it is null', null],
    ['when it is empty', []],
    ['when a route has no name', [{ format: 'raw' }]],
    ['when a name has a capital', [{ name: 'Alpha' }]],
    ['when a name is empty', [{ name: '' }]],
    ['when a name is too long', [{ name: 'a'.repeat(33) }]],
    ['when a name is no text', [{ name: 7 }]],
    ['when a name stands twice', [{ name: 'a' }, { name: 'b' }, { name: 'a' }]],
    ['when a value is no text', [{ name: 'a', apis: ['alarms'] }]],
    ['when a route is no object', ['a']],
  ])('%s', (_name, routes) => {
    const { options, problems } = parse(routes);
    expect(options).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ key: 'routes' });
    expect(problems[0]?.accepted).toContain('JSON array');
  });
});

test('the problems of all routes are reported at once, each under its route', () => {
  const { options, problems } = parse([
    { name: 'a', format: 'xml' },
    { name: 'b', partitionBy: 'x', apis: 'y' },
    { name: 'c', hubName: 'two words' },
    { name: 'd' },
  ]);
  expect(options).toBeUndefined();
  expect(problems.map(({ key }) => key).sort()).toEqual([
    'routes.a.format',
    'routes.b.apis',
    'routes.b.partitionBy',
    'routes.c.hubName',
  ]);
});

test('problems of other options are reported together with routes that cannot be read', () => {
  const { problems } = parse('not JSON', { ...OWN, enabled: 'maybe', format: 'xml' });
  expect(problems.map(({ key }) => key).sort()).toEqual(['enabled', 'format', 'routes']);
});

test('a key that means nothing within a route is warned of, like any other', () => {
  const { warnings } = parse([{ name: 'a', formatt: 'raw' }]);
  expect(warnings.join()).toContain('formatt');
});

test('a prototype within a route changes nothing', () => {
  for (const value of ['"x"', '{"format":"raw","polluted":"yes"}']) {
    const { options } = parse(`[{"name":"a","__proto__":${value},"constructor":"x"}]`);
    for (const route of options?.routes ?? []) expect(route.format).toBe('flat');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  }
});
