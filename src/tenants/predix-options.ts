/** The options that say which Predix Event Hub and how to get in; they are checked together. */
import { isAllowedHost } from '../destinations/hub-address.js';
import { authUrlOf, hostOf } from '../destinations/predix-event-hub/forms.js';
import type { PredixHubAddress, PredixProtocol } from '../destinations/predix-event-hub/hub-address.js';
import { type Binding, readVcapServices, VcapError } from '../destinations/predix-event-hub/vcap-services.js';
import { ENCRYPTED, NOT_DECRYPTED, type Report, type RouteSettings } from './option-row.js';
import { PREDIX_OPTIONS } from './predix-option-rows.js';

const VCAP = 'credentials.predix.vcapServices';
const SECRET = 'credentials.predix.clientSecret';

type Key = keyof typeof PREDIX_OPTIONS;

/** A required option; a given one of another form was reported by the schema already. */
function required(key: Key, settings: RouteSettings, report: Report): string | undefined {
  const value = settings[key];
  if (value === undefined) report(key, 'not set', PREDIX_OPTIONS[key].accepted);
  else if (value === ENCRYPTED) report(key, ...NOT_DECRYPTED);
  else return value.trim();
  return undefined;
}

function readBinding(text: string, report: Report): Binding | undefined {
  if (text === ENCRYPTED) {
    report(VCAP, ...NOT_DECRYPTED);
    return undefined;
  }
  try {
    return readVcapServices(text);
  } catch (thrown) {
    if (!(thrown instanceof VcapError)) throw thrown;
    report(VCAP, thrown.message, PREDIX_OPTIONS[VCAP].accepted);
    return undefined;
  }
}

type Place = Pick<PredixHubAddress, 'host' | 'port' | 'webSocketUrl' | 'zoneId' | 'authUrl'>;

function readSingle(settings: RouteSettings, report: Report): Place | undefined {
  const place = hostOf(required('predix.host', settings, report) ?? '');
  const zoneId = required('predix.zoneId', settings, report);
  const authUrl = authUrlOf(required('predix.authUrl', settings, report) ?? '');
  if (place === undefined || zoneId === undefined || authUrl === undefined) return undefined;
  return { ...place, webSocketUrl: undefined, zoneId, authUrl };
}

/** Given by itself, or in the binding. */
function readAuthUrl(settings: RouteSettings, { authUrl }: Binding, report: Report): string | undefined {
  const key = 'predix.authUrl';
  const given = settings[key];
  const { accepted } = PREDIX_OPTIONS[key];
  if (given !== undefined) return authUrlOf(given);
  if (authUrl === undefined) report(key, 'not set, and the binding has no predix-uaa', accepted);
  const read = authUrlOf(authUrl ?? '');
  if (authUrl !== undefined && read === undefined) report(VCAP, 'a binding with another issuerId', accepted);
  return read;
}

function readBound(
  vcap: string,
  settings: RouteSettings,
  protocol: PredixProtocol,
  report: Report,
): Place | undefined {
  const doubled = (['predix.host', 'predix.zoneId'] as const).filter((key) => settings[key] !== undefined);
  for (const key of doubled) report(key, `given together with ${VCAP}`, 'one of them: the binding names it');
  const binding = readBinding(vcap, report);
  if (binding === undefined || doubled.length > 0) return undefined;
  const { zoneId, grpc } = binding;
  const authUrl = readAuthUrl(settings, binding, report);
  const webSocketUrl = protocol === 'websocket' ? binding.webSocketUrl : undefined;
  const authority = webSocketUrl === undefined ? grpc : new URL(webSocketUrl).host;
  const place = protocol === 'websocket' && webSocketUrl === undefined ? undefined : hostOf(authority ?? '');
  if (place === undefined) {
    const accepted = 'one that has it in `publish`, or another predix.protocol';
    report(VCAP, `a binding without an address for ${protocol}`, accepted);
    return undefined;
  }
  return authUrl === undefined ? undefined : { ...place, webSocketUrl, zoneId, authUrl };
}

/**
 * Reads them; see `readHubAddress`.
 * @param settings texts of the route's options
 * @param hubHosts the hosts that a hub and its UAA may have
 * @param report takes each problem
 */
export function readPredixAddress(
  settings: RouteSettings,
  hubHosts: readonly string[],
  report: Report,
): PredixHubAddress | undefined {
  const protocol = PREDIX_OPTIONS['predix.protocol'].read(settings['predix.protocol'] ?? 'grpc');
  const hubName = PREDIX_OPTIONS['predix.topic'].read(settings['predix.topic'] ?? 'topic');
  const vcap = settings[VCAP];
  const place =
    vcap === undefined ? readSingle(settings, report) : readBound(vcap, settings, protocol ?? 'grpc', report);
  const clientId = required('predix.clientId', settings, report);
  const clientSecret = required(SECRET, settings, report) === undefined ? undefined : settings[SECRET];
  if (place === undefined || protocol === undefined || hubName === undefined) return undefined;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  const isFromBinding = vcap !== undefined;
  const hosts = [
    [isFromBinding ? VCAP : 'predix.host', place.host],
    [
      isFromBinding && settings['predix.authUrl'] === undefined ? VCAP : 'predix.authUrl',
      new URL(place.authUrl).hostname,
    ],
  ] as const;
  const refused = hosts.filter(([, host]) => !isAllowedHost(host, hubHosts));
  for (const [key, host] of refused) {
    report(key, `given the host "${host}"`, `a host of ${hubHosts.join(', ')} (setting HUB_HOSTS)`);
  }
  if (refused.length > 0) return undefined;
  return { kind: 'predix', ...place, protocol, hubName, clientId, clientSecret };
}
