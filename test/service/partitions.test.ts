import { describe, expect, it } from 'vitest';
import { emittedObservation, observeFlatEvent } from '../../scripts/demo/observation.js';
import { Comparison } from '../../scripts/demo/verdict.js';
import { partitionIndex } from '../../src/destinations/azure-event-hubs/partition-hash.js';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, type Harness, TOPIC } from './harness.js';
import { startOver, type TestedTransport, wayOver } from './transports.js';

const HOUR_MS = 3_600_000;
/** Asked again after failures only. */
const AFTER_FAILURES = { partitionWatch: { everyMs: HOUR_MS, soonestMs: 20 } };
const OFTEN = { partitionWatch: { everyMs: 100, soonestMs: 20 } };

async function startTenant(
  transport: TestedTransport,
  timing: Parameters<Harness['startService']>[1],
  options: Readonly<Record<string, string>> = {},
): Promise<Harness> {
  const harness = await startOver(transport);
  harness.addTenant('t1', { ...wayOver(harness, transport, 't1'), ...options });
  harness.cumulocity.subscribeTenant('t1');
  await harness.startService({}, timing);
  await harness.untilForwarding('t1');
  return harness;
}

const untilAcknowledged = ({ cumulocity }: Harness): Promise<void> =>
  waitUntil('all is acknowledged', () => cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged === 0);

const untilPartitionsAre = (harness: Harness, count: number): Promise<void> =>
  waitUntil(`${count} partitions are known`, () => harness.route('t1').destination.partitions === count);

/** Sends until something is done, and a little more behind it. */
async function sendWhile(harness: Harness, act: Promise<void>): Promise<void> {
  let isDone = false;
  const acted = act.then(() => {
    isDone = true;
  });
  while (!isDone) await harness.send('t1', 40);
  await acted;
  await harness.send('t1', 200);
}

/** Compares what a hub holds, and nothing that went elsewhere, with what was emitted. */
function comparisonOf(harness: Harness): Comparison {
  const comparison = new Comparison();
  harness.cumulocity.onPublished((notification) => comparison.emitted(emittedObservation(notification)));
  return comparison;
}

function readHub({ eventHubs }: Harness, comparison: Comparison): void {
  eventHubs.hub('t1').onAppended((events) => {
    for (const { body } of events) comparison.read(observeFlatEvent(body, 't1'));
  });
}

/** By source, the partition that its latest event went to; kept up to date. */
function watchPartitions({ eventHubs }: Harness): ReadonlyMap<string, string> {
  const latest = new Map<string, string>();
  eventHubs.hub('t1').onAppended((events, partitionId) => {
    for (const { properties } of events) latest.set(String(properties['source']), partitionId);
  });
  return latest;
}

describe.each<[TestedTransport]>([['amqp'], ['https']])('over %s', (transport) => {
  it.each([
    [4, 2],
    [4, 8],
  ])(
    'a hub of %i partitions that is made again with %i under load gets what is left, in order',
    async (_before, now) => {
      const harness = await startTenant(transport, AFTER_FAILURES);
      await harness.send('t1', 200);
      await harness.untilDelivered();
      const comparison = comparisonOf(harness);
      harness.eventHubs.removeHub('t1');
      await harness.send('t1', 200);
      await waitUntil('the failure is shown', () => harness.route('t1').destination.failure !== undefined);
      harness.addHub('t1', now);
      readHub(harness, comparison);
      await sendWhile(harness, untilPartitionsAre(harness, now));
      await untilAcknowledged(harness);

      const { outOfOrder, unknown, repeatedUnderAnotherId, received } = comparison.verdict();
      expect({ outOfOrder, unknown, repeatedUnderAnotherId }).toEqual({
        outOfOrder: 0,
        unknown: 0,
        repeatedUnderAnotherId: 0,
      });
      expect(received).toBe(comparison.sent);
      const verdict = await harness.untilDelivered();
      expect(verdict).toMatchObject({ ...FLAWLESS, duplicated: verdict.duplicated });
      expect(harness.route('t1').destination).toMatchObject({ isOpen: true, failure: undefined });
      expect(harness.log.messages('info')).toContain('event hub has other partitions than before');
    },
  );

  it.each([[2], [8]])(
    'a hub that is made again at once with %i partitions, in mid-send, keeps order',
    async (now) => {
      const harness = await startTenant(transport, OFTEN);
      await harness.send('t1', 200);
      await harness.untilDelivered();
      const sending = sendWhile(harness, untilPartitionsAre(harness, now));
      await waitUntil('the load is on', () => harness.received > 400);
      harness.remakeHub('t1', now);
      const comparison = comparisonOf(harness);
      readHub(harness, comparison);
      await sending;
      await untilAcknowledged(harness);

      // What was emitted before and is in the new hub is unknown to this comparison.
      expect(comparison.verdict()).toMatchObject({ outOfOrder: 0, repeatedUnderAnotherId: 0, lost: 0 });
      const verdict = await harness.untilDelivered();
      expect(verdict).toMatchObject({ ...FLAWLESS, duplicated: verdict.duplicated });
    },
  );

  it('a hub that is given more partitions under load has them used, without a failure, loss or repeat', async () => {
    const harness = await startTenant(transport, OFTEN);
    await harness.send('t1', 200);
    await harness.untilDelivered();
    const latest = watchPartitions(harness);
    harness.eventHubs.hub('t1').grow(8);
    await sendWhile(harness, untilPartitionsAre(harness, 8));

    const verdict = await harness.untilDelivered();
    expect(verdict).toMatchObject(FLAWLESS);
    expect(harness.route('t1').counts.failedAttempts).toBe(0);
    const expected = harness.devices('t1').map((id) => [id, String(partitionIndex(id, 8))] as const);
    expect(latest).toEqual(new Map(expected));
    expect(Math.max(...[...latest.values()].map(Number))).toBeGreaterThanOrEqual(4);
  });
});

describe('over HTTPS, with the number of partitions as an option', () => {
  it('that number is kept, whatever the hub has, until the option is changed under load', async () => {
    const harness = await startTenant('https', OFTEN, { partitionCount: '2' });
    await harness.send('t1', 200);
    await harness.untilDelivered();
    const latest = watchPartitions(harness);
    await harness.send('t1', 200);
    await harness.untilDelivered();
    expect(harness.route('t1').destination.partitions).toBe(2);
    expect(new Set(latest.values())).toEqual(new Set(['0', '1']));

    harness.cumulocity.setOptions('t1', { partitionCount: '4' });
    await sendWhile(harness, untilPartitionsAre(harness, 4));
    expect(await harness.untilDelivered()).toMatchObject(FLAWLESS);
    expect(Math.max(...[...latest.values()].map(Number))).toBeGreaterThanOrEqual(2);
    expect(harness.status('t1')?.problems).toEqual([]);
  });
});
