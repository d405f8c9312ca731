/** The options that say which Predix Event Hub and how to get in: those that reading and topics have in common. */
import { readFileSync } from 'node:fs';
import { authUrlOf, type HostAndPort, hostOf } from '../../destinations/predix-event-hub/forms.js';
import type { PredixSettings } from '../../destinations/predix-event-hub/hub-address.js';
import {
  type Binding,
  readVcapServices,
  VcapError,
} from '../../destinations/predix-event-hub/vcap-services.js';
import { reasonOf } from '../../errors.js';
import { usageError } from '../failures.js';
import type { PredixConnection } from './options.js';

/** The options, for `parseArgs`. */
export const CONNECTION_OPTIONS = {
  vcap: { type: 'string' },
  zone: { type: 'string' },
  'auth-url': { type: 'string' },
  'client-id': { type: 'string' },
  'tls-pem': { type: 'string' },
} as const;

/** What was given of them, and by whom. */
export interface GivenConnection {
  readonly values: { readonly [K in keyof typeof CONNECTION_OPTIONS]?: string | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly command: 'receive' | 'topics';
}

const SECRET = 'PREDIX_CLIENT_SECRET';
/** What can stand in a header; the service's library takes a comma for the end of a value. */
const HEADER_VALUE = /^[!-+\--~]{1,256}$/;

/** Text of a binding, with where it comes from. */
export interface GivenBinding {
  readonly source: string;
  readonly text: string;
}

/**
 * The binding of an application, in a file or in the environment.
 * @returns `undefined` when there is none
 * @throws ReceiveError when the file cannot be read
 */
export function bindingText({ values, environment, command }: GivenConnection): GivenBinding | undefined {
  const { vcap: path } = values;
  if (path === undefined) {
    const text = environment['VCAP_SERVICES'] ?? '';
    return text === '' ? undefined : { source: 'VCAP_SERVICES', text };
  }
  const text = readFile('--vcap', path, 'a file with the JSON of VCAP_SERVICES', command);
  return { source: '--vcap', text };
}

/**
 * Reads the binding, if there is one.
 * @throws ReceiveError when it is something else
 */
export function readBinding(given: GivenConnection): Binding | undefined {
  const found = bindingText(given);
  if (found === undefined) return undefined;
  try {
    return readVcapServices(found.text);
  } catch (thrown) {
    if (!(thrown instanceof VcapError)) throw thrown;
    const accepted = 'the JSON of VCAP_SERVICES, with one predix-event-hub and one predix-uaa';
    throw usageError(found.source, `given ${thrown.message}`, accepted, given.command);
  }
}

/**
 * Reads the connection. What is given by itself goes before the binding.
 * @param binding `undefined`: there is none
 * @throws ReceiveError
 */
export function readConnection(given: GivenConnection, binding: Binding | undefined): PredixConnection {
  const { values, command } = given;
  const zoneId = values.zone ?? binding?.zoneId;
  const zoneForm = 'the zone id of the Event Hub, or a binding that has it (--vcap FILE, VCAP_SERVICES)';
  if (zoneId === undefined) throw usageError('--zone', 'not given', zoneForm, command);
  return {
    zoneId: readHeaderValue('--zone', zoneId, zoneForm, command),
    authUrl: readAuthUrl(given, binding),
    clientId: readClientId(given),
    clientSecret: readSecret(given),
    settings: readSettings(given),
  };
}

/**
 * Reads a host, with or without a port.
 * @throws ReceiveError
 */
export function readHost(key: string, text: string, command: GivenConnection['command']): HostAndPort {
  const read = hostOf(text);
  if (read !== undefined) return read;
  const accepted = 'a host, with or without a port, such as event-hub.example.predix.io:443';
  throw usageError(key, `given "${text}"`, accepted, command);
}

/**
 * Reads what goes into a header.
 * @throws ReceiveError
 */
export function readHeaderValue(
  key: string,
  text: string,
  accepted: string,
  command: GivenConnection['command'],
): string {
  if (HEADER_VALUE.test(text)) return text;
  const given = text === '' ? 'given without a value' : 'given a value with other signs';
  throw usageError(key, given, `${accepted}; no spaces, no commas`, command);
}

function readAuthUrl({ values, command }: GivenConnection, binding: Binding | undefined): string {
  const accepted = 'an https:// URL that ends in /oauth/token; http:// only on this machine';
  const given = values['auth-url'];
  const text = given ?? binding?.authUrl;
  if (text === undefined) {
    const what = binding === undefined ? 'not given' : 'not given, and the binding has no predix-uaa';
    throw usageError('--auth-url', what, accepted, command);
  }
  const url = authUrlOf(text);
  if (url !== undefined) return url;
  throw given === undefined
    ? usageError('binding', 'its issuerId has another form', `${accepted}; or --auth-url`, command)
    : usageError('--auth-url', 'given a URL of another form', accepted, command);
}

function readClientId({ values, command }: GivenConnection): string {
  const id = values['client-id'];
  const accepted = 'the id of a client of the UAA';
  if (id === undefined || id === '') throw usageError('--client-id', 'not given', accepted, command);
  return id;
}

function readSecret({ environment, command }: GivenConnection): string {
  const secret = environment[SECRET] ?? '';
  if (secret !== '') return secret;
  const accepted =
    'the secret of the client, as environment variable: every user of a machine sees arguments';
  throw usageError(SECRET, 'not given', accepted, command);
}

/** The name of the variable is that of the Predix SDKs (Predix contract, section 1). */
function readSettings({ values, environment, command }: GivenConnection): PredixSettings {
  const given = values['tls-pem'];
  const key = given === undefined ? 'TLS_PEM_FILE' : '--tls-pem';
  const path = given ?? environment['TLS_PEM_FILE'] ?? '';
  if (given === undefined && path === '') return { predixTls: undefined, proxyUrl: undefined };
  if (path === 'none') return { predixTls: 'none', proxyUrl: undefined };
  const accepted = 'a file with certificates in PEM, or none for plain text';
  const ca = readFile(key, path, accepted, command);
  if (!ca.includes('-----BEGIN CERTIFICATE-----'))
    throw usageError(key, `${path} holds no certificate`, accepted, command);
  return { predixTls: { ca }, proxyUrl: undefined };
}

function readFile(key: string, path: string, accepted: string, command: GivenConnection['command']): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw usageError(key, `"${path}" cannot be read (${reasonOf(thrown)})`, accepted, command);
  }
}
