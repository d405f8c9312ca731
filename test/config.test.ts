import { describe, expect, test } from 'vitest';
import { type Config, DEFAULT_HUB_HOSTS, readConfig } from '../src/config.js';
import { ConfigError } from '../src/errors.js';

const INJECTED = {
  C8Y_BASEURL: 'http://cumulocity:8111',
  C8Y_BOOTSTRAP_TENANT: 'management',
  C8Y_BOOTSTRAP_USER: 'servicebootstrap_forwarder',
  C8Y_BOOTSTRAP_PASSWORD: 'bootstrap-secret',
};

function read(environment: Readonly<Record<string, string>>): Config {
  return readConfig({ ...INJECTED, ...environment });
}

function problemsOf(environment: Readonly<Record<string, string | undefined>>): ConfigError {
  try {
    readConfig(environment);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error('accepted');
}

test('what Cumulocity injects is enough; everything else has a default', () => {
  expect(readConfig(INJECTED)).toEqual({
    baseUrl: 'http://cumulocity:8111',
    isolation: 'MULTI_TENANT',
    credentials: { tenant: 'management', user: 'servicebootstrap_forwarder', password: 'bootstrap-secret' },
    applicationName: 'event-hubs-forwarder',
    applicationKey: undefined,
    copyName: expect.stringMatching(/^[A-Za-z0-9-]+$/) as string,
    port: 80,
    hubHosts: DEFAULT_HUB_HOSTS,
    tenantPollMs: 10_000,
    optionsPollMs: 30_000,
    stopMs: 10_000,
    memoryBytes: expect.any(Number) as number,
    logLevel: 'info',
  });
});

test('every variable is read', () => {
  const config = read({
    C8Y_BASEURL: 'https://t1.example.com/',
    APPLICATION_NAME: 'my-forwarder',
    APPLICATION_KEY: 'my-key',
    HOSTNAME: 'forwarder-7d9f.example',
    SERVER_PORT: '0',
    HUB_HOSTS: 'localhost, *.Example.com,[::1],10.0.0.1',
    TENANT_POLL_SECONDS: '0.1',
    OPTIONS_POLL_SECONDS: '3600',
    STOP_SECONDS: '2.5',
    MEMORY_LIMIT: '256M',
    LOG_LEVEL: 'debug',
  });
  expect(config).toMatchObject({
    baseUrl: 'https://t1.example.com',
    applicationName: 'my-forwarder',
    applicationKey: 'my-key',
    copyName: 'forwarder-7d9f-example',
    port: 0,
    hubHosts: ['localhost', '*.example.com', '[::1]', '10.0.0.1'],
    memoryBytes: 256_000_000,
    tenantPollMs: 100,
    optionsPollMs: 3_600_000,
    stopMs: 2500,
    logLevel: 'debug',
  });
});

test('an empty value counts as not set', () => {
  const empty = { APPLICATION_NAME: '', APPLICATION_KEY: '', SERVER_PORT: '', HUB_HOSTS: '', LOG_LEVEL: '' };
  expect(read(empty)).toEqual(readConfig(INJECTED));
});

test('the configuration is frozen', () => {
  const config = read({});
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.credentials)).toBe(true);
});

test('the list of hosts is frozen, whether given or the default', () => {
  for (const { hubHosts } of [read({}), read({ HUB_HOSTS: 'localhost' })]) {
    expect(Object.isFrozen(hubHosts)).toBe(true);
  }
});

describe('the isolation', () => {
  const own = { C8Y_TENANT: 't1', C8Y_USER: 'service_forwarder', C8Y_PASSWORD: 'own-secret' };

  test('PER_TENANT takes the service user of the one tenant', () => {
    const config = readConfig({
      C8Y_BASEURL: INJECTED.C8Y_BASEURL,
      C8Y_MICROSERVICE_ISOLATION: 'PER_TENANT',
      ...own,
    });
    expect(config.isolation).toBe('PER_TENANT');
    expect(config.credentials).toEqual({ tenant: 't1', user: 'service_forwarder', password: 'own-secret' });
  });

  test('PER_TENANT without that user names the variables that are missing, not the bootstrap user', () => {
    const error = problemsOf({ ...INJECTED, C8Y_MICROSERVICE_ISOLATION: 'PER_TENANT' });
    expect(error.problems.map(({ key }) => key)).toEqual(['C8Y_TENANT', 'C8Y_USER', 'C8Y_PASSWORD']);
  });

  test('MULTI_TENANT takes the bootstrap user although there is another', () => {
    expect(read({ ...own, C8Y_MICROSERVICE_ISOLATION: 'MULTI_TENANT' }).credentials.tenant).toBe(
      'management',
    );
  });
});

test('an empty environment is refused with everything that is missing, each once', () => {
  const error = problemsOf({});
  expect(error.problems.map(({ key }) => key)).toEqual(Object.keys(INJECTED));
  for (const key of Object.keys(INJECTED)) expect(error.message).toContain(key);
});

test('everything that is wrong is reported at once, and no password is shown', () => {
  const wrong = {
    C8Y_BASEURL: 'ftp://x',
    C8Y_MICROSERVICE_ISOLATION: 'SHARED',
    SERVER_PORT: '70000',
    HUB_HOSTS: '*',
    TENANT_POLL_SECONDS: 'soon',
    OPTIONS_POLL_SECONDS: '0',
    STOP_SECONDS: '301',
    LOG_LEVEL: 'loud',
  };
  const error = problemsOf({ ...INJECTED, C8Y_BOOTSTRAP_USER: '', ...wrong });
  expect(error.problems.map(({ key }) => key).sort()).toEqual(
    [...Object.keys(wrong), 'C8Y_BOOTSTRAP_USER'].sort(),
  );
  for (const [key, value] of Object.entries(wrong)) {
    expect(error.problems.find((problem) => problem.key === key)?.given).toContain(value);
  }
  expect(error.message).not.toContain('bootstrap-secret');
});

describe('refused:', () => {
  test.each([
    ['C8Y_BASEURL', 'cumulocity:8111'],
    ['C8Y_BASEURL', 'http://'],
    ['C8Y_BASEURL', 'http://host/path'],
    ['C8Y_BASEURL', 'http://host?query'],
    ['C8Y_BASEURL', 'http://host:99999'],
    ['SERVER_PORT', '-1'],
    ['SERVER_PORT', '80.5'],
    ['SERVER_PORT', '0x50'],
    ['SERVER_PORT', ' 80'],
    ['STOP_SECONDS', '1e1'],
    ['STOP_SECONDS', '-1'],
    ['STOP_SECONDS', 'Infinity'],
    ['LOG_LEVEL', 'INFO'],
    ['HUB_HOSTS', '*'],
    ['HUB_HOSTS', '*.com'],
    ['HUB_HOSTS', '*.*.com'],
    ['HUB_HOSTS', '*example.com'],
    ['HUB_HOSTS', 'a.*.com'],
    ['HUB_HOSTS', '.example.com'],
    ['HUB_HOSTS', 'localhost,'],
    ['HUB_HOSTS', ','],
    ['HUB_HOSTS', 'localhost:5672'],
    ['HUB_HOSTS', 'sb://localhost'],
    ['HUB_HOSTS', 'two words'],
    ['HUB_HOSTS', '::1'],
  ])('%s = %j', (key, value) => {
    const error = problemsOf({ ...INJECTED, [key]: value });
    expect(error.problems.map((problem) => problem.key)).toEqual([key]);
  });
});
