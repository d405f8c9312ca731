import { EventHubBufferedProducerClient } from '@azure/event-hubs';
import { expect, test } from 'vitest';
import { closeAfterTest, retryOptions, startHubs } from './sdk-clients.js';

test('the buffered producer fills all partitions and flushes', async () => {
  const hubs = await startHubs();
  const failures: unknown[] = [];
  const client = new EventHubBufferedProducerClient(hubs.connectionString({ hub: 'telemetry' }), {
    retryOptions,
    maxWaitTimeInMs: 50,
    onSendEventsErrorHandler: async ({ error }) => {
      failures.push(error);
    },
  });
  closeAfterTest(() => client.close({ flush: false }));
  for (let index = 0; index < 40; index++) await client.enqueueEvent({ body: index });
  await client.flush();
  expect(failures).toEqual([]);
  const hub = hubs.hub('telemetry');
  expect(hub.partitionIds.map((id) => hub.partition(id).length)).toEqual([10, 10, 10, 10]);
});

test('an idempotent producer that loses an answer stores its events once', async () => {
  const hubs = await startHubs();
  const failures: unknown[] = [];
  const client = new EventHubBufferedProducerClient(hubs.connectionString({ hub: 'telemetry' }), {
    retryOptions: { maxRetries: 2, retryDelayInMs: 10, timeoutInMs: 700 },
    maxWaitTimeInMs: 10,
    enableIdempotentRetries: true,
    onSendEventsErrorHandler: async ({ error }) => {
      failures.push(error);
    },
  });
  closeAfterTest(() => client.close({ flush: false }));
  const log = hubs.hub('telemetry').partition('1');
  const send = async (body: number) => {
    await client.enqueueEvent({ body }, { partitionId: '1' });
    await client.flush();
  };
  await send(1);
  hubs.faults.cutBeforeAnswer(1);
  await send(2);
  await send(3);
  expect(failures).toEqual([]);
  expect(log.events().map((event) => event.body.toString())).toEqual(['1', '2', '3']);
});
