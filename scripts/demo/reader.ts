/** The independent reader: takes every event out of a hub with Microsoft's client, from the first one on. */
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';

/** A reader that is running. */
export interface Reader {
  close(): Promise<void>;
}

/** The client's own delay of 30 s after a lost connection would be taken for a silence of the service. */
const RETRY = { retryDelayInMs: 100, maxRetries: 5, timeoutInMs: 5000 };

/**
 * Reads a hub.
 * @param connectionString of the namespace
 * @param hubName the hub
 * @param onEvent called with the body of each event, in order per partition
 */
export function readHub(connectionString: string, hubName: string, onEvent: (body: Buffer) => void): Reader {
  const client = new EventHubConsumerClient('$Default', connectionString, hubName, { retryOptions: RETRY });
  const subscription = client.subscribe(
    {
      processEvents: async (events) => {
        for (const { body } of events) onEvent(body as Buffer);
      },
      // The client tries again by itself; what it never gets, the verdict counts as lost.
      processError: async () => undefined,
    },
    {
      startPosition: earliestEventPosition,
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
