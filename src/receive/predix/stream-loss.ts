/** What the end of a stream means for a subscriber (Predix contract, section 15). */
import { type StatusObject, status } from '@grpc/grpc-js';
import type { HostAndPort } from '../../destinations/predix-event-hub/forms.js';
import { ConnectionLoss } from '../../destinations/predix-event-hub/send-failure.js';
import type { PredixReadingOptions } from './options.js';

const LONGEST_TEXT = 300;

/** The SDKs come back after these; CANCELLED is also what a connection that is reset can look like. */
const PASSING: ReadonlySet<status> = new Set([
  status.OK,
  status.UNAVAILABLE,
  status.INTERNAL,
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
]);

/** A host with its port. */
export function placeOf({ host, port = 443 }: HostAndPort): string {
  return `${host}:${port}`;
}

/** The stream has ended with a status. */
export function streamLoss(
  { code, details }: Pick<StatusObject, 'code' | 'details'>,
  { hub }: Pick<PredixReadingOptions, 'hub'>,
): ConnectionLoss {
  const place = placeOf(hub);
  if (code === status.OK)
    return new ConnectionLoss('lost', 'UNAVAILABLE', `${place} has ended the subscription`);
  const name = status[code] ?? String(code);
  const text = `${name}: ${details.slice(0, LONGEST_TEXT)}`;
  const kind = PASSING.has(code) ? 'lost' : 'refused';
  return new ConnectionLoss(kind, name, `${place} does not serve the subscription: ${text}`);
}

/** The connection could not be made. */
export function noConnection({ hub, timing }: PredixReadingOptions): ConnectionLoss {
  const message = `${placeOf(hub)} cannot be reached: no connection within ${timing.dialMs / 1000} s`;
  return new ConnectionLoss('lost', 'UNAVAILABLE', message);
}
