import { describe, expect, onTestFinished, test } from 'vitest';
import type { LeftTopic } from '../../src/backlog/absence.js';
import { PlatformClock } from '../../src/platform-clock.js';
import type { BacklogStatus } from '../../src/tenants/route-backlog.js';
import { TopicWatch, type TopicWatchParts } from '../../src/tenants/topic-watch.js';
import { RecordingLog } from '../support/log.js';
import { waitUntil } from '../support/wait.js';

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
const ago = (hours: number): number => Date.now() - hours * HOUR_MS;
const left = (hours: number, change: Partial<LeftTopic> = {}): LeftTopic => ({
  safeUntil: ago(hours),
  subscribedAt: undefined,
  bytesPerSecond: 0,
  isGuessed: false,
  isRead: false,
  quotaBytes: 25 * MIB,
  wasGone: false,
  isGivenUp: false,
  ...change,
});

interface Found {
  readonly reason: string;
  readonly hours: readonly [from: number, to: number];
}

function watch(change: Partial<TopicWatchParts> = {}): {
  watch: TopicWatch;
  found: Found[];
  log: RecordingLog;
} {
  const found: Found[] = [];
  const log = new RecordingLog();
  const hoursOf = (ms: number): number => Math.round(((Date.now() - ms) / HOUR_MS) * 10) / 10;
  const made = new TopicWatch({
    left: undefined,
    check: async () => undefined,
    isLooking: () => true,
    onMissing: (reason, span) => {
      found.push({ reason, hours: span.map(hoursOf) as [number, number] });
    },
    beginGap: async (reason, [from]) => {
      return (at) => void found.push({ reason, hours: [hoursOf(from), hoursOf(at)] });
    },
    checkMs: 5,
    timing: { activationMs: 0, patienceMs: 0 },
    clock: new PlatformClock(),
    log,
    ...change,
  });
  onTestFinished(() => made.stop());
  return { watch: made, found, log };
}

/** The subscription is found missing, and made. */
async function make(topic: TopicWatch, since: number | undefined): Promise<void> {
  const isMade = await topic.making(since, new AbortController().signal);
  isMade();
}

describe('a subscription that had to be made', () => {
  test('is the first of all: nothing was promised before', async () => {
    const { watch: topic, found } = watch();
    await make(topic, undefined);
    topic.connected();
    expect(found).toEqual([]);
  });

  test('was missing by the time that it is at Cumulocity, whatever this machine takes it to be', async () => {
    const clock = new PlatformClock();
    clock.learn(new Date(ago(-10)).toUTCString(), performance.now(), performance.now());
    const { watch: topic, found } = watch({ clock });
    topic.connected();
    await make(topic, ago(-9));
    expect(found).toEqual([{ reason: 'subscription', hours: [-9, -10] }]);
  });

  test('was missing since an earlier run last saw it, although all that was captured until later is in the hub', async () => {
    const { watch: topic, found } = watch({ left: left(1, { subscribedAt: ago(3) }) });
    await make(topic, undefined);
    expect(found).toEqual([{ reason: 'subscription', hours: [3, 0] }]);
  });

  test('was missing since all was in the hub, where the topic was given up with what it kept', async () => {
    const { watch: topic, found } = watch({ left: left(5, { subscribedAt: ago(3), isGivenUp: true }) });
    await make(topic, undefined);
    expect(found).toEqual([{ reason: 'subscription', hours: [5, 0] }]);
  });

  test('was missing since it was last seen', async () => {
    const { watch: topic, found } = watch();
    topic.connected();
    await make(topic, ago(2));
    expect(found).toEqual([{ reason: 'subscription', hours: [2, 0] }]);
  });

  test('was missing since an earlier run had everything delivered', async () => {
    const { watch: topic, found } = watch({ left: left(5) });
    await make(topic, undefined);
    topic.connected();
    expect(found).toEqual([{ reason: 'subscription', hours: [5, 0] }]);
  });

  test('is not made before it is written down what was missed', async () => {
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    const events: string[] = [];
    const { watch: topic } = watch({
      beginGap: async () => {
        await written;
        events.push('written');
        return () => events.push('ended');
      },
    });
    const making = topic.making(ago(1), new AbortController().signal).then((isMade) => {
      events.push('made');
      isMade();
    });
    expect(events).toEqual([]);
    write();
    await making;
    expect(events).toEqual(['written', 'made', 'ended']);
  });

  test('takes a while to have effect', async () => {
    const { watch: topic, found } = watch({ timing: { activationMs: HOUR_MS, patienceMs: 0 } });
    await make(topic, ago(1));
    expect(found).toEqual([{ reason: 'subscription', hours: [1, -1] }]);
  });

  test('after more than 36 hours is not replayed by itself', async () => {
    const { watch: topic, found, log } = watch({ left: left(37) });
    await make(topic, undefined);
    expect(found).toEqual([]);
    expect(log.messages('warn')).toHaveLength(1);
  });
});

