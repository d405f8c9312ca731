import { describe, expect, it } from 'vitest';
import type { Fault, Stage } from '../../scripts/chaos/fault.js';
import { News } from '../../scripts/chaos/news.js';
import type { Strike } from '../../scripts/chaos/schedule.js';
import { Storm } from '../../scripts/chaos/storm.js';

/** What happened, in order. */
type Diary = string[];

function fault(name: string, diary: Diary, begin?: Fault['begin']): Fault {
  return {
    name,
    what: name,
    lasts: [0, 0],
    reach: 'tenant',
    mayRepeat: false,
    begin:
      begin ??
      (() => {
        diary.push(`${name} begins`);
        return () => void diary.push(`${name} ends`);
      }),
  };
}

function strike(name: string, startMs: number, endMs: number): Strike {
  return { fault: name, startMs, endMs, tenant: 0, copy: 0, dice: 0 };
}

/** These faults look at nothing but the names of what they strike. */
const STAGE = { tenants: [{ id: 't1' }], copies: [{ name: 'copy-1' }] } as unknown as Stage;
const NEVER_MS = 3_600_000;

function stormOf(...faults: readonly Fault[]): Storm {
  return new Storm(STAGE, faults, new News(() => undefined));
}

describe('the storm', () => {
  it('begins and ends what the schedule says, and notes it', async () => {
    const diary: Diary = [];
    const storm = stormOf(fault('one', diary), fault('two', diary));
    const schedule = [strike('one', 0, 60), strike('two', 20, 40)];
    await storm.run(schedule, 0, new AbortController().signal);
    expect(diary).toEqual(['one begins', 'two begins', 'two ends', 'one ends']);
    expect(storm.spells.map(({ fault: name, target }) => `${name} ${target}`)).toEqual(['one t1', 'two t1']);
    for (const { beganAtMs, endedAtMs } of storm.spells) expect(endedAtMs).toBeGreaterThan(beganAtMs);
    expect(storm.active).toEqual([]);
  });

  it('ends at once what has begun when it is interrupted, and begins nothing more', async () => {
    const diary: Diary = [];
    const interrupted = new AbortController();
    const storm = stormOf(
      fault('long', diary),
      fault('last', diary, () => {
        interrupted.abort();
        return undefined;
      }),
    );
    const schedule = [
      strike('long', 0, NEVER_MS),
      strike('last', 10, 10),
      strike('long', NEVER_MS, NEVER_MS),
    ];
    await storm.run(schedule, NEVER_MS / 1000, interrupted.signal);
    expect(diary).toEqual(['long begins', 'long ends']);
  });

  it('lets one wait that takes hold of the same, however long the other takes', async () => {
    const diary: Diary = [];
    let finish: () => void = () => undefined;
    const slow = fault('slow', diary, async () => {
      diary.push('slow begins');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return () => void diary.push('slow ends');
    });
    const next: Fault = { ...fault('next', diary), holds: 'slow' };
    const other = fault('other', diary, () => {
      diary.push('other');
      finish();
      return undefined;
    });
    const schedule = [strike('slow', 0, 1), strike('next', 2, 3), strike('other', 30, 30)];
    await stormOf(slow, next, other).run(schedule, 0, new AbortController().signal);
    expect(diary).toEqual(['slow begins', 'other', 'slow ends', 'next begins', 'next ends']);
  });

  it('says what a fault could not do, and ends the others at once', async () => {
    const diary: Diary = [];
    const failing = fault('failing', diary, () => Promise.reject(new Error('no such hub')));
    const storm = stormOf(fault('other', diary), failing);
    const schedule = [strike('failing', 10, 10), strike('other', 0, NEVER_MS)];
    await expect(storm.run(schedule, NEVER_MS / 1000, new AbortController().signal)).rejects.toThrow(
      'no such hub',
    );
    expect(diary).toEqual(['other begins', 'other ends']);
  });
});
