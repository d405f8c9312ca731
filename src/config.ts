/** The environment, read once into a frozen {@link Config}. The only module that knows `process.env`'s names. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ConfigError, type Problem } from './errors.js';
import { LOG_LEVELS, type LogLevel } from './log.js';

/** A user of one tenant. */
export interface Credentials {
  readonly tenant: string;
  readonly user: string;
  readonly password: string;
}

/** Everything the process is told by its environment. Times in milliseconds. */
export interface Config {
  readonly baseUrl: string;
  readonly isolation: 'MULTI_TENANT' | 'PER_TENANT';
  /** MULTI_TENANT: the bootstrap user. PER_TENANT: the service user of the one tenant. */
  readonly credentials: Credentials;
  readonly applicationName: string;
  readonly applicationKey: string | undefined;
  /** Names this copy of the service among others of the same application: letters, digits and `-`. */
  readonly copyName: string;
  readonly port: number;
  readonly hubHosts: readonly string[];
  readonly tenantPollMs: number;
  readonly optionsPollMs: number;
  readonly stopMs: number;
  /** What the container may use of memory. */
  readonly memoryBytes: number;
  readonly logLevel: LogLevel;
  /** Address of an HTTP proxy towards Azure. */
  readonly proxyUrl: string | undefined;
  /** Where Entra ID tokens are issued; `undefined`: the public cloud. */
  readonly entraAuthorityHost: string | undefined;
  /** Certificate authority of Predix Event Hubs and their UAA; `none`: plain text; `undefined`: the system's. */
  readonly predixTls: { readonly ca: string } | 'none' | undefined;
}

/** Suffixes of the public and sovereign Event Hubs clouds and of Predix: the hosts that a tenant's hub may have. */
export const DEFAULT_HUB_HOSTS: readonly string[] = Object.freeze([
  '*.servicebus.windows.net',
  '*.servicebus.chinacloudapi.cn',
  '*.servicebus.usgovcloudapi.net',
  '*.servicebus.cloudapi.de',
  '*.predix.io',
]);

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables one by one and collects what is wrong with any of them. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(key: string, accepted: string, fallback?: string): string {
    const value = this.#environment[key];
    if (value !== undefined && value !== '') return value;
    if (fallback === undefined) this.problems.push({ key, given: 'not set', accepted });
    return fallback ?? '';
  }

  optional(key: string): string | undefined {
    const value = this.#environment[key];
    return value === '' ? undefined : value;
  }

  parsed<T>(key: string, accepted: string, fallback: T, parse: (text: string) => T | undefined): T {
    const value = this.optional(key);
    if (value === undefined) return fallback;
    const result = parse(value);
    // An address can hold a user and password.
    const shown = value.replace(/\/\/[^/@]*@/, '//***@');
    if (result === undefined) this.problems.push({ key, given: `given "${shown}"`, accepted });
    return result ?? fallback;
  }
}

function wholeNumber(least: number, most: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
}

function seconds(least: number, most: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value * 1000 : undefined;
  };
}

function oneOf<T extends string>(values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text);
}

