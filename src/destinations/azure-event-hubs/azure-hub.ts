/**
 * An Azure event hub as a destination. Decides which way in is used: of several credentials the next one when the
 * hub refuses the one in use; with `auto`, AMQP over WebSocket when AMQP cannot be reached, and back; a new
 * connection when the one in use gives no answer. It retries nothing: a failed call is the lane's to try again, and
 * finds the other way in then.
 */
import { withAbort } from '../../abort.js';
import type { Batch, Destination } from '../../delivery/destination.js';
import { SendError } from '../../errors.js';
import type { HubEvent } from '../../mapping/hub-event.js';
import { AmqpClient } from './amqp.js';
import type { AzureSettings } from './azure-settings.js';
import { HttpsClient } from './https.js';
import type { AzureHubAddress, OneTransport } from './hub-address.js';
import type { HubClient } from './hub-client.js';
import { partitionIndex } from './partition-hash.js';

type ClientBatch = Pick<Batch, 'tryAdd'>;

/** A batch of the client that was in use when it was made. */
class HubBatch implements Batch {
  readonly client: HubClient;
  readonly inner: ClientBatch;
  readonly #current: () => HubClient;

  constructor(client: HubClient, inner: ClientBatch, current: () => HubClient) {
    this.client = client;
    this.inner = inner;
    this.#current = current;
  }

  get isStale(): boolean {
    return this.client !== this.#current();
  }

  tryAdd(event: HubEvent): boolean {
    return this.inner.tryAdd(event);
  }
}

/** Refusals that another credential may mend. */
const REFUSED = new Set(['UnauthorizedError', 'amqp:unauthorized-access']);

/** Failures that say that the hub was not reached at all, or the network does not let the protocol through. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'OperationTimeoutError',
  'connection-lost',
  'unknown',
]);

/**
 * No answer in time: the connection may be half-open, which the SDK notices after two minutes only, and until then
 * every further call on it would end like this one.
 */
const UNANSWERED = 'OperationTimeoutError';

/** How long the first transport of `auto` has to show that it works, in milliseconds. */
const AUTO_MS = 5000;

function tooSlow(transport: OneTransport, cause: unknown): SendError {
  const message = `the hub was not reached by ${transport} within ${AUTO_MS} ms`;
  return new SendError({ retryable: true, condition: 'ETIMEDOUT', message, cause });
}

/** See the head of this file. */
export class AzureHub implements Destination<HubBatch> {
  readonly #address: AzureHubAddress;
  readonly #settings: AzureSettings;
  #client: HubClient;
  #credential = 0;
  #transport: OneTransport;
  /** Whether the way in has worked; until then a time limit keeps `auto` from waiting for a silent firewall. */
  #isProven = false;

  /**
   * @param address which hub
   * @param settings of the process
   */
  constructor(address: AzureHubAddress, settings: AzureSettings) {
    this.#address = address;
    this.#settings = settings;
    this.#transport = address.transport === 'auto' ? 'amqp' : address.transport;
    this.#client = this.#connect();
  }

  /** What is in use now, for the status. */
  get way(): { readonly transport: OneTransport; readonly credential: 'primary' | 'secondary' } {
    return { transport: this.#transport, credential: this.#credential === 0 ? 'primary' : 'secondary' };
  }

  open(signal: AbortSignal): Promise<readonly string[]> {
    return this.#attempt(signal, (client, limited) => client.open(limited));
  }

  partitionFor(key: string, partitionIds: readonly string[]): string {
    return partitionIds[partitionIndex(key, partitionIds.length)] ?? '';
  }

  createBatch(partitionId: string, signal: AbortSignal): Promise<HubBatch> {
    return this.#attempt(signal, async (client, limited) => {
      const inner = await client.createBatch(partitionId, limited);
      return new HubBatch(client, inner, () => this.#client);
    });
  }

  send(batch: HubBatch, signal: AbortSignal): Promise<void> {
    return this.#attempt(signal, (client, limited) => client.send(batch.inner, limited), batch.client);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #attempt<T>(
    signal: AbortSignal,
    call: (client: HubClient, signal: AbortSignal) => Promise<T>,
    client = this.#client,
  ): Promise<T> {
    return withAbort(signal, async (limit) => {
      const isLimited = this.#address.transport === 'auto' && !this.#isProven;
      const timer = isLimited ? setTimeout(() => limit.abort(), AUTO_MS) : undefined;
      try {
        const result = await call(client, limit.signal);
        this.#isProven = true;
        return result;
      } catch (thrown) {
        const error = limit.signal.aborted && !signal.aborted ? tooSlow(this.#transport, thrown) : thrown;
        if (error instanceof SendError && !signal.aborted) this.#lookForAnotherWay(client, error.condition);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** @param failed the client that failed: several lanes see the same failure, and one change answers all */
  #lookForAnotherWay(failed: HubClient, condition: string): void {
    if (failed !== this.#client) return;
    const { credentials, transport, isEmulator } = this.#address;
    const hasOtherCredential = REFUSED.has(condition) && credentials.length > 1;
    const hasOtherTransport = UNREACHED.has(condition) && transport === 'auto' && !isEmulator;
    if (!hasOtherCredential && !hasOtherTransport && condition !== UNANSWERED) return;
    if (hasOtherCredential) this.#credential = (this.#credential + 1) % credentials.length;
    if (hasOtherTransport) this.#transport = this.#transport === 'amqp' ? 'websocket' : 'amqp';
    this.#isProven = false;
    this.#client = this.#connect();
    void failed.close();
  }

  #connect(): HubClient {
    const credential = this.#address.credentials[this.#credential];
    if (credential === undefined) throw new Error('an address of a hub has at least one credential');
    if (this.#transport === 'https') return new HttpsClient(this.#address, credential, this.#settings);
    const isWebSocket = this.#transport === 'websocket';
    return new AmqpClient({ address: this.#address, credential, isWebSocket, settings: this.#settings });
  }
}
