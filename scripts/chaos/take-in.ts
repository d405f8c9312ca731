/** Takes apart what the reader brings and enters it in the ledger. */
import { observeFlatEvent } from '../demo/observation.js';
import type { ReadEvent } from '../demo/reader.js';
import type { Ledger } from './ledger.js';

/** A pointer event says in this property why it stands for another one. */
const REJECTED = 'rejected';
/** What was brought over REST afterwards has this property. */
const REPLAYED = 'replayed';

/**
 * Enters one event.
 * @param tenant whose hub it stands in
 * @param atMs when it was read, on the clock of the ledger
 */
export function takeIn(ledger: Ledger, event: ReadEvent, tenant: string, atMs: number): void {
  const { body, properties, partitionId, enqueuedAtMs, offset } = event;
  if (properties[REJECTED] !== undefined) {
    const { messageId, rejected } = JSON.parse(body.toString()) as {
      readonly messageId: string;
      readonly rejected: { readonly self?: string };
    };
    ledger.pointed({ tenant, messageId, self: rejected.self }, atMs);
    return;
  }
  const observation = observeFlatEvent(body, tenant);
  const { messageId } = observation;
  // HTTPS knows no booleans among the properties.
  const isReplayed = String(properties[REPLAYED]) === 'true';
  ledger.read({ observation, atMs, partitionId, enqueuedAtMs, offset, messageId, isReplayed });
}