function baseUrlOf(text: string): string | undefined {
  return /^https?:\/\/[^/?#\s]+\/*$/.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined;
}

/** A host, or `*.` and a domain of at least two labels: `*.com` would let a tenant connect anywhere. */
function hostPatternsOf(text: string): readonly string[] | undefined {
  const patterns = text
    .toLowerCase()
    .split(',')
    .map((pattern) => pattern.trim());
  const isPattern = (pattern: string): boolean =>
    /^(\*\.[a-z0-9-]+\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(pattern) || /^\[[0-9a-f:]+\]$/.test(pattern);
  return patterns.every(isPattern) ? Object.freeze(patterns) : undefined;
}

function httpsUrlOf(text: string): string | undefined {
  return text.startsWith('https://') ? baseUrlOf(text) : undefined;
}

/** A file that is read once, or the word for no TLS at all; the name of the variable is that of the Predix SDKs. */
function predixTlsOf(text: string): Config['predixTls'] {
  if (text === 'none') return 'none';
  try {
    const ca = readFileSync(text, 'utf8');
    return ca.includes('-----BEGIN CERTIFICATE-----') ? Object.freeze({ ca }) : undefined;
  } catch {
    return undefined;
  }
}

const MIB = 1024 * 1024;
/** Where nobody limits the memory, that of the manifest. */
const DEFAULT_MEMORY_BYTES = 512 * MIB;
const LEAST_MEMORY_BYTES = 64_000_000;
const UNITS: Readonly<Record<string, number>> = {
  ...{ '': 1, K: 1e3, M: 1e6, G: 1e9 },
  ...{ Ki: 1024, Mi: MIB, Gi: 1024 * MIB },
};

function constrainedMemory(): number {
  const bytes = process.constrainedMemory();
  // Without a limit, the operating system answers 0 or a number beyond any machine.
  return bytes > LEAST_MEMORY_BYTES && bytes < 1024 ** 4 ? bytes : DEFAULT_MEMORY_BYTES;
}

/** An amount of memory as Kubernetes writes it (manifest, `resources`). */
function memoryOf(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([KMG]i?|)$/.exec(text.trim()) ?? [];
  const bytes = Number(digits) * (UNITS[unit] ?? Number.NaN);
  return bytes >= LEAST_MEMORY_BYTES ? Math.floor(bytes) : undefined;
}

/** The name stands in addresses and as part of names of fragments, where not everything is allowed. */
function copyNameOf(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, '-');
}

/** Cumulocity names a proxy by host and port; elsewhere it is one address. */
function readProxy(reader: Reader): string | undefined {
  const host = reader.optional('PROXY_HTTPS_HOST');
  if (host === undefined) {
    return reader.parsed('HTTPS_PROXY', 'http:// or https:// and a host', undefined, (text) =>
      /^https?:\/\/\S+$/.test(text) && URL.canParse(text) ? text : undefined,
    );
  }
  const port = reader.parsed('PROXY_HTTPS_PORT', 'a port from 1 to 65535', 80, wholeNumber(1, 65535));
  return `http://${host}:${port}`;
}

function readCredentials(reader: Reader, isolation: Config['isolation']): Credentials {
  const prefix = isolation === 'PER_TENANT' ? 'C8Y' : 'C8Y_BOOTSTRAP';
  const accepted = `the value that Cumulocity injects for isolation ${isolation}`;
  return Object.freeze({
    tenant: reader.text(`${prefix}_TENANT`, accepted),
    user: reader.text(`${prefix}_USER`, accepted),
    password: reader.text(`${prefix}_PASSWORD`, accepted),
  });
}

/**
 * Reads and checks the environment.
 * @param environment for example `process.env`
 * @returns a frozen configuration with every default filled in
 * @throws ConfigError naming every missing or malformed variable at once
 */
export function readConfig(environment: Environment): Config {
  const reader = new Reader(environment);
  reader.text('C8Y_BASEURL', 'a URL such as http://cumulocity:8111');
  const isolations = ['MULTI_TENANT', 'PER_TENANT'] as const;
  const isolation = reader.parsed(
    'C8Y_MICROSERVICE_ISOLATION',
    isolations.join(' or '),
    'MULTI_TENANT',
    oneOf(isolations),
  );
  const config: Config = {
    baseUrl: reader.parsed('C8Y_BASEURL', 'http:// or https:// and a host, without a path', '', baseUrlOf),
    isolation,
    credentials: readCredentials(reader, isolation),
    applicationName: reader.text('APPLICATION_NAME', 'the application name', 'event-hubs-forwarder'),
    applicationKey: reader.optional('APPLICATION_KEY'),
    // Kubernetes gives every copy a host name of its own, which stays through a restart of its container.
    copyName: copyNameOf(reader.text('HOSTNAME', 'the name of this copy of the service', hostname())),
    port: reader.parsed('SERVER_PORT', 'a port from 0 (any free one) to 65535', 80, wholeNumber(0, 65535)),
    hubHosts: reader.parsed(
      'HUB_HOSTS',
      'host names or *.domain patterns, separated by commas',
      DEFAULT_HUB_HOSTS,
      hostPatternsOf,
    ),
    tenantPollMs: reader.parsed('TENANT_POLL_SECONDS', 'seconds, 0.1 to 3600', 10_000, seconds(0.1, 3600)),
    optionsPollMs: reader.parsed('OPTIONS_POLL_SECONDS', 'seconds, 0.1 to 3600', 30_000, seconds(0.1, 3600)),
    memoryBytes: reader.parsed(
      'MEMORY_LIMIT',
      'bytes, or a number with K, M, G, Ki, Mi or Gi; at least 64M',
      constrainedMemory(),
      memoryOf,
    ),
    stopMs: reader.parsed('STOP_SECONDS', 'seconds, 0.1 to 300', 10_000, seconds(0.1, 300)),
    logLevel: reader.parsed('LOG_LEVEL', LOG_LEVELS.join(', '), 'info', oneOf(LOG_LEVELS)),
    proxyUrl: readProxy(reader),
    predixTls: reader.parsed(
      'TLS_PEM_FILE',
      'a file that can be read with certificates in PEM, or none',
      undefined,
      predixTlsOf,
    ),
    entraAuthorityHost: reader.parsed('ENTRA_AUTHORITY_HOST', 'https:// and a host', undefined, httpsUrlOf),
  };
  if (reader.problems.length > 0) throw new ConfigError('environment', reader.problems);
  return Object.freeze(config);
}
