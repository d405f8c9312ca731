import { RestError } from './http/rest-error.js';
import type { Change } from './notifications/publisher.js';
import type { TenantState } from './tenant-state.js';

/**
 * Publishes changes that are already stored.
 *
 * @throws RestError 500 when the backlog of a topic is full: the request fails although the data is there, so a
 * blind retry stores it twice. Error name and text are not documented.
 */
export function publishAll(tenant: TenantState, changes: readonly Change[]): void {
  let accepted = true;
  for (const change of changes) accepted = tenant.publisher.publish(change) && accepted;
  if (accepted) return;
  throw new RestError(
    500,
    'general/Internal Error',
    'Notification could not be published: backlog quota exceeded.',
  );
}

/** The DELETE change of an object: only its id is told. */
export function deletion(api: Change['api'], id: string, source: string, type: string | undefined): Change {
  const document = { id };
  return { api, action: 'DELETE', source, type, document, json: JSON.stringify(document) };
}
