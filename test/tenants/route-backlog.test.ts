import { describe, expect, onTestFinished, test } from 'vitest';
import type { BacklogFacts } from '../../src/backlog/backlog.js';
import type { Outcome } from '../../src/delivery/delivery.js';
import { mapNotification } from '../../src/mapping/map-notification.js';
import { PlatformClock } from '../../src/platform-clock.js';
import { RouteBacklog, type RouteBacklogParts } from '../../src/tenants/route-backlog.js';
import { RecordingLog } from '../support/log.js';
import { ScriptedConnector } from '../support/scripted-connector.js';
import { type FrameParts, scriptedNotification } from '../support/scripted-frames.js';
import { waitUntil } from '../support/wait.js';

const QUOTA = 1000;
const FULL: BacklogFacts = { isOpen: true, isPaused: false, notifications: 9, bytes: 900, oldestMs: 5 };
const TIME = '2026-09-03T12:29:01.664Z';

/** A backlog whose hub and facts a test decides. */
class World {
  facts: BacklogFacts = { ...FULL, bytes: 0, notifications: 0, oldestMs: 0 };
  isHubStuck = false;
  accepted = 0;
  reliefs = 0;
  gapsEnded = 0;
  readAgains = 0;
  readonly connector = new ScriptedConnector();
  readonly backlog: RouteBacklog;

  constructor(change: Partial<RouteBacklogParts> = {}) {
    this.backlog = new RouteBacklog({
      policy: 'protect',
      quotaBytes: QUOTA,
      before: { bytesPerSecond: 0, ageMs: 0, isGuessed: false },
      leftOpen: [],
      gapLog: {
        route: 'default',
        copyName: 'copy-1',
        clock: new PlatformClock(),
        write: (fragments) => this.connector.write(fragments),
        onGap: ({ head }) => {
          if (head.state === 'ended') this.gapsEnded++;
        },
        backoff: { firstMs: 1, longestMs: 5 },
      },
      facts: () => this.facts,
      hub: { isStuck: () => this.isHubStuck, accepted: () => this.accepted },
      relieve: () => {
        this.reliefs++;
      },
      readAgain: () => void this.readAgains++,
      timing: { tickMs: 5, rate: { sampleMs: 1000, keepMs: 60_000 }, idleMs: 10, gapPauseMs: 1 },
      log: new RecordingLog(),
      ...change,
    });
    onTestFinished(() => this.backlog.stop());
  }

  /** Takes an event; returns what becomes of it, `undefined`: it was not taken. */
  take(parts: FrameParts, isReplayed = false): Outcome[] | undefined {
    const outcomes: Outcome[] = [];
    const { event } = mapNotification(scriptedNotification(parts), 'flat', 'topic', isReplayed);
    const isTaken = this.backlog.take({ event, settle: (outcome) => outcomes.push(outcome) });
    return isTaken ? outcomes : undefined;
  }

  async letGo(): Promise<void> {
    this.facts = FULL;
    this.isHubStuck = true;
    await waitUntil('it lets go', () => this.backlog.isOn);
  }

  /** Resolves when so many readings were taken. */
  async readings(count: number): Promise<void> {
    let left = count;
    const { facts } = this;
    Object.defineProperty(this, 'facts', {
      configurable: true,
      get: () => {
        left--;
        return facts;
      },
    });
    await waitUntil('readings were taken', () => left <= 0);
  }
}

const measurement = (id: string): FrameParts => ({ api: 'measurements', body: { id, time: TIME } });

describe('notifications are let go', () => {
  test('when the limit is reached and the hub takes nothing', async () => {
    const world = new World();
    await world.letGo();
    expect(world.backlog.status.state).toBe('lettingGo');
    expect(world.reliefs).toBeGreaterThan(0);
    const outcomes = world.take(measurement('1'));
    await waitUntil('it is settled', () => outcomes?.length === 1);
    expect(outcomes).toEqual(['letGo']);
    expect(world.connector.gaps[0]?.head.letGo).toEqual({ measurements: 1 });
  });

  test.each<[string, Partial<RouteBacklogParts>, Partial<World>]>([
    ['with the policy hold', { policy: 'hold' }, { facts: FULL, isHubStuck: true }],
    ['below the limit', {}, { facts: { ...FULL, bytes: 700 }, isHubStuck: true }],
    [
      'without a connection, as nothing could be acknowledged',
      {},
      { facts: { ...FULL, isOpen: false }, isHubStuck: true },
    ],
    ['while the hub takes what comes', {}, { facts: FULL, isHubStuck: false }],
  ])('not %s', async (_when, parts, state) => {
    const world = new World(parts);
    Object.assign(world, state);
    await world.readings(30);
    expect(world.backlog.isOn).toBe(false);
    expect(world.take(measurement('1'))).toBeUndefined();
  });

  test('not for a single refusal', async () => {
    const world = new World();
    world.facts = FULL;
    for (let round = 0; round < 5; round++) {
      world.isHubStuck = true;
      await world.readings(1);
      world.isHubStuck = false;
      await world.readings(1);
    }
    expect(world.backlog.isOn).toBe(false);
  });

  test('when the backlog grows and grows although the hub takes something', async () => {
    const world = new World();
    let bytes = 800;
    Object.defineProperty(world, 'facts', { get: () => ({ ...FULL, bytes: bytes++ }) });
    await waitUntil('it lets go', () => world.backlog.isOn);
  });
});