describe('a topic that was not read for a while', () => {
  test('has kept everything for 36 hours', () => {
    const { watch: topic, found } = watch({ left: left(35) });
    topic.connected();
    expect(found).toEqual([]);
  });

  test('has lost what is older', () => {
    const { watch: topic, found } = watch({ left: left(50) });
    topic.connected();
    topic.connected();
    expect(found).toEqual([{ reason: 'retention', hours: [50, 36] }]);
  });

  test('may have been full', () => {
    // 80 % of 25 MiB at 1 KiB/s: 5.7 hours.
    const { watch: topic, found } = watch({ left: left(10, { bytesPerSecond: 1024 }) });
    topic.connected();
    expect(found).toEqual([{ reason: 'absence', hours: [4.3, 0] }]);
  });

  test('whose tenant had left has kept nothing', () => {
    const { watch: topic, found } = watch({ left: left(3, { wasGone: true, isGivenUp: true }) });
    topic.connected();
    expect(found).toEqual([{ reason: 'absence', hours: [3, 0] }]);
  });

  test('whose tenant may have left is replayed however long that was: nobody may have ended it on purpose', () => {
    const { watch: topic, found } = watch({ left: left(40, { isGivenUp: true }) });
    topic.connected();
    expect(found).toEqual([{ reason: 'absence', hours: [40, 0] }]);
  });

  test('whose tenant had left for long is not replayed by itself', () => {
    const { watch: topic, found } = watch({ left: left(40, { wasGone: true, isGivenUp: true }) });
    topic.connected();
    expect(found).toEqual([]);
  });
});

describe('a backlog', () => {
  const figures = { bytes: 0, bytesPerSecond: 0, msUntilLimit: undefined, state: 'watching' } as const;
  const backlog = (share: number, ageHours = 0): BacklogStatus => ({
    ...figures,
    share,
    ageMs: ageHours * HOUR_MS,
  });

  test('that was full while it was held may have had notifications refused', () => {
    const { watch: topic, found } = watch();
    topic.observe(backlog(0.85), true);
    topic.observe(backlog(0.5), true);
    expect(found).toEqual([]);
    topic.observe(backlog(0.1), true);
    topic.observe(backlog(0.1), true);
    expect(found).toEqual([{ reason: 'backlog', hours: [0, 0] }]);
  });

  test('may have been full since the platform said for the last time that it was not', () => {
    const { watch: topic, found } = watch();
    topic.wasNotFull(ago(3));
    topic.wasNotFull(ago(2));
    topic.observe(backlog(0.85), true);
    topic.observe(backlog(0.1), true);
    expect(found).toEqual([{ reason: 'backlog', hours: [2, 0] }]);
  });

  test('that was let go is in a gap already', () => {
    const { watch: topic, found } = watch();
    topic.observe(backlog(0.85), false);
    topic.observe(backlog(0), false);
    expect(found).toEqual([]);
  });

  test('that got older than anything is kept has lost its beginning', () => {
    const { watch: topic, found } = watch();
    topic.observe(backlog(0.2, 37), false);
    topic.observe(backlog(0.2, 40), false);
    topic.observe(backlog(0, 0), false);
    expect(found).toEqual([{ reason: 'retention', hours: [37, 36] }]);
  });

  test('of an earlier run is not found twice', () => {
    const { watch: topic, found } = watch({ left: left(50) });
    topic.connected();
    topic.observe(backlog(0, 50), false);
    topic.observe(backlog(0, 0), false);
    expect(found[0]).toEqual({ reason: 'retention', hours: [50, 36] });
    // The same moment twice: what follows the first is empty but for the time in between.
    expect(found.slice(1)).toEqual([{ reason: 'retention', hours: [36, 36] }]);
  });
});

describe('the subscription', () => {
  test('is looked for again and again, also after a failure, which is logged once', async () => {
    let looks = 0;
    const { watch: topic, log } = watch({
      check: () => {
        looks++;
        return Promise.reject(new Error('away'));
      },
    });
    topic.start();
    await waitUntil('it was looked for', () => looks >= 3);
    expect(log.messages('warn')).toHaveLength(1);
  });

  test('is looked for by the leading copy only', async () => {
    let questions = 0;
    let looks = 0;
    const { watch: topic } = watch({
      isLooking: () => {
        questions++;
        return false;
      },
      check: async () => {
        looks++;
      },
    });
    topic.start();
    await waitUntil('it has had the time', () => questions >= 3);
    expect(looks).toBe(0);
  });
});
