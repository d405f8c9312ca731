import { parseEventHubConnectionString } from '@azure/event-hubs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_HUB_HOSTS } from '../../../src/config.js';
import {
  ConnectionStringError,
  credentialOf,
  formatConnectionString,
  parseConnectionString,
} from '../../../src/destinations/azure-event-hubs/connection-string.js';
import { isAllowedHost } from '../../../src/destinations/hub-address.js';

const KEY = 'q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=';
const CREDENTIAL = `SharedAccessKeyName=forwarder;SharedAccessKey=${KEY}`;
const GOOD = `Endpoint=sb://ns.servicebus.windows.net/;${CREDENTIAL}`;
const SIGNATURE =
  'SharedAccessSignature sr=sb%3a%2f%2fns%2fhub&sig=MDEyMzQ1Njc4OWFiY2RlZg%3d%3d&se=1&skn=forwarder';

function faultOf(text: string): string {
  try {
    parseConnectionString(text);
  } catch (thrown) {
    if (thrown instanceof ConnectionStringError) return thrown.message;
    throw thrown;
  }
  throw new Error(`accepted: ${text}`);
}

test('a connection string of the portal is read', () => {
  expect(parseConnectionString(`${GOOD};EntityPath=hub`)).toEqual({
    host: 'ns.servicebus.windows.net',
    port: undefined,
    keyName: 'forwarder',
    key: KEY,
    signature: undefined,
    entityPath: 'hub',
    isEmulator: false,
  });
});

test('a ready signature, an emulator, a port and spaces around the parts are read', () => {
  const text = ` Endpoint=sb://LocalHost:5672 ; SharedAccessSignature=${SIGNATURE};UseDevelopmentEmulator=true;; `;
  expect(parseConnectionString(text)).toEqual({
    host: 'localhost',
    port: 5672,
    keyName: undefined,
    key: undefined,
    signature: SIGNATURE,
    entityPath: undefined,
    isEmulator: true,
  });
});

describe('refused with a fault that names the part', () => {
  test.each([
    ['nothing', '', 'Endpoint'],
    ['no endpoint', CREDENTIAL, 'Endpoint'],
    ['a key without its name', 'Endpoint=sb://a/;SharedAccessKey=k', 'SharedAccessKeyName'],
    ['a name without its key', 'Endpoint=sb://a/;SharedAccessKeyName=n', 'SharedAccessKey'],
    ['no credential', 'Endpoint=sb://a/', 'SharedAccessSignature'],
    ['two credentials', `${GOOD};SharedAccessSignature=${SIGNATURE}`, 'SharedAccessSignature'],
    ['an empty key', 'Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=', 'SharedAccessKey'],
    ['a part twice', `${GOOD};Endpoint=sb://evil/`, '"Endpoint" twice'],
    ['an unknown part', `${GOOD};CustomEndpointAddress=sb://evil`, 'CustomEndpointAddress'],
    ['a name in other letters', GOOD.replace('Endpoint', 'endpoint'), 'endpoint'],
    ['a part without a name', `${GOOD};=x`, 'without a name'],
    ['a piece without "="', `${GOOD};garbage`, 'without a name'],
  ])('%s', (_name, text, named) => {
    expect(faultOf(text)).toContain(named);
  });
});

describe('an endpoint that is not sb:// and a host is refused', () => {
  test.each([
    'https://ns.servicebus.windows.net/',
    'sb://',
    'sb:///',
    'sb://user@ns.servicebus.windows.net/',
    'sb://evil.com#.servicebus.windows.net/',
    'sb://evil.com/.servicebus.windows.net/',
    'sb://evil.com?.servicebus.windows.net/',
    'sb://evil.com\\.servicebus.windows.net/',
    'sb://evil.com%2f.servicebus.windows.net/',
    'sb://evil.com\n.servicebus.windows.net/',
    'sb://.servicebus.windows.net/',
    'sb://a..servicebus.windows.net/',
    'sb://ns.servicebus.windows.net./',
    'sb://nß.servicebus.windows.net/',
    'sb://ns.servicebus.windows.net/hub',
    'sb://ns.servicebus.windows.net:/',
    'sb://ns.servicebus.windows.net:http/',
    'sb://ns.servicebus.windows.net:1:2/',
    'sb://ns.servicebus.windows.net:65536/',
    'sb://ns.servicebus.windows.net:99999/',
    'sb://[::1/',
    'sb://::1/',
    'sb://[::1%25eth0]/',
  ])('%j', (endpoint) => {
    expect(faultOf(`Endpoint=${endpoint};${CREDENTIAL}`)).toContain('Endpoint');
  });
});

