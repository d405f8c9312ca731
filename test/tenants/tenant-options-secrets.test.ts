import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeProblem } from '../../src/errors.js';
import { parseTenantOptions } from '../../src/tenants/tenant-options.js';

const HOSTS = ['*.servicebus.windows.net'];
const secret = fc.stringMatching(/^[A-Za-z0-9+/]{43}=$/);
const text = fc.constantFrom<(key: string) => string>(
  (key) => `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=${key}`,
  (key) => `Endpoint=sb://evil.com/;SharedAccessKeyName=n;SharedAccessKey=${key}`,
  (key) => `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKey=${key}`,
  (key) => `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessSignature=SharedAccessSignature sig=${key}`,
  (key) => `SharedAccessKeyName=n;SharedAccessKey=${key}`,
  (key) => `SharedAccessKey=${key};SharedAccessKey=${key}`,
  (key) => `Endpoint=${key}`,
);
const other = fc.record(
  {
    enabled: fc.constantFrom('true', 'perhaps'),
    format: fc.constantFrom('flat', 'xml'),
    hubName: fc.constantFrom('hub', 'two words', ''),
    unknown: fc.constant('x'),
  },
  { requiredKeys: [] },
);

function shownOf(settings: Readonly<Record<string, string>>): string {
  const { problems, warnings } = parseTenantOptions(settings, HOSTS);
  return [...problems.map(describeProblem), ...warnings].join('\n');
}

test('no problem and no warning ever shows a key, wherever it was given', () => {
  fc.assert(
    fc.property(secret, text, other, fc.constantFrom('own', 'option', 'route'), (key, write, rest, place) => {
      const value = write(key);
      const routes = (route: object): string => JSON.stringify([{ name: 'a', ...route }]);
      const settings = {
        own: { 'credentials.connectionString': value },
        option: { 'credentials.a.connectionString': value, routes: routes({}) },
        route: { routes: routes({ 'credentials.connectionString': value }) },
      }[place];
      expect(shownOf({ ...rest, ...settings })).not.toContain(key.slice(0, 10));
    }),
    { numRuns: 300 },
  );
});

test('routes that cannot be read are not shown, because they may hold a key', () => {
  fc.assert(
    fc.property(secret, fc.constantFrom('[{"name":"A","x":"?"}]', '{"x":"?"}', '[?', '?'), (key, routes) => {
      expect(shownOf({ routes: routes.replace('?', key) })).not.toContain(key.slice(0, 10));
    }),
  );
});

test('a connection string that is given under another option is not shown either', () => {
  const value = 'SharedAccessKeyName=n;SharedAccessKey=q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=';
  expect(shownOf({ hubName: value, format: value })).not.toContain('q83vASNFZ4');
});
