import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { EventLedger } from './event-ledger.js';
import { Harness, TOPIC } from './harness.js';
import { startOver, type TestedTransport, wayOver } from './transports.js';

/** What the hub refuses to take, wherever it stands in an event. */
const UNWANTED = 'c8y_Unwanted';

interface World {
  readonly harness: Harness;
  readonly ledger: EventLedger;
}

/** A tenant whose hub refuses whatever has the unwanted fragment, and whose dead-letter hub is called `dead`. */
async function startTenant(
  options: Readonly<Record<string, string>> = {},
  transport: TestedTransport = 'amqp',
): Promise<World> {
  const harness = await startOver(transport);
  const way = wayOver(harness, transport, 't1');
  await harness.startWithTenant('t1', { deadLetterHubName: 'dead', ...way, ...options });
  harness.eventHubs.faults.refuseEvents('t1', (encoded) => encoded.includes(UNWANTED));
  return { harness, ledger: new EventLedger(harness, 't1') };
}

/** Each device sends some events, of which every third is refused for good. Returns the ids of those. */
async function sendSome({ harness, ledger }: World, rounds = 4): Promise<readonly string[]> {
  const refused: string[] = [];
  await Promise.all(
    harness.devices('t1').map(async (device) => {
      for (let round = 0; round < rounds; round++) {
        await ledger.send(device, 100);
        refused.push(await ledger.send(device, 100, { [UNWANTED]: true }));
        await ledger.send(device, 100);
      }
    }),
  );
  return refused;
}

async function untilSettled({ harness, ledger }: World): Promise<void> {
  const topic = (): number | undefined => harness.cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged;
  await waitUntil('all is acknowledged', () => topic() === 0);
  expect(ledger.foundByDevice()).toEqual(ledger.sent);
}

describe('events that the hub refuses for good', () => {
  it('are whole in the dead-letter hub, in order per device, and pointers in their places say so', async () => {
    const world = await startTenant();
    const { harness, ledger } = world;
    harness.eventHubs.addHub({ name: 'dead', partitionCount: 2 });
    expect(harness.eventHubs.connections()).toBe(1);
    const refused = await sendSome(world);
    await untilSettled(world);

    const dead = ledger.found('dead');
    expect(dead.map(({ id }) => id).sort()).toEqual([...refused].sort());
    for (const { body, properties } of dead) {
      expect(body).toHaveProperty(UNWANTED, true);
      expect(properties).toMatchObject({ rejected: 'ArgumentError', rejectedBy: 't1' });
    }
    const pointers = ledger.found().filter(({ properties }) => 'rejected' in properties);
    expect(pointers.map(({ messageId }) => messageId).sort()).toEqual(
      dead.map(({ messageId }) => messageId).sort(),
    );
    for (const { body } of pointers) expect(body['rejected']).toMatchObject({ deadLetterHub: 'dead' });
    for (const [device, ids] of ledger.foundByDevice('dead')) {
      expect(ids).toEqual(ledger.sent.get(device)?.filter((id) => refused.includes(id)));
    }
    const { rejected, deadLettered, deadLetterFailures } = harness.route('t1').counts;
    expect({ rejected, deadLettered, deadLetterFailures }).toEqual({
      rejected: { ArgumentError: refused.length },
      deadLettered: refused.length,
      deadLetterFailures: 0,
    });
    // A connection of its own, opened when it was needed, and closed with the route.
    expect(harness.eventHubs.connections()).toBe(2);
    await harness.stopService();
    await waitUntil('both are closed', () => harness.eventHubs.connections() === 0);
  });

  it('are there over HTTPS as well, also where only the hub’s own number of partitions is known', async () => {
    const world = await startTenant({ partitionCount: '4' }, 'https');
    const { harness, ledger } = world;
    harness.eventHubs.addHub({ name: 'dead', partitionCount: 2 });
    const refused = await sendSome(world, 1);
    await untilSettled(world);

    const dead = ledger.found('dead');
    expect(dead.map(({ id }) => id).sort()).toEqual([...refused].sort());
    expect(new Set(dead.map(({ partitionId }) => partitionId))).toEqual(new Set(['0']));
    expect(dead[0]?.properties).toMatchObject({ rejected: 'ArgumentError', rejectedBy: 't1' });
  });

  it('leave pointers alone where there is no dead-letter hub, and go there once there is one', async () => {
    const world = await startTenant();
    const { harness, ledger } = world;
    const refused = await sendSome(world);
    await untilSettled(world);

    const pointers = ledger.found().filter(({ properties }) => 'rejected' in properties);
    expect(pointers).toHaveLength(refused.length);
    for (const { properties } of pointers) {
      expect(properties).toMatchObject({ deadLetterFailure: 'MessagingEntityNotFoundError' });
    }
    expect(harness.route('t1').counts).toMatchObject({
      deadLettered: 0,
      deadLetterFailures: refused.length,
      failedAttempts: 0,
    });
    const warnings = harness.log.messages('warn').filter((message) => message.startsWith('dead-letter hub'));
    expect(warnings).toHaveLength(1);

    harness.eventHubs.addHub({ name: 'dead', partitionCount: 2 });
    const sendOneMore = async (): Promise<boolean> => {
      await ledger.send(harness.device('t1'), 100, { [UNWANTED]: true });
      await untilSettled(world);
      return harness.route('t1').counts.deadLettered > 0;
    };
    await waitUntil('an event is in the dead-letter hub', sendOneMore);
    expect(harness.log.messages('info')).toContain('dead-letter hub takes events again');
  });

  it('leave pointers alone where there is no option for a dead-letter hub', async () => {
    const world = await startTenant({ deadLetterHubName: '' });
    const refused = await sendSome(world, 1);
    await untilSettled(world);
    const pointers = world.ledger.found().filter(({ properties }) => 'rejected' in properties);
    expect(pointers).toHaveLength(refused.length);
    for (const { properties } of pointers) expect(Object.keys(properties).join()).not.toContain('deadLetter');
  });
});

