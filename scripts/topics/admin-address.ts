/** Where the admin API of an Event Hub is (Predix contract, sections 12 and 13). */
import { z } from 'zod';
import { usageError } from '../../src/receive/failures.js';
import { bindingText, type GivenConnection } from '../../src/receive/predix/connection.js';

const Credentials = z.object({
  credentials: z.object({
    admin: z.object({ protocol_details: z.array(z.object({ protocol: z.string(), uri: z.string() })) }),
  }),
});

const Services = z.object({ 'predix-event-hub': z.tuple([Credentials]) });

const ACCEPTED = 'a host with or without a port, or an https:// URL; http:// only on this machine';

/**
 * Finds the address.
 * @param admin what was given by itself; it goes before the binding
 * @param isPlain whether an address without a scheme is spoken to in plain text
 * @returns scheme, host and port
 * @throws ReceiveError
 */
export function readAdminUrl(admin: string | undefined, given: GivenConnection, isPlain: boolean): string {
  if (admin !== undefined) return urlOf('--admin', admin, isPlain);
  const found = bindingText(given);
  if (found === undefined) {
    const accepted = `${ACCEPTED}; or a binding that has it (--vcap FILE, VCAP_SERVICES)`;
    throw usageError('--admin', 'not given, and there is no binding', accepted, 'topics');
  }
  const uri = adminUriOf(found.text);
  if (uri !== undefined) return urlOf(found.source, uri, isPlain);
  throw usageError(
    found.source,
    'a binding without an address for admin',
    'another one, or --admin',
    'topics',
  );
}

/** `undefined` when there is none. The text was read as a binding before. */
function adminUriOf(text: string): string | undefined {
  const json: unknown = JSON.parse(text);
  const wrapped = z.object({ VCAP_SERVICES: z.unknown() }).safeParse(json);
  const { data } = Services.safeParse(wrapped.success ? wrapped.data.VCAP_SERVICES : json);
  const details = data?.['predix-event-hub'][0].credentials.admin.protocol_details;
  return details?.find(({ protocol }) => protocol === 'https')?.uri;
}

function urlOf(key: string, text: string, isPlain: boolean): string {
  // Bindings have been seen with a stray colon before the address.
  const address = text.trim().replace(/^:/, '').replace(/\/+$/, '');
  const url = address.includes('://') ? address : `${isPlain ? 'http' : 'https'}://${address}`;
  const isLocal = /^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?$/.test(url);
  const isSecure = /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/.test(url);
  if ((isLocal || isSecure) && URL.canParse(url)) return url;
  throw usageError(key, `given "${text}"`, ACCEPTED, 'topics');
}
