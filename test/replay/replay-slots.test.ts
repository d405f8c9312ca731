import { expect, test } from 'vitest';
import { ReplaySlots } from '../../src/replay/replay-slots.js';

const never = new AbortController().signal;

/** Something that goes on until it is ended. */
function work(): { run: () => Promise<string>; end: () => void; hasBegun: () => boolean } {
  let end: () => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = () => resolve('done');
  });
  let hasBegun = false;
  return {
    run: () => {
      hasBegun = true;
      return ended;
    },
    end: () => end(),
    hasBegun: () => hasBegun,
  };
}

test('no more run at once than there are slots; the others have their turn in order', async () => {
  const slots = new ReplaySlots(2);
  const works = [work(), work(), work(), work()];
  const runs = works.map(({ run }) => slots.run(never, run));
  const begun = (): readonly boolean[] => works.map(({ hasBegun }) => hasBegun());
  await Promise.resolve();
  expect(begun()).toEqual([true, true, false, false]);
  works[1]?.end();
  expect(await runs[1]).toBe('done');
  await new Promise(setImmediate);
  expect(begun()).toEqual([true, true, true, false]);
  for (const { end } of works) end();
  await Promise.all(runs);
  expect(begun()).toEqual([true, true, true, true]);
});

test('one that fails gives its slot back', async () => {
  const slots = new ReplaySlots(1);
  await expect(slots.run(never, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
  expect(await slots.run(never, async () => 'next')).toBe('next');
});

test('one that is stopped while it waits does not wait on', async () => {
  const slots = new ReplaySlots(1);
  const first = work();
  const running = slots.run(never, first.run);
  const stop = new AbortController();
  const second = slots.run(stop.signal, async () => 'ended');
  stop.abort();
  expect(await second).toBe('ended');
  first.end();
  await running;
});
