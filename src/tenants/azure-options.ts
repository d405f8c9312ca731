/** The options that say which Azure event hub and how to get in; they are checked together. */
import {
  CONNECTION_STRING_FORM,
  type ConnectionString,
  ConnectionStringError,
  credentialOf,
  parseConnectionString,
} from '../destinations/azure-event-hubs/connection-string.js';
import type {
  AzureHubAddress,
  HubCredential,
  Transport,
} from '../destinations/azure-event-hubs/hub-address.js';
import { sasExpiry } from '../destinations/azure-event-hubs/sas.js';
import { isAllowedHost } from '../destinations/hub-address.js';
import { AZURE_OPTIONS, ENTRA_OPTIONS } from './azure-option-rows.js';
import { ENCRYPTED, NOT_DECRYPTED, type Report, type RouteSettings } from './option-row.js';

const NAMESPACE = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(\d{1,5}))?$/;

/** Where a hub is and how to get in, before it is known which hub. */
interface Access {
  readonly host: string;
  readonly port: number | undefined;
  readonly isEmulator: boolean;
  readonly credentials: readonly HubCredential[];
  readonly entityPath: string | undefined;
}

function readConnectionString(
  key: string,
  settings: RouteSettings,
  report: Report,
): ConnectionString | undefined {
  const text = settings[key];
  if (text === undefined) return undefined;
  if (text === ENCRYPTED) {
    report(key, ...NOT_DECRYPTED);
    return undefined;
  }
  try {
    return parseConnectionString(text);
  } catch (thrown) {
    if (!(thrown instanceof ConnectionStringError)) throw thrown;
    report(key, thrown.message, CONNECTION_STRING_FORM);
    return undefined;
  }
}

function readSharedAccess(settings: RouteSettings, report: Report): Access | undefined {
  const [primaryKey, secondaryKey] = [
    'credentials.connectionString',
    'credentials.secondaryConnectionString',
  ] as const;
  const primary = readConnectionString(primaryKey, settings, report);
  const secondary = readConnectionString(secondaryKey, settings, report);
  if (primary === undefined) return undefined;
  const { host, port, entityPath, isEmulator } = primary;
  const isSameHub =
    secondary === undefined || (secondary.host === host && secondary.entityPath === entityPath);
  if (!isSameHub)
    report(secondaryKey, 'given one of another hub', 'another key to the same namespace and hub');
  const credentials = [primary, ...(secondary === undefined ? [] : [secondary])].map(credentialOf);
  return { host, port, isEmulator, entityPath, credentials };
}

function readEntra(settings: RouteSettings, report: Report): Access | undefined {
  const missing = Object.entries(ENTRA_OPTIONS).filter(([key]) => settings[key] === undefined);
  for (const [key, { accepted }] of missing) report(key, 'not set', accepted);
  const [, host, port] = NAMESPACE.exec(settings['namespace']?.trim().toLowerCase() ?? '') ?? [];
  if (missing.length > 0 || host === undefined) return undefined;
  const credential = {
    kind: 'entra',
    tenantId: settings['entraTenantId']?.trim() ?? '',
    clientId: settings['entraClientId']?.trim() ?? '',
    clientSecret: settings['credentials.entraClientSecret'] ?? '',
  } as const;
  if (credential.clientSecret === ENCRYPTED) {
    report('credentials.entraClientSecret', ...NOT_DECRYPTED);
    return undefined;
  }
  const where = { host, port: port === undefined ? undefined : Number(port) };
  return { ...where, isEmulator: false, entityPath: undefined, credentials: [credential] };
}

function readAccess(settings: RouteSettings, report: Report): Access | undefined {
  const hasString = settings['credentials.connectionString'] !== undefined;
  const entraKeys = Object.keys(ENTRA_OPTIONS).filter((key) => settings[key] !== undefined);
  if (hasString && entraKeys.length > 0) {
    const accepted = `either a connection string, or ${Object.keys(ENTRA_OPTIONS).join(', ')}`;
    report('credentials.connectionString', `given together with ${entraKeys.join(', ')}`, accepted);
    return undefined;
  }
  if (entraKeys.length > 0) return readEntra(settings, report);
  if (!hasString) report('credentials.connectionString', 'not set', CONNECTION_STRING_FORM);
  return readSharedAccess(settings, report);
}

function readHubName(
  settings: RouteSettings,
  entityPath: string | undefined,
  report: Report,
): string | undefined {
  const given = settings['hubName'];
  const hubName = AZURE_OPTIONS.hubName.read(given ?? entityPath ?? '');
  // A given name of another form was reported by the schema already.
  if (hubName === undefined && given === undefined) {
    report(
      'hubName',
      entityPath === undefined ? 'not set' : 'the EntityPath is no name of a hub',
      AZURE_OPTIONS.hubName.accepted,
    );
  }
  if (hubName === undefined || entityPath === undefined || entityPath === hubName) return hubName;
  report(
    'hubName',
    `given "${hubName}"`,
    `"${entityPath}", the EntityPath of the connection string, or nothing`,
  );
  return undefined;
}

/**
 * Reads them.
 * @param settings texts of the route's options
 * @param hubHosts the hosts that a hub may have
 * @param report takes each problem
 * @returns `undefined` exactly when a problem was reported, here or by the schema of the single options
 */
export function readAzureAddress(
  settings: RouteSettings,
  hubHosts: readonly string[],
  report: Report,
): AzureHubAddress | undefined {
  const access = readAccess(settings, report);
  if (access === undefined) return undefined;
  const { host, port, isEmulator, credentials, entityPath } = access;
  if (!isAllowedHost(host, hubHosts)) {
    const key = credentials[0]?.kind === 'entra' ? 'namespace' : 'credentials.connectionString';
    report(key, `given the host "${host}"`, `a host of ${hubHosts.join(', ')} (setting HUB_HOSTS)`);
    return undefined;
  }
  const hubName = readHubName(settings, entityPath, report);
  if (hubName === undefined) return undefined;
  const transport: Transport = AZURE_OPTIONS.transport.read(settings['transport'] ?? 'auto') ?? 'auto';
  const partitionCount = AZURE_OPTIONS.partitionCount.read(settings['partitionCount'] ?? '');
  return { kind: 'azure', host, port, hubName, transport, isEmulator, credentials, partitionCount };
}

const DAY_MS = 24 * 60 * 60 * 1000;
const WARN_DAYS = 14;

/**
 * Warns of ready-made signatures that end soon: they are never renewed.
 * @param address whose credentials are looked at
 * @param now milliseconds since 1970
 */
export function expiryWarnings({ credentials }: AzureHubAddress, now: number): readonly string[] {
  return credentials.flatMap((credential) => {
    const expiry = credential.kind === 'signature' ? sasExpiry(credential.signature) : undefined;
    if (expiry === undefined || expiry - now > WARN_DAYS * DAY_MS) return [];
    const when = new Date(expiry).toISOString();
    const verb = expiry > now ? 'expires' : 'has expired';
    return [`the SharedAccessSignature ${verb} at ${when}; set a new one, or a key instead`];
  });
}
