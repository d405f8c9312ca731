import { describe, expect, test } from 'vitest';
import { DEFAULT_HUB_HOSTS } from '../../src/config.js';
import { type ParsedOptions, parseTenantOptions } from '../../src/tenants/tenant-options.js';
import { vcapServices, wrapped } from '../simulators/predix-event-hub/vcap.js';

const SECRET = 'n0b0dy-knows';
const AUTH_URL = 'https://uaa.example.predix.io/oauth/token';
const CLIENT = {
  destination: 'predix',
  'predix.clientId': 'forwarder',
  'credentials.predix.clientSecret': SECRET,
};
const GOOD = {
  ...CLIENT,
  'predix.host': 'event-hub.example.predix.io:443',
  'predix.zoneId': '88ec4bd5-e149-4c98-8e8e-952e86ba5fae',
  'predix.authUrl': AUTH_URL,
};
const BINDING = vcapServices({
  zone: 'z1',
  grpcUri: 'event-hub.example.predix.io:443',
  wssUri: 'wss://ws.example.predix.io/v1/stream/messages/',
  adminUri: 'admin.example.predix.io',
  issuer: AUTH_URL,
});
const BOUND = { ...CLIENT, 'credentials.predix.vcapServices': JSON.stringify(BINDING) };

function parse(settings: Readonly<Record<string, string>>): ParsedOptions {
  const parsed = parseTenantOptions(settings, DEFAULT_HUB_HOSTS);
  expect(parsed.options === undefined).toBe(parsed.problems.length > 0);
  expect(JSON.stringify([parsed.problems, parsed.warnings])).not.toContain(SECRET);
  return parsed;
}

function without(key: keyof typeof GOOD): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== key));
}

test('host, zone, UAA and client are enough', () => {
  const { options, warnings } = parse(GOOD);
  expect(options?.routes[0]?.hub).toEqual({
    kind: 'predix',
    host: 'event-hub.example.predix.io',
    port: 443,
    protocol: 'grpc',
    webSocketUrl: undefined,
    zoneId: '88ec4bd5-e149-4c98-8e8e-952e86ba5fae',
    hubName: 'topic',
    authUrl: AUTH_URL,
    clientId: 'forwarder',
    clientSecret: SECRET,
  });
  expect(warnings).toEqual([]);
});

test('topic and protocol can be chosen', () => {
  const { options } = parse({ ...GOOD, 'predix.topic': 'alarms.v2', 'predix.protocol': 'websocket' });
  expect(options?.routes[0]?.hub).toMatchObject({ hubName: 'alarms.v2', protocol: 'websocket' });
});

describe('a binding', () => {
  test('takes the place of host, zone and UAA, in both of its forms', () => {
    const both = [
      BINDING,
      wrapped({
        zone: 'z1',
        grpcUri: 'event-hub.example.predix.io:443',
        wssUri: 'wss://ws.example.predix.io/v1/stream/messages/',
        adminUri: 'a.predix.io',
        issuer: AUTH_URL,
      }),
    ];
    for (const binding of both) {
      const { options } = parse({ ...CLIENT, 'credentials.predix.vcapServices': JSON.stringify(binding) });
      expect(options?.routes[0]?.hub).toMatchObject({
        host: 'event-hub.example.predix.io',
        port: 443,
        zoneId: 'z1',
        authUrl: AUTH_URL,
      });
    }
  });

  test('gives the URL of the WebSocket where that is used', () => {
    const { options } = parse({ ...BOUND, 'predix.protocol': 'websocket' });
    expect(options?.routes[0]?.hub).toMatchObject({
      host: 'ws.example.predix.io',
      webSocketUrl: 'wss://ws.example.predix.io/v1/stream/messages/',
    });
  });

  test.each([
    ['wss', 'ws://ws.example.predix.io/v1/stream/messages/'],
    ['wss', 'wss://user:password@ws.example.predix.io/v1/stream/messages/'],
    ['wss', 'wss://ws.example.predix.io/#here'],
    ['wss', 'wss://ws.example.com/v1/stream/messages/'],
    ['zone-http-header-value', 'not\\na zone'],
  ])('whose %s is %s is refused: it could not be used, or shows the token to others', (key, value) => {
    const text = JSON.stringify(BINDING)
      .replaceAll('wss://ws.example.predix.io/v1/stream/messages/', key === 'wss' ? value : '$&')
      .replaceAll(/"zone-http-header-value":"[^"]*"/g, key === 'wss' ? '$&' : `"${key}":"${value}"`);
    const { problems } = parse({
      ...CLIENT,
      'predix.protocol': 'websocket',
      'credentials.predix.vcapServices': text,
    });
    expect(problems).toMatchObject([{ key: 'credentials.predix.vcapServices' }]);
    expect(JSON.stringify(problems)).not.toContain('password');
  });

  test('together with a host or a zone is refused: only one of them can be meant', () => {
    const { problems } = parse({ ...BOUND, 'predix.host': 'a.predix.io', 'predix.zoneId': 'z2' });
    expect(problems.map(({ key }) => key)).toEqual(['predix.host', 'predix.zoneId']);
  });

  test('that cannot be read is named without showing anything of it', () => {
    const { problems } = parse({ ...CLIENT, 'credentials.predix.vcapServices': `{"x": "${SECRET}"` });
    expect(problems).toEqual([
      {
        key: 'credentials.predix.vcapServices',
        given: 'a text that is not JSON',
        accepted: expect.stringContaining('VCAP_SERVICES'),
      },
    ]);
  });

  test('without a UAA needs the option for it', () => {
    const { 'predix-uaa': _, ...alone } = BINDING as Record<string, unknown>;
    const settings = { ...CLIENT, 'credentials.predix.vcapServices': JSON.stringify(alone) };
    expect(parse(settings).problems.map(({ key }) => key)).toEqual(['predix.authUrl']);
    expect(parse({ ...settings, 'predix.authUrl': AUTH_URL }).problems).toEqual([]);
  });
});