describe('what is let go', () => {
  test('is not settled before it is written down', async () => {
    const world = new World();
    await world.letGo();
    world.connector.hold();
    const outcomes = world.take(measurement('1'));
    await world.connector.asked();
    await world.readings(5);
    expect(outcomes).toEqual([]);
    world.connector.letGo();
    await waitUntil('it is settled', () => outcomes?.length === 1);
  });

  test('is never what is being replayed: that stands in a gap already', async () => {
    const world = new World();
    await world.letGo();
    expect(world.take(measurement('1'), true)).toBeUndefined();
  });

  test('is never of an API that cannot be read again', async () => {
    const world = new World();
    await world.letGo();
    expect(world.take({ api: 'somethingNew' })).toBeUndefined();
  });

  test('is a deletion only when too many of them wait', async () => {
    const world = new World();
    await world.letGo();
    const deletion = (at: number): FrameParts => ({ api: 'events', action: 'DELETE', body: { id: `${at}` } });
    for (let at = 0; at < 200; at++) expect(world.take(deletion(at))).toBeUndefined();
    expect(world.take(deletion(200))).toBeDefined();
  });

  test('comes again when the service stops before it is written down', async () => {
    const world = new World();
    await world.letGo();
    world.connector.failNext(Number.POSITIVE_INFINITY);
    const outcomes = world.take(measurement('1'));
    await waitUntil('a write has failed', () => world.connector.failures > 0);
    await world.backlog.stop();
    expect(outcomes).toEqual(['abandoned']);
  });
});

describe('it ends', () => {
  test('when the hub takes events again: the gap can be replayed, and nothing more is taken', async () => {
    const world = new World();
    await world.letGo();
    world.take(measurement('1'));
    world.isHubStuck = false;
    world.accepted++;
    world.facts = { ...FULL, bytes: 10, notifications: 1 };
    await waitUntil('it is over', () => world.gapsEnded === 1);
    expect(world.backlog.status.state).toBe('watching');
    expect(world.connector.gaps[0]?.head).toMatchObject({ state: 'ended', letGo: { measurements: 1 } });
    expect(world.take(measurement('2'))).toBeUndefined();
  });

  test('when it does and nothing can be written down: what was taken off comes again', async () => {
    const world = new World();
    await world.letGo();
    world.connector.failNext(Number.POSITIVE_INFINITY);
    const outcomes = world.take(measurement('1'));
    await waitUntil('the write has failed', () => world.connector.failures > 1);
    expect(world.readAgains).toBe(0);
    world.isHubStuck = false;
    world.accepted++;
    await waitUntil('it is over', () => world.backlog.status.state === 'watching');
    expect([outcomes, world.readAgains, world.gapsEnded]).toEqual([['abandoned'], 1, 0]);
    expect(world.connector.gaps).toEqual([]);
  });

  test('not while the hub is stuck, although nothing is left to let go', async () => {
    const world = new World();
    await world.letGo();
    world.facts = { ...FULL, bytes: 10, notifications: 1 };
    await world.readings(20);
    expect(world.backlog.isOn).toBe(true);
  });
});

test('a hub that nobody has tried since the start is not known to be back', async () => {
  const before = new World();
  await before.letGo();
  before.take(measurement('1'));
  await waitUntil('it is written', () => before.connector.gaps.length === 1);
  await before.backlog.stop();

  const after = new World({ leftOpen: before.connector.gaps });
  after.facts = { ...FULL, bytes: 10, notifications: 1 };
  await after.readings(20);
  expect(after.backlog.isOn).toBe(true);
  after.accepted++;
  await waitUntil('it is over', () => after.backlog.status.state === 'watching');
});

test('where an earlier run has left a gap open, notifications are let go from the first moment, into another', async () => {
  const before = new World();
  await before.letGo();
  before.take(measurement('1'));
  await waitUntil('it is written', () => before.connector.gaps.length === 1);
  await before.backlog.stop();

  const after = new World({ leftOpen: before.connector.gaps });
  expect(after.backlog.isOn).toBe(true);
  after.isHubStuck = true;
  const [left] = before.connector.gaps;
  expect(after.backlog.keepsOpen(left?.id ?? '')).toBe(true);
  const outcomes = after.take(measurement('2'));
  await waitUntil('it is settled', () => outcomes?.length === 1);
  expect(after.connector.gaps[0]?.head.letGo).toEqual({ measurements: 1 });
  expect(after.backlog.keepsOpen(after.connector.gaps[0]?.id ?? '')).toBe(true);
  // What that one said of doubts, the other says now.
  expect(after.backlog.keepsOpen(left?.id ?? '')).toBe(false);
});