it('an event that is too large for the dead-letter hub, too, leaves a pointer alone, and nothing is counted as failed', async () => {
  const world = await startTenant();
  const { harness, ledger } = world;
  harness.eventHubs.addHub({ name: 'dead', partitionCount: 2 });
  await ledger.send(harness.device('t1'), 1.1 * 1024 * 1024);
  await untilSettled(world);
  expect(ledger.found('dead')).toEqual([]);
  expect(harness.route('t1').counts).toMatchObject({
    rejected: { 'message-size-exceeded': 1 },
    deadLettered: 0,
    deadLetterFailures: 0,
  });
});

it('the dead-letter hub is reached with a new key as soon as the hub is', async () => {
  const rules = ['first', 'second'].map((name) => ({
    name,
    key: `key of ${name}`,
    rights: ['Send' as const],
  }));
  const harness = await Harness.start({}, { rules });
  const policy = (rule: string): Record<string, string> => ({
    'credentials.connectionString': harness.eventHubs.connectionString({ rule, hub: 't1' }),
  });
  await harness.startWithTenant('t1', { deadLetterHubName: 'dead', ...policy('first') });
  harness.eventHubs.addHub({ name: 'dead', partitionCount: 2 });
  harness.eventHubs.faults.refuseEvents('t1', (encoded) => encoded.includes(UNWANTED));
  const world = { harness, ledger: new EventLedger(harness, 't1') };
  const before = await sendSome(world, 1);
  await untilSettled(world);
  harness.cumulocity.setOptions('t1', policy('second'));
  await waitUntil('the new key is in use', () =>
    harness.log.messages('info').includes('connected anew to the event hub'),
  );
  harness.eventHubs.rotateKey('first');
  harness.eventHubs.faults.cutConnections();
  const after = await sendSome(world, 1);
  await untilSettled(world);
  expect(harness.route('t1').counts).toMatchObject({
    deadLettered: before.length + after.length,
    deadLetterFailures: 0,
  });
});
