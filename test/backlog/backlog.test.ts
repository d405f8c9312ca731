import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backlog, type BacklogBefore } from '../../src/backlog/backlog.js';

const MIB = 1024 * 1024;
const TICK_MS = 1000;
const SIZE = 500;
const WINDOW = 1000;
const OPTIONS = { quotaBytes: 25 * MIB, rate: { sampleMs: 5000, keepMs: 3_600_000 }, idleMs: 1000 };

/** A topic with its consumer: notifications of one size arrive and are acknowledged at given rates. */
class Topic {
  readonly backlog: Backlog;
  isOpen = true;
  #stored = 0;
  #inFlight: number[] = [];
  #now = 0;

  constructor(before?: Partial<BacklogBefore>, stored = 0) {
    const known = { bytesPerSecond: 0, isGuessed: false, ageMs: 0, ...before };
    this.backlog = before === undefined ? new Backlog(OPTIONS) : new Backlog(OPTIONS, known);
    this.#stored = stored;
  }

  /** What the platform would say. */
  get bytes(): number {
    return (this.#stored + this.#inFlight.length) * SIZE;
  }

  get estimate(): number {
    return this.backlog.figures.bytes;
  }

  /** Some seconds, with notifications arriving and being accepted by the hub, per second. */
  run(seconds: number, arriving: number, accepted: number): void {
    for (let second = 0; second < seconds; second++) {
      this.#stored += arriving;
      // Reading and acknowledging alternate many times a second.
      for (let turn = 0; turn < 50; turn++) {
        this.#read();
        this.#inFlight.splice(0, accepted / 50);
      }
      this.#read();
      this.#now += TICK_MS;
      const [oldest] = this.#inFlight;
      const oldestMs = oldest === undefined ? 0 : this.#now - oldest;
      const { length } = this.#inFlight;
      const facts = {
        isOpen: this.isOpen,
        isPaused: false,
        notifications: length,
        bytes: length * SIZE,
        oldestMs,
      };
      this.backlog.tick(TICK_MS, facts);
    }
  }

  #read(): void {
    if (!this.isOpen) return;
    while (this.#stored > 0 && this.#inFlight.length < WINDOW) {
      this.#stored--;
      this.#inFlight.push(this.#now);
      this.backlog.received(SIZE);
    }
  }
}

const perSecond = fc.integer({ min: 1, max: 2000 });

describe('while the hub takes nothing', () => {
  test('the estimate is never below what the topic holds, at rates that were seen before', () => {
    fc.assert(
      fc.property(
        perSecond,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 600 }),
        (rate, part, seconds) => {
          const topic = new Topic();
          topic.run(30, rate, 10_000);
          topic.run(seconds, Math.ceil((rate * part) / 100), 0);
          expect(topic.estimate).toBeGreaterThanOrEqual(topic.bytes - rate * SIZE);
        },
      ),
    );
  });

  test('it is not far above, either, when the rate stays what it was', () => {
    const topic = new Topic();
    topic.run(30, 200, 10_000);
    topic.run(120, 200, 0);
    expect(topic.estimate / topic.bytes).toBeGreaterThan(0.99);
    expect(topic.estimate / topic.bytes).toBeLessThan(1.1);
  });

  test('age and time left follow', () => {
    const topic = new Topic();
    topic.run(30, 200, 10_000);
    expect(topic.backlog.figures).toMatchObject({ bytes: 0, ageMs: 0 });
    topic.run(100, 200, 0);
    const { ageMs, bytesPerSecond, msUntilLimit, bytes } = topic.backlog.figures;
    expect(ageMs).toBeGreaterThanOrEqual(99_000);
    expect(ageMs).toBeLessThanOrEqual(101_000);
    expect(bytesPerSecond).toBe(200 * SIZE);
    expect(msUntilLimit).toBe(Math.round(((0.8 * 25 * MIB - bytes) / bytesPerSecond) * 1000));
  });

  test('a first stall, before anything is known, counts with what arrived until then', () => {
    const topic = new Topic();
    topic.run(600, 200, 0);
    expect(topic.estimate).toBeGreaterThan(topic.bytes * 0.98);
  });
});

describe('a lost connection', () => {
  test('lets the backlog grow unseen, and what is read afterwards was part of it', () => {
    const topic = new Topic();
    topic.run(30, 200, 10_000);
    topic.isOpen = false;
    topic.run(100, 200, 0);
    expect(topic.estimate).toBeGreaterThanOrEqual(topic.bytes);
    topic.isOpen = true;
    topic.run(30, 200, 10_000);
    topic.run(2, 0, 10_000);
    expect(topic.estimate).toBe(0);
    expect(topic.backlog.figures.ageMs).toBe(0);
  });

  test('is no reason to believe that nothing is left in the moment in which it is mended', () => {
    const topic = new Topic();
    topic.run(30, 200, 10_000);
    topic.isOpen = false;
    topic.run(100, 200, 0);
    topic.backlog.tick(1, { isOpen: true, isPaused: false, notifications: 0, bytes: 0, oldestMs: 0 });
    expect(topic.estimate).toBeGreaterThanOrEqual(topic.bytes);
  });
});

