import { expect, onTestFinished, test } from 'vitest';
import { Gap, type GapHead } from '../../src/backlog/gap.js';
import { PlatformClock } from '../../src/platform-clock.js';
import { ReplaySlots } from '../../src/replay/replay-slots.js';
import { Gaps, type GapsParts } from '../../src/tenants/gaps.js';
import { FORWARDING_TIMING } from '../../src/tenants/timing.js';
import { RecordingLog } from '../support/log.js';
import { ScriptedConnector } from '../support/scripted-connector.js';
import { waitUntil } from '../support/wait.js';

const HOUR_MS = 3_600_000;

/** The gaps of a copy, with routes whose hub is busy. */
class World {
  readonly connector = new ScriptedConnector();
  readonly gaps: Gaps;
  isLeading = true;
  keptOpen: string | undefined;

  constructor(change: Partial<GapsParts> = {}) {
    const connector = this.connector;
    const world = this;
    this.gaps = new Gaps({
      connector: {
        write: (fragments) => connector.write(fragments),
        beatSoon: () => undefined,
        isAlive: (copy) => copy === 'alive',
        get isLeading() {
          return world.isLeading;
        },
      },
      copyName: 'own',
      clock: new PlatformClock(),
      route: (name) => ({
        name,
        rules: { apis: ['measurements'], typeFilter: undefined, fragmentsToCopy: [] },
        isBusy: true,
        keepsOpen: (id) => id === this.keptOpen,
        replay: () => undefined,
      }),
      areRoutesSettled: () => true,
      readPage: () => async () => ({ records: [], isFull: false }),
      slots: new ReplaySlots(1),
      timing: FORWARDING_TIMING.replay,
      activationMs: 0,
      patienceMs: 10_000,
      lastWordMs: 1000,
      backoff: { firstMs: 1, longestMs: 5 },
      log: new RecordingLog(),
      ...change,
    });
    onTestFinished(() => this.gaps.stop());
  }

  /** What stands in the connector object is looked at as it is now. */
  look(): void {
    this.gaps.look(this.connector.fragments, performance.now());
  }

  async store(gap: Gap): Promise<void> {
    await this.connector.write(gap.write());
  }

  stateOf(id: string): string | undefined {
    return this.connector.gaps.find((gap) => gap.id === id)?.head.state;
  }
}

let next = 0;

/** An open gap with one notification that was let go. */
function openGap(change: Partial<GapHead> = {}): Gap {
  const from = new Date(Date.now() - HOUR_MS).toISOString();
  const head = { route: 'default', reason: 'backlog', state: 'open', copy: 'own', from, to: from } as const;
  const gap = Gap.make(`gap${++next}`, { ...head, ...change });
  gap.content.add({ source: '7', api: 'measurements', action: 'CREATE', time: 1000, created: 1, updated: 1 });
  return gap;
}

test('a gap of this copy into which nothing is let go any more is ended', async () => {
  const world = new World();
  const gap = openGap();
  await world.store(gap);
  world.keptOpen = gap.id;
  world.look();
  expect(world.gaps.leftOpen('default').map(({ id }) => id)).toEqual([gap.id]);
  world.keptOpen = undefined;
  world.look();
  await waitUntil('it is ended', () => world.stateOf(gap.id) === 'ended');
});

test.each([
  ['is gone', 'gone', true, 'ended'],
  ['is gone, while this copy does not lead', 'gone', false, 'open'],
  ['is alive', 'alive', true, 'open'],
])('a gap of another copy that %s', async (_what, copy, isLeading, state) => {
  const world = new World();
  world.isLeading = isLeading;
  const [gap, own] = [openGap({ copy }), openGap({ route: 'other' })];
  await world.store(gap);
  await world.store(own);
  world.look();
  // That one is ended in any case: the look is over.
  await waitUntil('its own is ended', () => world.stateOf(own.id) === 'ended');
  await waitUntil(`it is ${state}`, () => world.stateOf(gap.id) === state);
});

