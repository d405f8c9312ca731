/**
 * Reads an event hub from its first event on and prints each event once, as a line of JSON; see README.md.
 * Replace `print` by what is to be done with an event.
 */
import process from 'node:process';
import { gunzipSync } from 'node:zlib';
import { EventHubConsumerClient, earliestEventPosition, type ReceivedEventData } from '@azure/event-hubs';
import { FirstCopies } from './first-copies.js';
import { readSettings, type Settings } from './settings.js';

/** Over HTTPS, where an event has no message id of its own, the forwarder sends it as a property. */
function messageIdOf({ messageId, properties }: ReceivedEventData): string | undefined {
  const id = messageId ?? properties?.['messageId'];
  return id === undefined ? undefined : String(id);
}

/** With the option `contentEncoding`, a body that is too large for the hub otherwise comes packed. */
function bodyOf({ body, properties }: ReceivedEventData): unknown {
  if (properties?.['contentEncoding'] !== 'gzip' || !Buffer.isBuffer(body)) return body;
  return JSON.parse(gunzipSync(body).toString());
}

function print(partition: string, event: ReceivedEventData): void {
  const { sequenceNumber, properties } = event;
  const { tenant, api, source, action, rejected } = properties ?? {};
  const messageId = messageIdOf(event);
  const body = bodyOf(event);
  const line = { partition, sequenceNumber, messageId, tenant, api, source, action, rejected, body };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * Fails at once when the hub cannot be read. A subscription would try again without an end and, with a wrong key,
 * say nothing for minutes.
 */
async function checkAccess({ consumerGroup, connectionString, hubName }: Settings): Promise<void> {
  const retryOptions = { maxRetries: 0, timeoutInMs: 10_000 };
  const client = new EventHubConsumerClient(consumerGroup, connectionString, hubName, { retryOptions });
  await client.getPartitionIds().finally(() => client.close());
}

async function read({ connectionString, hubName, consumerGroup, maxEvents }: Settings): Promise<void> {
  const client = new EventHubConsumerClient(consumerGroup, connectionString, hubName);
  const firstCopies = new FirstCopies();
  let events = 0;
  let repeats = 0;
  await new Promise<void>((resolve) => {
    client.subscribe(
      {
        processEvents: async (batch, { partitionId }) => {
          for (const event of batch) {
            if (events === maxEvents) return;
            events++;
            if (firstCopies.isFirst(messageIdOf(event))) print(partitionId, event);
            else repeats++;
          }
          if (events === maxEvents) resolve();
        },
        processError: async (error) => {
          // The client tries again by itself.
          process.stderr.write(`${error.message}\n`);
        },
      },
      // Without a short wait the client holds events back until a batch is full or a minute has passed.
      { startPosition: earliestEventPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1 },
    );
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  }).finally(() => client.close());
  process.stderr.write(`${JSON.stringify({ read: events, repeats })}\n`);
}

try {
  // biome-ignore lint/style/noProcessEnv: a program of its own, which has no other configuration.
  const settings = readSettings(process.env);
  await checkAccess(settings);
  await read(settings);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
