/** Opening a hub for reading, and asking what it holds. */
import {
  type CheckpointStore,
  EventHubConsumerClient,
  type EventHubConsumerClientOptions,
} from '@azure/event-hubs';
import { WebSocket } from 'ws';
import { withAbort } from '../abort.js';
import { wait } from '../backoff.js';
import { credentialOf, formatConnectionString } from '../destinations/azure-event-hubs/connection-string.js';
import { type HubNames, hubFailure, ReceiveError } from './failures.js';
import type { ReadingOptions } from './options.js';
import type { PartitionExtent } from './start-position.js';

/** One attempt: this side tries again, and says so. */
const RETRY = { maxRetries: 0, timeoutInMs: 15_000 };

const ANSWER_MS = 20_000;

/** What messages call things. */
export function namesOf({ connection, hubName, consumerGroup }: ReadingOptions): HubNames {
  const { host, port, keyName } = connection;
  return { host: port === undefined ? host : `${host}:${port}`, hubName, consumerGroup, keyName };
}

/**
 * Makes the SDK's client. Nothing is connected yet.
 * @param options which hub, and how
 * @param store keeps checkpoints and ownerships; without one, everything is read and nobody is pushed aside
 */
export function createClient(options: ReadingOptions, store?: CheckpointStore): EventHubConsumerClient {
  const { connection, hubName, consumerGroup, transport, sharing } = options;
  const clientOptions: EventHubConsumerClientOptions = {
    retryOptions: RETRY,
    loadBalancingOptions: {
      // The other strategy takes one partition each time it looks: many would take minutes.
      strategy: 'greedy',
      updateIntervalInMs: sharing.balanceMs,
      partitionOwnershipExpirationIntervalInMs: sharing.expiryMs,
    },
    ...(transport === 'websocket' ? { webSocketOptions: { webSocket: WebSocket } } : {}),
  };
  const text = formatConnectionString(connection, credentialOf(connection));
  return store === undefined
    ? new EventHubConsumerClient(consumerGroup, text, hubName, clientOptions)
    : new EventHubConsumerClient(consumerGroup, text, hubName, store, clientOptions);
}

/**
 * Asks the hub for its partitions and what they hold: also the first proof that host, key and hub are right.
 * @param client of the hub
 * @param options which partitions are wanted
 * @param signal gives up
 * @throws ReceiveError
 */
export async function askForExtents(
  client: EventHubConsumerClient,
  options: ReadingOptions,
  signal: AbortSignal,
): Promise<readonly PartitionExtent[]> {
  const names = namesOf(options);
  return withAbort(signal, async (controller) => {
    const abortSignal = controller.signal;
    // A host that swallows packets gives no error.
    const silence = wait(ANSWER_MS, abortSignal).then(() => controller.abort());
    try {
      const { partitionIds } = await client.getEventHubProperties({ abortSignal });
      const wanted = chosen(partitionIds, options);
      return await Promise.all(wanted.map((id) => client.getPartitionProperties(id, { abortSignal })));
    } catch (thrown) {
      if (thrown instanceof ReceiveError) throw thrown;
      const isSilent = abortSignal.aborted && !signal.aborted;
      throw hubFailure(isSilent ? new Error(`no answer within ${ANSWER_MS / 1000} s`) : thrown, names);
    } finally {
      controller.abort();
      await silence;
    }
  });
}

function chosen(all: readonly string[], { partitionIds, hubName }: ReadingOptions): readonly string[] {
  if (partitionIds.length === 0) return all;
  const unknown = partitionIds.filter((id) => !all.includes(id));
  if (unknown.length === 0) return partitionIds;
  throw new ReceiveError(
    'RECEIVE_FAILED',
    {
      key: '--partition',
      given: `hub "${hubName}" has no partition ${unknown.join(', ')}`,
      accepted: all.join(', '),
    },
    'choose from these, or leave --partition out to read them all',
  );
}
