/**
 * An Azure Function (Node.js, programming model v4) that stores each event once.
 *
 * It remembers nothing: functions come and go, and run several at a time. Instead the id of the document is the
 * event's `messageId`, so that a repeat replaces the document by the same one.
 */
import { app, type InvocationContext, output } from '@azure/functions';

const documents = output.cosmosDB({
  connection: 'COSMOS_CONNECTION_STRING',
  databaseName: 'cumulocity',
  containerName: 'events',
  createIfNotExists: false,
});

async function storeEvents(batch: unknown, context: InvocationContext): Promise<void> {
  const events = batch as { id?: string; messageId: string }[];
  context.extraOutputs.set(
    documents,
    events.map((event) => ({ ...event, id: event.messageId, objectId: event.id })),
  );
}

app.eventHub('storeEvents', {
  connection: 'EVENTHUB_CONNECTION_STRING',
  eventHubName: '%EVENTHUB_NAME%',
  consumerGroup: 'functions',
  cardinality: 'many',
  extraOutputs: [documents],
  handler: storeEvents,
});
