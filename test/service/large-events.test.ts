import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { EventLedger, type FoundEvent } from './event-ledger.js';
import { FLAWLESS, type Harness, TOPIC } from './harness.js';
import { startOver, type TestedTransport, wayOver } from './transports.js';

const KIB = 1024;
const SIZES = { small: 100, medium: 65 * KIB, large: 300 * KIB, huge: Math.round(1.1 * 1024 * KIB) } as const;

/** Starts a tenant whose hub takes messages of this size, over this transport. */
async function startTenant(
  transport: TestedTransport,
  maxMessageBytes: number,
  options: Readonly<Record<string, string>> = {},
): Promise<Harness> {
  const harness = await startOver(transport, { maxMessageBytes });
  // What is sent at once here would be a backlog worth an alarm, which is an event of its own.
  const backlogQuota = '200';
  await harness.startWithTenant('t1', { backlogQuota, ...wayOver(harness, transport, 't1'), ...options });
  return harness;
}

async function untilAllIsInTheHub(harness: Harness, ledger: EventLedger): Promise<void> {
  const { eventHubs, cumulocity } = harness;
  await waitUntil('all is in the hub', () => eventHubs.hub('t1').eventCount >= ledger.count);
  const topic = (): number | undefined => cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged;
  await waitUntil('all is acknowledged', () => topic() === 0);
}

function foundOf(ledger: EventLedger, id: string, hubName?: string): FoundEvent {
  const found = ledger.found(hubName).find((each) => each.id === id);
  if (found === undefined) throw new Error(`event ${id} is in no hub`);
  return found;
}

describe.each<[TestedTransport, string, number, readonly (keyof typeof SIZES)[]]>([
  ['amqp', '1 MiB', 1024 * KIB, ['huge']],
  ['amqp', '256 KiB', 256 * KIB, ['large', 'huge']],
  ['https', '1 MiB', 1024 * KIB, ['huge']],
  ['https', '256 KiB', 256 * KIB, ['large', 'huge']],
])('over %s, a hub that takes %s', (transport, _size, maxMessageBytes, rejectedKinds) => {
  it('has every event of every size or a pointer to it, in order, and nothing has waited', async () => {
    const harness = await startTenant(transport, maxMessageBytes);
    const ledger = new EventLedger(harness, 't1');
    const kindOf = new Map<string, keyof typeof SIZES>();
    const order = ['small', 'huge', 'small', 'medium', 'small', 'large', 'huge', 'small', 'large'] as const;
    await Promise.all(
      harness.devices('t1').map(async (device) => {
        for (const kind of order) kindOf.set(await ledger.send(device, SIZES[kind]), kind);
      }),
    );
    await untilAllIsInTheHub(harness, ledger);

    expect(ledger.foundByDevice()).toEqual(ledger.sent);
    for (const { id, body, properties } of ledger.found()) {
      const kind = kindOf.get(id) ?? 'small';
      if (rejectedKinds.includes(kind)) {
        expect(properties['rejected']).toBe('message-size-exceeded');
        expect(body['rejected']).toMatchObject({ reason: 'message-size-exceeded' });
      } else expect(String(body['text']).length).toBe(SIZES[kind]);
    }
    const rejected = [...kindOf.values()].filter((kind) => rejectedKinds.includes(kind)).length;
    const { counts, destination } = harness.route('t1');
    expect(counts.rejected).toEqual({ 'message-size-exceeded': rejected });
    expect([counts.failedAttempts, destination.failure]).toEqual([0, undefined]);
    await waitUntil('an alarm says so', async () => {
      const text = await (await harness.get('t1', '/alarm/alarms?type=eventhubs_EventsRejected')).text();
      return text.includes('"severity":"MINOR"') && text.includes('message-size-exceeded');
    });
    // One line for all of them: a stream of such events must not flood the log.
    const lines = harness.log.messages('warn').filter((message) => message.includes('rejected'));
    expect(lines).toHaveLength(1);
  });

  it('gets what is too large without the fragments that may be left out, or packed', async () => {
    const options = { trimFragments: 'c8y_Trace,c8y_Log', contentEncoding: 'gzip' };
    const harness = await startTenant(transport, maxMessageBytes, options);
    const ledger = new EventLedger(harness, 't1');
    const device = harness.device('t1');
    await ledger.send(device, 100, { c8y_Log: 'small, so it stays' });
    const trimmed = await ledger.send(device, 100, { c8y_Log: 'y'.repeat(SIZES.huge), c8y_T: 1 });
    const packed = await ledger.send(device, SIZES.huge);
    const both = await ledger.send(device, SIZES.huge, { c8y_Trace: { a: 1 } });
    await ledger.send(device, 100);
    await untilAllIsInTheHub(harness, ledger);

    expect(ledger.foundByDevice()).toEqual(ledger.sent);
    const withoutLog = foundOf(ledger, trimmed);
    expect(withoutLog.body).toMatchObject({ c8y_T: 1, messageId: withoutLog.messageId });
    expect(withoutLog.body).not.toHaveProperty('c8y_Log');
    expect(withoutLog.properties).toMatchObject({ trimmed: 'c8y_Log' });
    expect(foundOf(ledger, packed).properties).toMatchObject({ contentEncoding: 'gzip' });
    expect(String(foundOf(ledger, packed).body['text']).length).toBe(SIZES.huge);
    expect(foundOf(ledger, both).properties).toMatchObject({ trimmed: 'c8y_Trace', contentEncoding: 'gzip' });
    const { rejected, ...counts } = harness.route('t1').counts;
    expect(rejected).toEqual({});
    expect(counts).toMatchObject({ trimmed: 2, compressed: 2, failedAttempts: 0 });
  });
});

describe('a hub that lowers its largest message while batches are under way', () => {
  /** Eight events are with the hub, in four small batches, and 800 wait behind them. */
  async function startWithHeldAnswers(): Promise<Harness> {
    const harness = await startTenant('amqp', 1024 * KIB);
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 8);
    await waitUntil('the first batches are with the hub', () => harness.received === 8);
    await harness.send('t1', 800);
    await waitUntil('the others are read', () => harness.route('t1').counts.received === 808);
    return harness;
  }

  it('and refuses what is larger on open links, has every event whole and once in the end', async () => {
    const harness = await startWithHeldAnswers();
    harness.eventHubs.faults.setMaxMessageBytes(8 * KIB);
    harness.eventHubs.faults.holdAnswers(false);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 808, ...FLAWLESS });
    const { rejected, failedAttempts } = harness.route('t1').counts;
    expect([rejected, failedAttempts]).toEqual([{}, 0]);
  });

  it('and closes the links, has every event whole in the end', async () => {
    const harness = await startWithHeldAnswers();
    // The small batches are answered, and the answers to the large ones behind them are held again.
    harness.eventHubs.faults.holdAnswers(false);
    harness.eventHubs.faults.holdAnswers(true);
    await waitUntil('the large batches are with the hub', () => harness.received === 808);
    harness.eventHubs.faults.setMaxMessageBytes(8 * KIB);
    harness.eventHubs.faults.detachLinks('amqp:link:message-size-exceeded');
    harness.eventHubs.faults.holdAnswers(false);

    const verdict = await harness.untilDelivered();
    expect(verdict).toMatchObject({ sent: 808, ...FLAWLESS, duplicated: verdict.duplicated });
    // Without lost answers this would prove nothing.
    expect(verdict.duplicated).toBeGreaterThan(0);
    expect(harness.route('t1').counts.rejected).toEqual({});
  });
});
