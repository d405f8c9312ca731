import { expect, it } from 'vitest';
import { parseConnectionString } from '../../src/destinations/azure-event-hubs/connection-string.js';
import type { ReadingOptions } from '../../src/receive/options.js';
import { parseFrom } from '../../src/receive/start-position.js';
import { consumer, read } from '../simulators/azure-event-hubs/sdk-clients.js';
import { waitUntil } from '../support/wait.js';
import { Collected, HUB, LocalHub } from './local-hub.js';

const SECRET = 'c2VjcmV0LWtleQ';

const RULES = [
  { name: 'Listener', key: SECRET, rights: ['Listen', 'Send'] },
  { name: 'Sender', key: `${SECRET}2`, rights: ['Send'] },
] as const;

/** What reading fails with, at its opening or later. */
async function failure(hub: LocalHub, changes: Partial<ReadingOptions>): Promise<string> {
  try {
    const reader = await Collected.start(hub.options(changes));
    await reader.ended();
  } catch (thrown) {
    const { message } = thrown as Error;
    expect(message).toMatch(/^.+: .+\n {2}accepted: .+\n {2}next: .+$/);
    expect(message).not.toContain(SECRET);
    return message;
  }
  throw new Error('expected a failure');
}

it('names the policy whose key is refused', async () => {
  const hub = await LocalHub.start({ rules: RULES });
  const connection = { ...parseConnectionString(hub.eventHubs.connectionString()), key: `${SECRET}wrong` };
  expect(await failure(hub, { connection })).toContain('refuses the key of "Listener"');
});

it('says that the right "Listen" is missing', async () => {
  const hub = await LocalHub.start({ rules: RULES });
  const connection = parseConnectionString(hub.eventHubs.connectionString({ rule: 'Sender' }));
  const message = await failure(hub, { connection });
  expect(message).toContain('refuses the key of "Sender"');
  expect(message).toContain('a shared access policy with the right "Listen"');
});

it('names a hub or a consumer group that does not exist', async () => {
  const hub = await LocalHub.start({ rules: RULES });
  expect(await failure(hub, { hubName: 'nowhere' })).toContain('has no hub "nowhere"');
  expect(await failure(hub, { consumerGroup: 'nobody' })).toContain('with consumer group "nobody"');
});

it('names a host that cannot be reached', async () => {
  const hub = await LocalHub.start({ rules: RULES });
  const connection = parseConnectionString(
    `Endpoint=sb://localhost:1/;SharedAccessKeyName=a;SharedAccessKey=${SECRET};UseDevelopmentEmulator=true`,
  );
  const message = await failure(hub, { connection });
  expect(message).toContain('localhost:1 cannot be reached');
  expect(message).toContain('--transport websocket');
});

it('lists the partitions that there are', async () => {
  const hub = await LocalHub.start({ rules: RULES });
  const message = await failure(hub, { partitionIds: ['0', '9'] });
  expect(message).toContain('no partition 9');
  expect(message).toContain('accepted: 0, 1');
});

it('says which sequence numbers there are', async () => {
  const hub = await LocalHub.start({ rules: RULES });
  await hub.sendOne({ body: 1 });
  const message = await failure(hub, { from: parseFrom('sequence:5'), partitionIds: ['0'] });
  expect(message).toContain('accepted: on partition 0: 0 to 1');
});

it('says that another program claims the consumer group', async () => {
  const hub = await LocalHub.start({ rules: RULES });
  await hub.sendOne({ body: 1 });
  const exclusive = consumer(hub.eventHubs.connectionString({ hub: HUB }));
  const reading = read(exclusive, '0', { offset: '-1' }, { ownerLevel: 1 });
  await waitUntil('it reads', () => reading.events.length > 0);
  expect(await failure(hub, {})).toContain('another program reads with "$Default"');
});
