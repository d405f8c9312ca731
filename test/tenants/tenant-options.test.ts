import { describe, expect, test } from 'vitest';
import { DEFAULT_HUB_HOSTS } from '../../src/config.js';
import { type ParsedOptions, parseTenantOptions } from '../../src/tenants/tenant-options.js';
import { hubAddress } from '../support/hub-address.js';

const KEY = 'q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=';
const NAMESPACE = `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=forwarder;SharedAccessKey=${KEY}`;
const GOOD = { 'credentials.connectionString': NAMESPACE, hubName: 'hub' };

function parse(settings: Readonly<Record<string, string>>): ParsedOptions {
  const parsed = parseTenantOptions(settings, DEFAULT_HUB_HOSTS);
  expect(parsed.options === undefined).toBe(parsed.problems.length > 0);
  return parsed;
}

function keysOf({ problems }: ParsedOptions): readonly string[] {
  return problems.map(({ key }) => key);
}

test('a connection string and a hub are enough; everything else has a default', () => {
  expect(parse(GOOD)).toEqual({
    options: {
      isEnabled: true,
      routes: [
        {
          name: 'default',
          hub: { ...hubAddress(NAMESPACE, 'hub'), transport: 'auto' },
          apis: ['alarms', 'events', 'measurements', 'managedobjects', 'operations'],
          typeFilter: undefined,
          fragmentsToCopy: [],
          format: 'flat',
          partitionBy: 'source',
          whenBacklogFills: 'protect',
          backlogQuotaBytes: 25 * 1024 * 1024,
          trimFragments: [],
          contentEncoding: 'none',
          deadLetterHubName: undefined,
        },
      ],
    },
    problems: [],
    warnings: [],
  });
});

test('every option is read, spaces around values and lists are tolerated, an empty value counts as not set', () => {
  const { options, warnings } = parse({
    'credentials.connectionString': ` ${NAMESPACE} `,
    hubName: ' hub ',
    enabled: 'true',
    transport: 'amqp',
    apis: 'events , alarms',
    typeFilter: " 'a' or 'b' ",
    fragmentsToCopy: 'c8y_A, c8y_B',
    format: 'raw',
    partitionBy: 'none',
    whenBacklogFills: 'hold',
    backlogQuota: ' 2.5 ',
    trimFragments: 'c8y_Log , c8y_Trace',
    contentEncoding: 'gzip',
    deadLetterHubName: ' dead ',
    routes: '',
  });
  expect(warnings).toEqual([]);
  expect(options?.routes[0]).toMatchObject({
    hub: { hubName: 'hub' },
    apis: ['alarms', 'events'],
    typeFilter: "'a' or 'b'",
    fragmentsToCopy: ['c8y_A', 'c8y_B'],
    format: 'raw',
    partitionBy: 'none',
    whenBacklogFills: 'hold',
    backlogQuotaBytes: 2.5 * 1024 * 1024,
    trimFragments: ['c8y_Log', 'c8y_Trace'],
    contentEncoding: 'gzip',
    deadLetterHubName: 'dead',
  });
});

describe('a problem', () => {
  test('names the key, the value given and what is accepted', () => {
    expect(parse({ ...GOOD, format: 'xml' }).problems).toEqual([
      { key: 'format', given: 'given "xml"', accepted: 'flat, cloudevents, raw' },
    ]);
  });

  test('shows no more than the beginning of a long value', () => {
    const [problem] = parse({ ...GOOD, format: 'x'.repeat(5000) }).problems;
    expect(problem?.given.length).toBeLessThan(120);
  });

  test.each([
    ['enabled', 'yes'],
    ['transport', 'carrier pigeon'],
    ['apis', ',,,'],
    ['apis', 'events,alarmz'],
    ['fragmentsToCopy', 'a,,b'],
    ['format', 'FLAT'],
    ['partitionBy', 'device'],
    ['trimFragments', 'c8y_A,,c8y_B'],
    ['trimFragments', 'c8y_A, id'],
    ['contentEncoding', 'deflate'],
    ['deadLetterHubName', 'a hub'],
    ['deadLetterHubName', 'hub'],
    ['deadLetterHubName', 'HUB'],
    ['hubName', 'a hub'],
    ['typeFilter', '   '],
  ])('is found in %s = %j', (key, value) => {
    expect(keysOf(parse({ ...GOOD, [key]: value }))).toEqual([key]);
  });

  test.each(['id', 'self', 'source', 'type', 'time', 'messageId', 'channel', 'lastUpdated'])(
    'is a field in trimFragments that no event can do without: %s',
    (name) => {
      const [problem] = parse({ ...GOOD, trimFragments: `c8y_Log,${name}` }).problems;
      expect(problem?.given).toBe(`given "c8y_Log,${name}"`);
      expect(problem?.accepted).toMatch(new RegExp(`none of .*\\b${name}\\b.*no event can do without`));
    },
  );

  test('of one route is reported under its name', () => {
    const routes = JSON.stringify([{ name: 'a', deadLetterHubName: 'hub' }]);
    expect(keysOf(parse({ ...GOOD, routes }))).toEqual(['routes.a.deadLetterHubName']);
  });

  test('never comes alone when there are more', () => {
    const parsed = parse({ ...GOOD, enabled: 'yes', format: 'xml', apis: 'none', partitionBy: 'x' });
    expect([...keysOf(parsed)].sort()).toEqual(['apis', 'enabled', 'format', 'partitionBy']);
  });

  test('of the hub is reported together with those of the other options', () => {
    expect([...keysOf(parse({ format: 'xml' }))].sort()).toEqual(['credentials.connectionString', 'format']);
  });
});