test.each([
  'predix.host',
  'predix.zoneId',
  'predix.authUrl',
  'predix.clientId',
  'credentials.predix.clientSecret',
] as const)('without %s it is named, and what is accepted', (key) => {
  const { problems } = parse(without(key));
  expect(problems).toMatchObject([{ key, given: 'not set' }]);
});

test.each([
  ['predix.host', 'https://event-hub.predix.io'],
  ['predix.host', 'event-hub.predix.io:99999'],
  ['predix.host', 'event-hub.example.com'],
  ['predix.zoneId', 'two words'],
  ['predix.authUrl', 'http://uaa.example.predix.io/oauth/token'],
  ['predix.authUrl', 'https://uaa.example.predix.io/'],
  ['predix.authUrl', 'https://user:password@uaa.example.predix.io/oauth/token'],
  ['predix.authUrl', 'https://uaa.example.com/oauth/token'],
  ['predix.topic', 'not/a/topic'],
  ['predix.topic', 'x'.repeat(101)],
  ['predix.protocol', 'amqp'],
  ['credentials.predix.clientSecret', '<<Encrypted>>'],
  ['credentials.predix.vcapServices', '<<Encrypted>>'],
])('%s with the value %s is refused under its name', (key, value) => {
  const { problems } = parse({ ...(key.endsWith('vcapServices') ? CLIENT : GOOD), [key]: value });
  expect(problems.map((problem) => problem.key)).toContain(key);
  for (const { accepted } of problems) expect(accepted).not.toBe('');
});

test('every problem is named at once', () => {
  const { problems } = parse({ destination: 'predix', 'predix.protocol': 'amqp' });
  expect(problems.map(({ key }) => key).sort()).toEqual(
    [
      'predix.protocol',
      'predix.host',
      'predix.zoneId',
      'predix.authUrl',
      'predix.clientId',
      'credentials.predix.clientSecret',
    ].sort(),
  );
});

test('options of the other kind of hub mean nothing and are named in a warning, unless they have their default', () => {
  const azure = parse({
    ...GOOD,
    transport: 'auto',
    'credentials.connectionString': 'Endpoint=sb://x/',
    hubName: 'h',
  });
  expect(azure.warnings).toEqual([
    'option "credentials.connectionString" means nothing with this destination',
    'option "hubName" means nothing with this destination',
  ]);
});

test('routes can have secrets of their own, and hubs of both kinds', () => {
  const { options } = parse({
    ...GOOD,
    routes: JSON.stringify([
      { name: 'a', 'predix.topic': 'a' },
      { name: 'b', 'predix.clientId': 'other' },
      { name: 'c', destination: 'azure', hubName: 'h' },
    ]),
    'credentials.b.predix.clientSecret': 'its-own',
    'credentials.c.connectionString':
      'Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=forwarder;SharedAccessKey=q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=',
  });
  const hubs = options?.routes.map(({ hub }) => hub);
  expect(hubs).toMatchObject([
    { kind: 'predix', hubName: 'a', clientSecret: SECRET },
    { kind: 'predix', clientId: 'other', clientSecret: 'its-own' },
    { kind: 'azure', hubName: 'h' },
  ]);
});
