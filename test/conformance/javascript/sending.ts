/** Sending, and the properties of the hub. */
import { type Check, expect, expectFailure } from './checks.js';
import { connectionString, hub, impatientProducer, key, order, producer, withKey } from './world.js';

/** The checks of this file. */
export const sendingChecks: readonly Check[] = [
  { name: 'hub properties', run: hubProperties },
  { name: 'batch', run: batch },
  { name: 'partition key', run: partitionKey },
  { name: 'partition id', run: partitionId },
  { name: 'oversize', run: oversize },
  { name: 'throttle', run: throttle },
  { name: 'missing hub', run: missingHub },
];

async function hubProperties(): Promise<void> {
  const { name, partitionIds } = await producer().getEventHubProperties();
  expect(name === hub, `name is ${name}`);
  expect(partitionIds.join() === '0,1,2,3', `partitions are ${partitionIds.join()}`);
}

async function batch(): Promise<void> {
  const client = producer();
  const events = await client.createBatch();
  for (let index = 0; index < 10; index++) expect(events.tryAdd({ body: { index } }), 'the batch is full');
  await client.sendBatch(events);
}

async function partitionKey(): Promise<void> {
  const client = producer();
  const before = await stored();
  for (const index of [1, 2, 3]) await client.sendBatch([{ body: index }], { partitionKey: 'device' });
  const after = await stored();
  const grown = after.filter((count, id) => count !== before[id]).length;
  expect(grown === 1, `one key went to ${grown} partitions`);
}

async function stored(): Promise<number[]> {
  const client = producer();
  const ids = ['0', '1', '2', '3'];
  const all = await Promise.all(ids.map((id) => client.getPartitionProperties(id)));
  return all.map(({ lastEnqueuedSequenceNumber }) => lastEnqueuedSequenceNumber + 1);
}

async function partitionId(): Promise<void> {
  const client = producer();
  const before = await client.getPartitionProperties('0');
  await client.sendBatch([{ body: 'a' }, { body: 'b' }], { partitionId: '0' });
  const { lastEnqueuedSequenceNumber, isEmpty, lastEnqueuedOffset } =
    await client.getPartitionProperties('0');
  const added = lastEnqueuedSequenceNumber - before.lastEnqueuedSequenceNumber;
  expect(added === 2, `${added} events were added`);
  expect(!isEmpty && lastEnqueuedOffset !== '-1', 'the partition counts as empty');
}

async function oversize(): Promise<void> {
  const client = producer();
  const events = await client.createBatch();
  expect(!events.tryAdd({ body: Buffer.alloc(2_000_000) }), 'the batch took it');
  await expectFailure(client.sendBatch([{ body: Buffer.alloc(2_000_000) }]), /MessageTooLargeError/);
}

async function throttle(): Promise<void> {
  await order('fault/busy/2');
  await producer().sendBatch([{ body: 'after two refusals' }]);
}

async function missingHub(): Promise<void> {
  const client = impatientProducer(connectionString(withKey(key), 'nowhere'));
  await expectFailure(client.sendBatch([{ body: 1 }]), /MessagingEntityNotFoundError/);
}