test('what was asked for before this copy has written a gap does not take its place', async () => {
  const world = new World();
  world.isLeading = false;
  const gap = openGap();
  await world.store(gap);
  const askedAtMs = performance.now() - 1;
  const { fragments } = world.connector;
  gap.end(Date.now());
  await world.store(gap);
  world.gaps.note(gap);
  world.gaps.look(fragments, askedAtMs);
  expect(world.gaps.status.map(({ state }) => state)).toEqual(['ended']);
  world.gaps.note(openGap());
  world.gaps.look(world.connector.fragments, performance.now() + 1);
  // Nothing of the other one stands there: it was never written.
  expect(world.gaps.status.map(({ id }) => id)).toEqual([gap.id]);
});

test('a gap that was begun goes on until it is ended, whatever a look finds', async () => {
  const world = new World();
  const now = Date.now();
  const found = { route: 'default', reason: 'subscription', apis: ['measurements'] } as const;
  const end = await world.gaps.begin({ ...found, span: [now - 1000, now] }, new AbortController().signal);
  const [gap] = world.connector.gaps;
  expect(gap?.head).toMatchObject({ reason: 'subscription', state: 'open' });
  const other = openGap({ route: 'other' });
  await world.store(other);
  world.look();
  await waitUntil('another is ended', () => world.stateOf(other.id) === 'ended');
  expect(world.stateOf(gap?.id ?? '')).toBe('open');
  expect(world.gaps.isAnyOf('default')).toBe(true);
  end(now + HOUR_MS);
  await waitUntil('it is ended', () => world.stateOf(gap?.id ?? '') === 'ended');
  const ended = world.connector.gaps.find(({ id }) => id === gap?.id);
  expect(ended?.content.sharesOf('*').get('measurements')?.spans.list).toEqual([[now - 1000, now + HOUR_MS]]);
});

test('a gap that was begun and ended is not ended once more by what was read before', async () => {
  const world = new World();
  world.isLeading = false;
  const now = Date.now();
  const found = { route: 'default', reason: 'subscription', apis: ['measurements'] } as const;
  const end = await world.gaps.begin({ ...found, span: [now - 1000, now] }, new AbortController().signal);
  const askedAtMs = performance.now();
  const { fragments } = world.connector;
  end(now + 1);
  await waitUntil('nothing is begun any more', () =>
    world.gaps.status.some(({ state }) => state === 'ended'),
  );
  const other = openGap({ route: 'other' });
  world.gaps.look({ ...fragments, ...other.write() }, askedAtMs);
  await waitUntil('another is ended', () => world.stateOf(other.id) === 'ended');
  const [ended] = world.connector.gaps;
  expect(ended?.content.sharesOf('*').get('measurements')?.spans.list).toEqual([[now - 1000, now + 1]]);
});

test('a gap whose route has stopped before it was ended is ended by the next look', async () => {
  const world = new World();
  const now = Date.now();
  const found = { route: 'default', reason: 'subscription', apis: ['measurements'] } as const;
  const end = await world.gaps.begin(
    { ...found, span: [now - 1000, now - 500] },
    new AbortController().signal,
  );
  world.gaps.routeStopped('default');
  end(now - 400);
  world.look();
  const [{ id } = { id: '' }] = world.connector.gaps;
  await waitUntil('it is ended', () => world.stateOf(id) === 'ended');
  // Up to when it was seen to be over, not what the route would have said.
  const [[, to] = [0, 0]] =
    world.connector.gaps[0]?.content.sharesOf('*').get('measurements')?.spans.list ?? [];
  expect(to).toBeGreaterThanOrEqual(now);
});

test('an id by which nobody would find the gap again is refused', () => {
  const { head } = openGap();
  expect(() => Gap.make('m1.x2', head)).toThrow('"m1.x2" is no id');
});
