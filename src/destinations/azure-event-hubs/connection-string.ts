/**
 * Event Hubs connection strings, read strictly: the SDK gets a string that is put together again from the parts
 * that were checked here, so a tenant cannot smuggle a host past the check.
 */

import { type AzureHubAddress, authorityOf, type SharedAccess } from './hub-address.js';

/** The parts of a connection string. */
export interface ConnectionString {
  readonly host: string;
  readonly port: number | undefined;
  readonly keyName: string | undefined;
  readonly key: string | undefined;
  readonly signature: string | undefined;
  readonly entityPath: string | undefined;
  /** Plain AMQP without TLS, as for Microsoft's emulator. */
  readonly isEmulator: boolean;
}

/** What is accepted, for error messages. */
export const CONNECTION_STRING_FORM =
  'Endpoint=sb://<host>/;SharedAccessKeyName=<name>;SharedAccessKey=<key>[;EntityPath=<event hub>], ' +
  'as the Azure portal shows it under "Shared access policies"';

const PARTS = [
  'Endpoint',
  'SharedAccessKeyName',
  'SharedAccessKey',
  'SharedAccessSignature',
  'EntityPath',
  'UseDevelopmentEmulator',
] as const;
type Part = (typeof PARTS)[number];

const ENDPOINT = /^sb:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::(\d{1,5}))?\/?$/i;

/** A whole token, whatever the order of its fields. */
const SIGNATURE = /^SharedAccessSignature (?=.*\bsr=)(?=.*\bsig=)(?=.*\bse=\d)(?=.*\bskn=)\S+$/;

const LARGEST_PORT = 65_535;

/** A name may be shown; a key that was given alone, and ends in "=", looks like one but is longer or has digits. */
function shownName(name: string): string {
  return /^[A-Za-z]{1,30}$/.test(name) ? ` "${name}"` : '';
}

/** A fault of a connection string; the message never holds a value of a key or signature. */
export class ConnectionStringError extends Error {
  override readonly name = 'ConnectionStringError';
}

function partsOf(text: string): Map<Part, string> {
  const parts = new Map<Part, string>();
  for (const each of text.split(';').map((piece) => piece.trim())) {
    if (each === '') continue;
    const equals = each.indexOf('=');
    // Only the name may be shown: without "=" the whole piece could be a key that was cut in two.
    if (equals < 1) throw new ConnectionStringError('given a part without a name and "="');
    const name = each.slice(0, equals);
    const part = PARTS.find((known) => known === name);
    if (part === undefined) throw new ConnectionStringError(`given an unknown part${shownName(name)}`);
    if (parts.has(part)) throw new ConnectionStringError(`given "${part}" twice`);
    parts.set(part, each.slice(equals + 1));
  }
  return parts;
}

/**
 * Reads a connection string.
 * @param text namespace-level or hub-level, with a key or a ready signature
 * @throws ConnectionStringError saying what is wrong, without any secret
 */
export function parseConnectionString(text: string): ConnectionString {
  const parts = partsOf(text);
  const endpoint = parts.get('Endpoint');
  if (endpoint === undefined) throw new ConnectionStringError('given without "Endpoint"');
  const [, host, port] = ENDPOINT.exec(endpoint) ?? [];
  if (host === undefined || Number(port ?? 0) > LARGEST_PORT) {
    throw new ConnectionStringError('given an "Endpoint" that is not sb://<host>/');
  }
  const keyName = parts.get('SharedAccessKeyName') || undefined;
  const key = parts.get('SharedAccessKey') || undefined;
  const signature = parts.get('SharedAccessSignature') || undefined;
  if ((keyName === undefined) !== (key === undefined)) {
    throw new ConnectionStringError('given only one of "SharedAccessKeyName" and "SharedAccessKey"');
  }
  if ((key === undefined) === (signature === undefined)) {
    throw new ConnectionStringError('given without exactly one of a key and "SharedAccessSignature"');
  }
  if (signature !== undefined && !SIGNATURE.test(signature)) {
    throw new ConnectionStringError('given a "SharedAccessSignature" that is not a whole token');
  }
  return {
    host: host.toLowerCase(),
    port: port === undefined ? undefined : Number(port),
    keyName,
    key,
    signature,
    entityPath: parts.get('EntityPath') || undefined,
    isEmulator: parts.get('UseDevelopmentEmulator')?.toLowerCase() === 'true',
  };
}

/**
 * The credential in a connection string.
 * @param parts see {@link parseConnectionString}
 */
export function credentialOf({ keyName, key, signature }: ConnectionString): SharedAccess {
  if (signature !== undefined) return { kind: 'signature', signature };
  return { kind: 'key', keyName: keyName ?? '', key: key ?? '' };
}

/**
 * Puts the connection string of a namespace together again, without `EntityPath`: the hub is named apart.
 * @param where host, port and whether it is an emulator
 * @param credential a key or a ready-made signature
 */
export function formatConnectionString(
  where: Pick<AzureHubAddress, 'host' | 'port' | 'isEmulator'>,
  credential: SharedAccess,
): string {
  const text =
    credential.kind === 'signature'
      ? `SharedAccessSignature=${credential.signature}`
      : `SharedAccessKeyName=${credential.keyName};SharedAccessKey=${credential.key}`;
  const emulator = where.isEmulator ? ';UseDevelopmentEmulator=true' : '';
  return `Endpoint=sb://${authorityOf(where)}/;${text}${emulator}`;
}