describe('with the default patterns', () => {
  const isAllowed = (endpoint: string): boolean =>
    isAllowedHost(parseConnectionString(`Endpoint=${endpoint};${CREDENTIAL}`).host, DEFAULT_HUB_HOSTS);

  test.each([
    'sb://ns.servicebus.windows.net/',
    'sb://ns.servicebus.windows.net',
    'sb://NS.ServiceBus.Windows.Net/',
    'sb://ns.servicebus.windows.net:5671/',
    'sb://ns.servicebus.chinacloudapi.cn/',
    'sb://ns.servicebus.usgovcloudapi.net/',
  ])('%s is allowed', (endpoint) => {
    expect(isAllowed(endpoint)).toBe(true);
  });

  test.each([
    'sb://evil-servicebus.windows.net/',
    'sb://servicebus.windows.net/',
    'sb://servicebus.windows.net.evil.com/',
    'sb://ns.servicebus.windows.net.evil.com/',
    'sb://windows.net/',
    'sb://localhost/',
    'sb://localhost:5672/',
    'sb://127.0.0.1/',
    'sb://169.254.169.254/',
    'sb://[::1]/',
    'sb://[fe80::1]:5671/',
    'sb://cumulocity:8111/',
  ])('%s is not allowed', (endpoint) => {
    expect(isAllowed(endpoint)).toBe(false);
  });
});

test('a pattern without a star allows that host alone', () => {
  for (const host of ['localhost', '[::1]']) expect(isAllowedHost(host, ['localhost', '[::1]'])).toBe(true);
  for (const host of ['a.localhost', 'localhosts', '127.0.0.1', '']) {
    expect(isAllowedHost(host, ['localhost', '[::1]'])).toBe(false);
  }
  expect(isAllowedHost('localhost', [])).toBe(false);
});

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/);
const secret = fc.stringMatching(/^[A-Za-z0-9+/]{43}=$/);
const parts = fc.record({
  host: fc
    .array(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 4 })
    .map((labels) => labels.join('.')),
  port: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
  credential: fc.oneof(
    fc.record({ keyName: name, key: secret, signature: fc.constant(undefined) }),
    fc.record({
      keyName: fc.constant(undefined),
      key: fc.constant(undefined),
      signature: secret.map(
        (value) => `SharedAccessSignature sr=a&sig=${encodeURIComponent(value)}&se=1&skn=n`,
      ),
    }),
  ),
  isEmulator: fc.boolean(),
});

test('what is put together again has the same parts, and the SDK reads the same host and key from it', () => {
  fc.assert(
    fc.property(parts, ({ host, port, credential, isEmulator }) => {
      const read = { host, port, ...credential, entityPath: undefined, isEmulator };
      const text = formatConnectionString(read, credentialOf(read));
      expect(parseConnectionString(text)).toEqual(read);
      const { endpoint, ...rest } = parseEventHubConnectionString(text);
      expect(endpoint).toBe(`sb://${host}${port === undefined ? '' : `:${port}`}/`);
      expect(JSON.stringify(rest)).toContain(JSON.stringify(credential.key ?? credential.signature));
    }),
  );
});

test('no fault ever shows a key or a signature', () => {
  const broken = fc.constantFrom<(value: string) => string>(
    (value) => `SharedAccessKeyName=n;SharedAccessKey=${value}`,
    (value) => `Endpoint=sb://a/;SharedAccessKey=${value}`,
    (value) => `Endpoint=http://a/;SharedAccessKeyName=n;SharedAccessKey=${value}`,
    (value) => `${GOOD};SharedAccessKey=${value}`,
    (value) => `${GOOD};SharedAccessSignature=${value}`,
    (value) => `${GOOD};AccountKey=${value}`,
    (value) => `${GOOD};${value.replaceAll('=', '')}`,
    (value) => `${GOOD};=${value}`,
  );
  fc.assert(
    fc.property(secret, broken, (value, write) => {
      expect(faultOf(write(value))).not.toContain(value.slice(0, 10));
    }),
  );
});

test('a key that is given alone, instead of the connection string, is not shown', () => {
  expect(faultOf(KEY)).not.toContain(KEY.slice(0, 10));
});
