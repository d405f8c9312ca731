import { expect, test } from 'vitest';
import { Retirement, type RetirementParts, type RetiringRoute } from '../../src/tenants/retirement.js';
import type { RouteOptions } from '../../src/tenants/tenant-options.js';
import { RecordingLog } from '../support/log.js';

/** A route as far as it matters; ready to end unless it is said otherwise. */
function route(name: string, state: Partial<RetiringRoute> = {}): RetiringRoute {
  return { name, options: { name } as RouteOptions, isOpen: true, isCaughtUp: () => true, ...state };
}

/** One copy among others: what they do is said by the test, what this one does is in the diary. */
class World {
  readonly diary: string[] = [];
  isAlone = false;
  isLeading = true;
  elsewhere: readonly string[] = [];
  topics: readonly string[] = [];
  gaps: readonly string[] = [];
  patienceMs = 3_600_000;
  readonly #signal = new AbortController().signal;
  readonly retirement: Retirement<RetiringRoute>;

  constructor() {
    const parts: RetirementParts<RetiringRoute> = {
      safety: {
        isAlone: () => this.isAlone,
        isLeading: () => this.isLeading,
        isElsewhere: (name) => this.elsewhere.includes(name),
        hasGap: (name) => this.gaps.includes(name),
        announce: () => void this.diary.push('announced'),
      },
      stop: async ({ name }) => void this.diary.push(`${name} stopped`),
      remove: async ({ name }) => void this.diary.push(`${name} removed`),
      restart: ({ name }) => void this.diary.push(`${name} restarted`),
      hasTopic: async (name) => this.topics.includes(name),
      patienceMs: 0,
      log: new RecordingLog(),
    };
    const patience = (): number => this.patienceMs;
    this.retirement = new Retirement({
      ...parts,
      get patienceMs() {
        return patience();
      },
    });
  }

  advance(staying: readonly RetiringRoute[], unwanted: readonly RetiringRoute[]): Promise<void> {
    return this.retirement.advance(staying, unwanted, this.#signal);
  }
}

test('a copy that is alone removes a route when the others are open and it has caught up', async () => {
  const world = new World();
  world.isAlone = true;
  await world.advance([route('new', { isOpen: false })], [route('old')]);
  await world.advance([route('new')], [route('old', { isCaughtUp: () => false })]);
  expect(world.diary).toEqual([]);
  await world.advance([route('new')], [route('old')]);
  expect(world.diary).toEqual(['old removed']);
  expect(world.retirement.isWaiting).toBe(false);
});

test('a route of which something has still to be brought back stays', async () => {
  const world = new World();
  world.isAlone = true;
  world.gaps = ['old'];
  await world.advance([route('new')], [route('old')]);
  expect(world.diary).toEqual([]);
  world.gaps = [];
  await world.advance([route('new')], [route('old')]);
  expect(world.diary).toEqual(['old removed']);
});

test('the leading copy removes a route only when no other copy reads its topic', async () => {
  const world = new World();
  world.elsewhere = ['old'];
  await world.advance([route('new')], [route('old')]);
  expect(world.diary).toEqual(['announced']);
  world.elsewhere = [];
  await world.advance([route('new')], [route('old')]);
  expect(world.diary).toEqual(['announced', 'old removed', 'announced']);
});

test('the leading copy does not wait without end for one that does not see the change', async () => {
  const world = new World();
  world.elsewhere = ['old'];
  world.patienceMs = -1;
  await world.advance([route('new')], [route('old')]);
  expect(world.diary).toEqual(['old removed', 'announced']);
});

test('another copy leaves the topic to the leading one, and waits until that has removed it', async () => {
  const world = new World();
  world.isLeading = false;
  world.elsewhere = ['old'];
  await world.advance([route('new')], [route('old')]);
  expect(world.diary).toEqual(['old stopped', 'announced', 'announced']);
  expect(world.retirement.isWaiting).toBe(true);
  world.elsewhere = [];
  await world.advance([route('new')], []);
  expect(world.retirement.isWaiting).toBe(false);
  expect(world.diary).not.toContain('old restarted');
});

test('a copy that leads now takes a topic up again that the one before has not brought to an end', async () => {
  const world = new World();
  world.isLeading = false;
  world.elsewhere = ['old'];
  await world.advance([route('new')], [route('old')]);
  world.isLeading = true;
  world.elsewhere = [];
  world.topics = ['old'];
  await world.advance([route('new')], []);
  expect(world.diary.at(-1)).toBe('old restarted');
});

test('a route that is wanted again is not waited for', async () => {
  const world = new World();
  world.isLeading = false;
  world.elsewhere = ['old'];
  await world.advance([route('new')], [route('old')]);
  await world.advance([route('new'), route('old')], []);
  expect(world.retirement.isWaiting).toBe(false);
});
