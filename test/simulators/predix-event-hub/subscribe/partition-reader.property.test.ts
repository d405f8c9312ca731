import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Partition } from '../store/partition.js';
import { Positions } from '../store/positions.js';
import type { Delivery } from './delivery.js';
import { PartitionReader } from './partition-reader.js';

const retentionMs = 86_400_000;

type Step = 'append' | 'take' | 'reopen' | { readonly settle: number };
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>('append') },
    { weight: 4, arbitrary: fc.constant<Step>('take') },
    { weight: 4, arbitrary: fc.record({ settle: fc.nat({ max: 5 }) }) },
    { weight: 1, arbitrary: fc.constant<Step>('reopen') },
  ),
  { maxLength: 80 },
);

class Reading {
  readonly partition = new Partition('topic', 0, retentionMs);
  readonly positions = new Positions();
  readonly settled = new Set<number>();
  reader = this.open();
  taken: Delivery[] = [];

  open(isNewest = false): PartitionReader {
    const { partition, positions } = this;
    return new PartitionReader({ partition, positions, name: 'reader', isNewest });
  }

  do(step: Step): void {
    if (step === 'append') append(this.partition);
    else if (step === 'take') this.taken.push(...[this.reader.take()].filter((each) => each !== undefined));
    else if (step === 'reopen') {
      this.reader.close();
      this.taken = [];
      this.reader = this.open();
    } else {
      const [delivery] = this.taken.splice(step.settle, 1);
      if (delivery === undefined) return;
      this.reader.settle(delivery);
      this.settled.add(delivery.message.offset);
    }
  }
}

function append(partition: Partition): void {
  const nothing = Buffer.alloc(0);
  partition.append({ id: 'a', body: nothing, zoneId: 'z', tags: {}, key: nothing, timestamp: undefined });
}

test('the position is the lowest offset that was taken and is not settled, else the one that is taken next', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const reading = new Reading();
      let next = 0;
      for (const step of all) {
        const before = reading.positions.get('reader', 0) ?? 0;
        reading.do(step);
        if (step === 'reopen') next = before;
        next = Math.max(next, ...reading.taken.map(({ message }) => message.offset + 1));
        const lowest = Math.min(next, ...reading.taken.map(({ message }) => message.offset));
        expect(reading.positions.get('reader', 0)).toBe(lowest);
      }
    }),
  );
});

test('nothing is passed over: what is below the position was settled', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const reading = new Reading();
      for (const step of all) reading.do(step);
      const position = reading.positions.get('reader', 0) ?? 0;
      for (let offset = 0; offset < position; offset++) expect(reading.settled).toContain(offset);
    }),
  );
});

test('a position that is beyond what is stored is moved back: the end of a partition may be lost in a crash', () => {
  const reading = new Reading();
  reading.positions.set('reader', 0, 7);
  const reader = reading.open();
  expect(reading.positions.get('reader', 0)).toBe(0);
  append(reading.partition);
  expect(reader.take()?.message.offset).toBe(0);
});

test('a reader that is closed gives nothing more and moves no position', () => {
  const reading = new Reading();
  append(reading.partition);
  append(reading.partition);
  const delivery = reading.reader.take();
  expect(reading.reader.close()).toEqual([delivery]);
  expect(reading.reader.close()).toEqual([]);
  expect(reading.reader.take()).toBeUndefined();
  if (delivery !== undefined) reading.reader.settle(delivery);
  expect(reading.positions.get('reader', 0)).toBe(0);
  expect(() => delivery?.become('sent')).toThrow('topic/0/0: no way from lost to sent');
});