test('a hub that takes less than arrives lets the estimate grow', () => {
  const topic = new Topic();
  topic.run(30, 400, 10_000);
  topic.run(300, 400, 200);
  expect(topic.estimate).toBeGreaterThan(topic.bytes * 0.8);
});

test('an overload that was never seen before does, too', () => {
  const topic = new Topic();
  topic.run(30, 10, 10_000);
  topic.run(120, 3000, 2000);
  const early = topic.estimate;
  topic.run(120, 3000, 2000);
  expect(early).toBeGreaterThan(5 * MIB);
  expect(topic.estimate).toBeGreaterThan(early);
});

test('a steady load is no backlog, whatever the peak was before', () => {
  const topic = new Topic();
  topic.run(20, 800, 10_000);
  topic.run(600, 100, 10_000);
  expect(topic.backlog.isBehind).toBe(false);
  expect(topic.estimate).toBeLessThan(100 * SIZE);
});

describe('what an earlier run left behind', () => {
  test('is taken for as much as could have come meanwhile, until nothing comes any more', () => {
    const topic = new Topic({ bytesPerSecond: 100_000, ageMs: 100_000 }, 5000);
    topic.run(1, 0, 0);
    expect(topic.estimate).toBeGreaterThanOrEqual(10_000_000);
    expect(topic.backlog.figures.ageMs).toBeGreaterThanOrEqual(100_000);
    topic.run(20, 0, 1000);
    expect(topic.backlog.figures).toMatchObject({ bytes: 0, ageMs: 0 });
  });

  test('is never more than the topic can hold', () => {
    const topic = new Topic({ bytesPerSecond: 1e9, ageMs: 1e9 });
    expect(topic.estimate).toBeLessThanOrEqual(OPTIONS.quotaBytes);
  });
});

test('the platform’s own figure replaces the guess, both ways', () => {
  const topic = new Topic();
  topic.run(30, 200, 10_000);
  topic.run(60, 200, 0);
  topic.backlog.learnBytes(20 * MIB);
  expect(topic.estimate).toBe(20 * MIB);
  topic.backlog.learnBytes(1000 * SIZE);
  expect(topic.estimate).toBe(1000 * SIZE);
});

test('a window smaller than documented is noticed by the silence', () => {
  const { backlog } = new Topic();
  const reading = (notifications: number): void =>
    backlog.tick(TICK_MS, {
      isOpen: true,
      isPaused: false,
      notifications,
      bytes: notifications * SIZE,
      oldestMs: 0,
    });
  for (let second = 0; second < 20; second++) {
    backlog.received(200 * SIZE);
    reading(0);
  }
  for (let second = 0; second < 60; second++) reading(500);
  expect(backlog.figures.bytes).toBeGreaterThan(45 * 200 * SIZE);
});

describe('a rate that is only guessed', () => {
  test('is what the first moment looked like, until there was time to take one', () => {
    // What an earlier run had read and not acknowledged comes again, all at once.
    const topic = new Topic({ isGuessed: true }, 1000);
    topic.run(1, 100, 0);
    expect(topic.backlog.isRateGuessed).toBe(true);
    expect(topic.backlog.seenBytesPerSecond).toBeGreaterThan(900 * SIZE);
    topic.run(15, 100, 10_000);
    expect(topic.backlog.isRateGuessed).toBe(false);
    expect(topic.backlog.seenBytesPerSecond).toBeLessThan(150 * SIZE);
    topic.run(20, 100, 0);
    expect(topic.backlog.figures.bytesPerSecond).toBeLessThan(150 * SIZE);
  });

  test('by an earlier run ends with the first one that is taken; one that it had taken does not', () => {
    const rates = [true, false].map((isGuessed) => {
      const topic = new Topic({ bytesPerSecond: 1_000_000, isGuessed });
      topic.run(15, 100, 10_000);
      return topic.backlog.figures.bytesPerSecond;
    });
    expect(rates).toEqual([100 * SIZE, 1_000_000]);
  });

  test('is still one where it is cut short before five seconds', () => {
    const topic = new Topic();
    topic.run(4, 100, 10_000);
    topic.isOpen = false;
    topic.run(1, 100, 0);
    expect(topic.backlog.isRateGuessed).toBe(true);
    topic.isOpen = true;
    topic.run(6, 100, 10_000);
    expect(topic.backlog.isRateGuessed).toBe(false);
  });
});
