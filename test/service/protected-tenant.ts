/** A tenant whose topic is small, devices that send all the time, and a look at its gaps and alarms. */
import { expect } from 'vitest';
import type { ForwarderStatus } from '../../src/tenants/forwarder.js';
import type { ForwardingTiming } from '../../src/tenants/timing.js';
import { waitUntil } from '../support/wait.js';
import { Harness, TOPIC } from './harness.js';

/** What a topic of the tenant may hold. */
export const QUOTA_BYTES = 1024 * 1024;
const QUOTA_MIB = '1';
/** Devices send at this pace all the time: what was never seen cannot be foreseen. */
const PACE_MS = 40;
const ROUND = 50;
const WARM_UP_ROUNDS = 30;
const NEARLY_FULL = 0.7;
/** A hub that is away is not waited for long. */
export const QUICK_STOP = { STOP_SECONDS: '1' };

/** Starts a service with that tenant, which has seen the devices' pace; everything they have sent is delivered. */
export async function startAtPace(
  options: Readonly<Record<string, string>> = {},
  timing: Partial<ForwardingTiming> = {},
): Promise<Harness> {
  const harness = await start(options, timing);
  await sendFor(harness, WARM_UP_ROUNDS);
  await harness.untilDelivered();
  return harness;
}

/** Starts a service with that tenant; something is delivered. */
export async function start(
  options: Readonly<Record<string, string>> = {},
  timing: Partial<ForwardingTiming> = {},
): Promise<Harness> {
  const harness = await Harness.start({ backlogQuotaBytes: QUOTA_BYTES });
  await harness.startWithTenant('t1', { backlogQuota: QUOTA_MIB, ...options }, QUICK_STOP, timing);
  await waitUntil('the copy leads', () => status(harness).copies.isLeading);
  // Earlier states of its own alarms are not brought back.
  harness.ignoreSource((await harness.connector('t1'))['id'] as string);
  await sendFor(harness, 1);
  await harness.untilDelivered();
  return harness;
}

/** The tenant’s status. */
export const status = (harness: Harness): ForwarderStatus => harness.status('t1') as ForwarderStatus;

let nextRoundAt = 0;

/** Keeps the pace: the service has so long from the end of one round to the next, however busy the machine is. */
export async function atPace<T>(round: () => Promise<T>): Promise<T> {
  await waitUntil('it is time for the next round', () => performance.now() >= nextRoundAt);
  const result = await round();
  nextRoundAt = performance.now() + PACE_MS;
  return result;
}

/** Sends measurements, so many a round. A full topic fails the test, as `send` demands success. */
export async function sendFor(harness: Harness, rounds: number, count = ROUND): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await atPace(() => harness.send('t1', count));
  }
}

/**
 * Sends until notifications are let go, and the topic is far from full. Where it is nearly full, the pace is slower: on
 * a machine that does other things, too, the service is not to be measured by the time of the wall.
 */
export async function sendUntilLetGo(harness: Harness): Promise<void> {
  const backlogBytes = (): number => harness.cumulocity.tenant('t1').topic(TOPIC)?.backlogBytes ?? 0;
  const isRelieved = (): boolean =>
    harness.route('t1').backlog.state === 'lettingGo' && backlogBytes() < QUOTA_BYTES / 4;
  while (!isRelieved()) await sendFor(harness, 1, backlogBytes() < QUOTA_BYTES * NEARLY_FULL ? ROUND : 10);
}

/** An alarm as REST shows it. */
export interface Alarm {
  readonly type: string;
  readonly status: string;
  readonly severity: string;
  readonly text: string;
}

/** The alarms of the tenant. */
export async function alarmsOf(harness: Harness): Promise<readonly Alarm[]> {
  const response = await harness.get('t1', '/alarm/alarms?pageSize=100');
  return ((await response.json()) as { alarms: readonly Alarm[] }).alarms;
}

/** Waits until an alarm of this type has this status. */
export const untilAlarm = (harness: Harness, type: string, wanted: string): Promise<void> =>
  waitUntil(`the alarm ${type} is ${wanted}`, async () =>
    (await alarmsOf(harness)).some((alarm) => alarm.type === type && alarm.status === wanted),
  );

/** Everything that is not measurements: some with old times, some changed later. */
export async function sendOthers(harness: Harness, round: number): Promise<void> {
  const source = { id: harness.device('t1', round) };
  const time = new Date().toISOString();
  const old = new Date(Date.now() - 7 * 24 * 3_600_000 - round * 1000).toISOString();
  const requests: [string, object][] = [
    ['/measurement/measurements', { source, type: 'c8y_T', time: old, c8y_T: { T: { value: round } } }],
    ['/event/events', { source, type: 'c8y_E', time, text: `event ${round}` }],
    ['/event/events', { source, type: 'c8y_E', time: old, text: `old event ${round}` }],
    ['/alarm/alarms', { source, type: `c8y_A${round}`, time, text: 'alarm', severity: 'MAJOR' }],
    ['/devicecontrol/operations', { deviceId: source.id, c8y_Command: { text: `${round}` } }],
    ['/inventory/managedObjects', { name: `new ${round}`, c8y_IsDevice: {} }],
  ];
  for (const [path, body] of requests) expect((await harness.post('t1', path, body)).status).toBe(201);
}

/** Waits until no gap is open, and as many were closed. */
export async function untilClosed(harness: Harness, gaps = 1): Promise<void> {
  await waitUntil('the gap is closed', () => {
    const { gaps: open, closedGaps } = status(harness);
    return open.length === 0 && closedGaps.length >= gaps;
  });
}

/** For each API: what was let go is replayed or cannot be brought back, and nothing else was replayed but repeats. */
export function expectCountsToAddUp(harness: Harness): void {
  for (const { letGo, replayed, repeated, notBroughtBack } of status(harness).closedGaps) {
    for (const [api, count] of Object.entries(letGo)) {
      const accounted = (replayed[api] ?? 0) - (repeated[api] ?? 0) + (notBroughtBack[api] ?? 0);
      expect({ api, accounted }).toEqual({ api, accounted: count });
    }
  }
}

/** A time so long ago. */
export function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}

/** The texts of the events that were replayed. */
export function replayedTexts(harness: Harness): readonly unknown[] {
  const hub = harness.eventHubs.hub('t1');
  const events = hub.partitionIds.flatMap((id) => hub.partition(id).events());
  const replayed = events.filter(({ properties }) => properties['replayed'] === 'true');
  return replayed.map(({ body }) => (JSON.parse(body.toString()) as { text?: unknown }).text);
}
