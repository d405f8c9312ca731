/** Twenty tenants, one of them in trouble: the others get everything at once, and nothing of theirs is tried twice. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { LocalEventHubs } from '../simulators/azure-event-hubs/local-event-hubs.js';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, TOPIC } from './harness.js';

const VICTIM = 'victim';
const NEIGHBOURS = Array.from({ length: 19 }, (_, at) => `t${at + 1}`);
const HUB = 'own';
const IN_A_ROUND = 20;
const ROUNDS = 2;
const SENT_AT_ONCE = NEIGHBOURS.length * ROUNDS * IN_A_ROUND;
const MAX_MESSAGE_BYTES = 16 * 1024;
const OVERSIZE_BYTES = 2 * MAX_MESSAGE_BYTES;

/** The tenants, with a namespace that is the victim's alone. */
interface Scene {
  readonly harness: Harness;
  readonly hubs: LocalEventHubs;
}

/** What the victim suffers. Returns what ends it. */
type Trouble = (scene: Scene) => Promise<() => Promise<void>>;

/** Starts the service for all tenants, each with a consumer that is open. */
async function startScene(): Promise<Scene> {
  const harness = await Harness.start();
  const hubs = await LocalEventHubs.start({
    hubs: [{ name: HUB, partitionCount: 4 }],
    maxMessageBytes: MAX_MESSAGE_BYTES,
  });
  onTestFinished(() => hubs.stop());
  for (const id of NEIGHBOURS) harness.addTenant(id);
  // Its hub is not one of those that the harness compares with.
  harness.ignoreTenant(VICTIM);
  harness.addTenant(VICTIM, { 'credentials.connectionString': hubs.connectionString({ hub: HUB }) });
  for (const id of [...NEIGHBOURS, VICTIM]) harness.cumulocity.subscribeTenant(id);
  await harness.startService();
  for (const id of [...NEIGHBOURS, VICTIM]) await harness.untilForwarding(id);
  return { harness, hubs };
}

/** Sends for all neighbours at the same time, and waits until all of it is in their hubs and acknowledged. */
async function sendAndDeliver({ harness }: Scene): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(NEIGHBOURS.map((id) => harness.send(id, IN_A_ROUND)));
  }
  await waitUntil('everything of the neighbours is in their hubs', () => harness.received === harness.sent);
  for (const id of NEIGHBOURS) {
    const topic = (): number | undefined => harness.cumulocity.tenant(id).topic(TOPIC)?.unacknowledged;
    await waitUntil(`everything of ${id} is acknowledged`, () => topic() === 0);
  }
}

/** Sends an event that is too large, again and again, until it is told to end. */
function sendOversize({ harness }: Scene): () => Promise<void> {
  let isOver = false;
  const send = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const event = { source: { id: harness.device(VICTIM, turn) }, type: 'c8y_Log' };
      const time = new Date().toISOString();
      await harness.post(VICTIM, '/event/events', { ...event, time, text: 'x'.repeat(OVERSIZE_BYTES) });
    }
  };
  const sending = send();
  return () => {
    isOver = true;
    return sending;
  };
}

const deadHub: Trouble = async ({ harness, hubs }) => {
  await hubs.faults.pauseListening();
  await harness.send(VICTIM, IN_A_ROUND);
  await waitUntil('it is stuck', () => harness.route(VICTIM).destination.failure !== undefined);
  return () => hubs.faults.resumeListening();
};

const wrongKey: Trouble = async ({ harness, hubs }) => {
  hubs.rotateKey('RootManageSharedAccessKey');
  hubs.faults.cutSenders();
  await harness.send(VICTIM, IN_A_ROUND);
  await waitUntil('it is stuck', () => harness.route(VICTIM).destination.failure !== undefined);
  return async () => {
    const connectionString = hubs.connectionString({ hub: HUB });
    harness.cumulocity.setOptions(VICTIM, { 'credentials.connectionString': connectionString });
  };
};

const endlessOversize: Trouble = async (scene) => {
  const end = sendOversize(scene);
  await waitUntil('pointers are in the hub', () => scene.hubs.hub(HUB).eventCount >= IN_A_ROUND);
  return end;
};

/** What a neighbour must not notice: no attempt that failed, no copy, one connection. */
function disturbances({ harness }: Scene): readonly string[] {
  return NEIGHBOURS.flatMap((id) => {
    const { counts, consumer, destination } = harness.route(id);
    const own = harness.log.lines.filter(({ fields }) => fields['tenant'] === id);
    const connected = own.filter(({ message }) => message === 'consumer connected').length;
    const found = {
      failedAttempts: counts.failedAttempts,
      repeated: counts.repeated,
      unsent: counts.received - counts.sent,
      notOpen: Number(consumer.state !== 'open' || !destination.isOpen),
      connectedAgain: connected - 1,
      complaints: own.filter(({ level }) => level === 'warn' || level === 'error').length,
    };
    return Object.entries(found).flatMap(([what, count]) => (count === 0 ? [] : [`${id}: ${what} ${count}`]));
  });
}

describe.each<[string, Trouble]>([
  ['whose hub is dead', deadHub],
  ['whose key is wrong', wrongKey],
  ['that sends events without end that are too large for its hub', endlessOversize],
])('a tenant %s', (_name, trouble) => {
  it('is not noticed by nineteen others, and gets all of its own when it is over', async () => {
    const scene = await startScene();
    const { harness, hubs } = scene;
    await sendAndDeliver(scene);
    const end = await trouble(scene);
    await sendAndDeliver(scene);
    const left = harness.cumulocity.tenant(VICTIM).topic(TOPIC)?.unacknowledged ?? 0;
    const { counts, destination } = harness.route(VICTIM);
    // Without trouble that lasts until here, nothing would be proven.
    expect(left > 0 && destination.failure !== undefined).toBe(trouble !== endlessOversize);
    expect((counts.rejected['message-size-exceeded'] ?? 0) > 0).toBe(trouble === endlessOversize);

    await end();
    await sendAndDeliver(scene);
    expect(await harness.untilDelivered()).toMatchObject({ sent: 3 * SENT_AT_ONCE, ...FLAWLESS });
    expect(disturbances(scene)).toEqual([]);
    expect(hubs.hub(HUB).eventCount).toBeGreaterThanOrEqual(IN_A_ROUND);
  });
});
