/**
 * The binding of an application to an Event Hub and its UAA (Predix contract, section 12): what stands in the
 * environment variable VCAP_SERVICES, or what `cf env` prints of it, which is shaped otherwise.
 */
import { z } from 'zod';

/** What a publisher needs of a binding. */
export interface Binding {
  readonly zoneId: string;
  /** Host and port. */
  readonly grpc: string | undefined;
  readonly webSocketUrl: string | undefined;
  /** `undefined`: there is no UAA in it. */
  readonly authUrl: string | undefined;
}

/** A text that is no such binding. The message holds nothing of it. */
export class VcapError extends Error {
  override readonly name = 'VcapError';
}

const Side = z.object({
  protocol_details: z.array(z.object({ protocol: z.string(), uri: z.string() })),
  'zone-http-header-value': z.string().regex(/^[\w.-]+$/),
});

const Services = z.object({
  'predix-event-hub': z.array(z.object({ credentials: z.object({ publish: Side }) })).optional(),
  'predix-uaa': z.array(z.object({ credentials: z.object({ issuerId: z.string() }) })).optional(),
});

function only<T>(what: string, list: readonly T[] | undefined): T | undefined {
  if ((list?.length ?? 0) > 1) throw new VcapError(`a binding with ${list?.length} of ${what}`);
  return list?.[0];
}

const WSS_URL = /^wss:\/\/[^/?#\s@]+(\/[^#\s]*)?$/;
/** Plain text only where nothing leaves the machine. */
const LOCAL_WS_URL = /^ws:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?(\/[^#\s]*)?$/;

/** Bindings have been seen with a stray colon before the address. */
function uriOf({ protocol_details }: z.infer<typeof Side>, protocol: string): string | undefined {
  return protocol_details
    .find((each) => each.protocol === protocol)
    ?.uri.trim()
    .replace(/^:/, '');
}

function webSocketUrlOf(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  const url = uri.includes('://') ? uri : `wss://${uri}`;
  if (!(WSS_URL.test(url) || LOCAL_WS_URL.test(url)) || !URL.canParse(url))
    throw new VcapError('a binding whose address for wss is no URL that begins with wss://');
  return url;
}

/**
 * Reads a binding.
 * @param text JSON
 * @throws VcapError when it is none, or has several of a kind
 */
export function readVcapServices(text: string): Binding {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new VcapError('a text that is not JSON');
  }
  const wrapped = z.object({ VCAP_SERVICES: z.unknown() }).safeParse(json);
  const { data, error } = Services.safeParse(wrapped.success ? wrapped.data.VCAP_SERVICES : json);
  if (data === undefined)
    throw new VcapError(`JSON in which ${error.issues[0]?.path.join('.')} is not as it should be`);
  const publish = only('predix-event-hub', data['predix-event-hub'])?.credentials.publish;
  if (publish === undefined) throw new VcapError('JSON without a predix-event-hub');
  return {
    zoneId: publish['zone-http-header-value'],
    grpc: uriOf(publish, 'grpc'),
    webSocketUrl: webSocketUrlOf(uriOf(publish, 'wss')),
    authUrl: only('predix-uaa', data['predix-uaa'])?.credentials.issuerId,
  };
}
