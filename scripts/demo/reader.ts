/** The independent reader: takes every event out of a hub with Microsoft's client, from the first one on. */
import {
  EventHubConsumerClient,
  type EventPosition,
  earliestEventPosition,
  type SubscribeOptions,
} from '@azure/event-hubs';

/** An event as it stands in a hub. */
export interface ReadEvent {
  readonly body: Buffer;
  /** Application properties. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly partitionId: string;
  readonly sequenceNumber: number;
  /** When the hub took it, in milliseconds since 1970. */
  readonly enqueuedAtMs: number;
  readonly offset: string;
}

/** A reader that is running. */
export interface Reader {
  close(): Promise<void>;
}

/** Where a reader begins, and what it does about failures. */
export interface ReaderOptions {
  /** By partition, the sequence number behind which it begins, -1 for the first; default the first of all. */
  readonly after?: ReadonlyMap<string, number>;
  /** Called for each failure; default none, as the client tries again by itself. */
  readonly onFailure?: () => void;
}

/** The client's own delay of 30 s after a lost connection would be taken for a silence of the service. */
const RETRY = { retryDelayInMs: 100, maxRetries: 5, timeoutInMs: 5000 };

/**
 * Reads a hub.
 * @param connectionString of the namespace
 * @param hubName the hub
 * @param onEvent called with each event, in order per partition
 */
export function readHub(
  connectionString: string,
  hubName: string,
  onEvent: (event: ReadEvent) => void,
  { after = new Map(), onFailure }: ReaderOptions = {},
): Reader {
  const client = new EventHubConsumerClient('$Default', connectionString, hubName, { retryOptions: RETRY });
  const subscription = client.subscribe(
    {
      processEvents: async (events, { partitionId }) => {
        for (const { body, properties = {}, enqueuedTimeUtc, sequenceNumber, offset } of events) {
          const enqueuedAtMs = enqueuedTimeUtc.getTime();
          onEvent({ body: body as Buffer, properties, partitionId, sequenceNumber, enqueuedAtMs, offset });
        }
      },
      // The client tries again by itself; what it never gets, the verdict counts as lost.
      processError: async () => {
        onFailure?.();
      },
    },
    {
      startPosition: startOf(after),
      maxBatchSize: 500,
      // The client waits for a full batch unless told otherwise.
      maxWaitTimeInSeconds: 0.1,
      skipParsingBodyAsJson: true,
    },
  );
  return {
    close: async () => {
      await subscription.close();
      await client.close();
    },
  };
}

function startOf(after: ReadonlyMap<string, number>): NonNullable<SubscribeOptions['startPosition']> {
  if (after.size === 0) return earliestEventPosition;
  const positions = [...after].map(([partitionId, sequenceNumber]): [string, EventPosition] => [
    partitionId,
    sequenceNumber < 0 ? earliestEventPosition : { sequenceNumber, isInclusive: false },
  ]);
  return Object.fromEntries(positions);
}