describe('the hub', () => {
  test('may be named by the EntityPath of the connection string', () => {
    const { options } = parse({ 'credentials.connectionString': `${NAMESPACE};EntityPath=hub` });
    expect(options?.routes[0]?.hub).toEqual({ ...hubAddress(NAMESPACE, 'hub'), transport: 'auto' });
  });

  test('may be named twice if it is the same', () => {
    const parsed = parse({ ...GOOD, 'credentials.connectionString': `${NAMESPACE};EntityPath=hub` });
    expect(parsed.options?.routes[0]?.hub.hubName).toBe('hub');
  });

  test.each([
    ['named differently in both places', { hubName: 'other', entityPath: ';EntityPath=hub' }],
    ['named nowhere', { hubName: '', entityPath: '' }],
  ])('%s is a problem of hubName', (_name, { hubName, entityPath }) => {
    const settings = { hubName, 'credentials.connectionString': `${NAMESPACE}${entityPath}` };
    expect(keysOf(parse(settings))).toEqual(['hubName']);
  });

  test.each([
    ['is missing', undefined],
    ['was not decrypted by the platform', '<<Encrypted>>'],
    ['is blank', '   '],
    ['is not one', 'hello'],
    ['names a host that is not allowed', NAMESPACE.replace('windows.net', 'windows.net.evil.com')],
    ['has a host behind a user name', NAMESPACE.replace('sb://', 'sb://evil.com@')],
  ])('is refused when the connection string %s', (_name, value) => {
    const { 'credentials.connectionString': _left, ...rest } = GOOD;
    const settings = value === undefined ? rest : { ...rest, 'credentials.connectionString': value };
    expect(keysOf(parse(settings))).toEqual(['credentials.connectionString']);
  });

  test('whose connection string the platform did not decrypt is refused for that reason', () => {
    const { problems } = parse({ ...GOOD, 'credentials.connectionString': '<<Encrypted>>' });
    expect(problems[0]?.given).toContain('did not decrypt');
  });

  test('is refused with the host that was given and the setting that would allow it', () => {
    const text = NAMESPACE.replace('ns.servicebus.windows.net', 'internal');
    const [problem] = parse({ ...GOOD, 'credentials.connectionString': text }).problems;
    expect(problem?.given).toContain('internal');
    expect(problem?.accepted).toContain('HUB_HOSTS');
  });
});

test('a tenant that is switched off may have anything else in its options', () => {
  const parsed = parse({ enabled: 'false', format: 'xml', routes: 'not JSON', typo: 'x' });
  expect(parsed).toEqual({ options: { isEnabled: false, routes: [] }, problems: [], warnings: [] });
});

test('a key that means nothing is warned of by its name, without its value', () => {
  const { options, warnings } = parse({ ...GOOD, formatt: 'raw', 'credentials.other': 'do-not-show' });
  expect(options).toBeDefined();
  expect(warnings).toHaveLength(2);
  expect(warnings.join()).toContain('formatt');
  expect(warnings.join()).toContain('credentials.other');
  expect(warnings.join()).not.toContain('do-not-show');
});

test('keys of every object are keys like any other', () => {
  const settings = JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}') as Record<string, string>;
  const { options, warnings } = parse({ ...settings, ...GOOD, ['__proto__']: 'x' });
  expect(options?.routes).toHaveLength(1);
  expect(warnings).toHaveLength(3);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});
