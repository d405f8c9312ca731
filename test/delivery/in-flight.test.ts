import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/delivery/delivery.js';
import {
  type AckChannel,
  type Identity,
  InFlight,
  type InFlightLimits,
} from '../../src/delivery/in-flight.js';
import { scriptedEvent } from '../support/scripted-delivery.js';

class Channel implements AckChannel {
  readonly acks: string[] = [];

  acknowledge(ackId: string): void {
    this.acks.push(ackId);
  }
}

const unique = (key: string): Identity => ({ key, isUnique: true });
const ROOMY: InFlightLimits = { notifications: 100, bytes: 1_000_000, remembered: 10 };

function inFlight(limits: Partial<InFlightLimits> = {}): { book: InFlight; switches: boolean[] } {
  const switches: boolean[] = [];
  return { book: new InFlight({ ...ROOMY, ...limits }, (isFull) => switches.push(isFull)), switches };
}

describe('a notification', () => {
  test.each<[Outcome, readonly string[]]>([
    ['delivered', ['ack1']],
    ['rejected', ['ack1']],
    ['abandoned', []],
  ])('that is %s is acknowledged on its connection with %j, and not before', (outcome, acks) => {
    const channel = new Channel();
    const { book } = inFlight();
    const delivery = book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: 'ack1' });
    expect(channel.acks).toEqual([]);
    delivery?.settle(outcome);
    expect(channel.acks).toEqual(acks);
  });

  test('is settled only once', () => {
    const channel = new Channel();
    const { book } = inFlight();
    const delivery = book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: 'ack1' });
    delivery?.settle('abandoned');
    delivery?.settle('delivered');
    delivery?.settle('delivered');
    expect(channel.acks).toEqual([]);
    expect(book.usage).toEqual({ notifications: 0, bytes: 0, isFull: false });
  });
});

describe('another copy', () => {
  test('of what is under way waits for the same outcome, on its own connection', () => {
    const [lost, fresh] = [new Channel(), new Channel()];
    const { book } = inFlight();
    const delivery = book.admit(unique('k'), scriptedEvent('e'), { channel: lost, ackId: '1' });
    expect(book.admit(unique('k'), scriptedEvent('e'), { channel: fresh, ackId: '2' })).toBeUndefined();
    expect(book.usage.notifications).toBe(1);
    expect(fresh.acks).toEqual([]);
    delivery?.settle('delivered');
    expect([lost.acks, fresh.acks]).toEqual([['1'], ['2']]);
  });

  test('of what was delivered is acknowledged at once and not sent', () => {
    const channel = new Channel();
    const { book } = inFlight();
    book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: '1' })?.settle('delivered');
    expect(book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: '2' })).toBeUndefined();
    expect(channel.acks).toEqual(['1', '2']);
    expect(book.usage.notifications).toBe(0);
  });

  test('of what was abandoned is sent, and neither copy was acknowledged', () => {
    const channel = new Channel();
    const { book } = inFlight();
    const first = book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: '1' });
    book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: '2' });
    first?.settle('abandoned');
    expect(channel.acks).toEqual([]);
    const again = book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: '3' });
    again?.settle('delivered');
    expect(channel.acks).toEqual(['3']);
  });
});

describe('an equal notification, where a key can stand for two', () => {
  const ambiguous: Identity = { key: 'k', isUnique: false };

  test('is news on the same connection, whether the first is under way or delivered', () => {
    const channel = new Channel();
    const { book } = inFlight();
    const first = book.admit(ambiguous, scriptedEvent('e'), { channel, ackId: '1' });
    const second = book.admit(ambiguous, scriptedEvent('e'), { channel, ackId: '2' });
    first?.settle('delivered');
    second?.settle('delivered');
    const third = book.admit(ambiguous, scriptedEvent('e'), { channel, ackId: '3' });
    third?.settle('delivered');
    expect(channel.acks).toEqual(['1', '2', '3']);
    expect([first, second, third]).not.toContain(undefined);
  });

  test('is news after a reconnect, too, when the one before was acknowledged', () => {
    const [lost, fresh] = [new Channel(), new Channel()];
    const { book } = inFlight();
    book.admit(ambiguous, scriptedEvent('e'), { channel: lost, ackId: '1' })?.settle('delivered');
    book.connectionLost();
    expect(book.admit(ambiguous, scriptedEvent('e'), { channel: fresh, ackId: '2' })).toBeDefined();
    expect([lost.acks, fresh.acks]).toEqual([['1'], []]);
  });

  test('is a copy, but only once, of one that was delivered after its connection was lost', () => {
    const [lost, fresh] = [new Channel(), new Channel()];
    const { book } = inFlight();
    const delivery = book.admit(ambiguous, scriptedEvent('e'), { channel: lost, ackId: '1' });
    book.connectionLost();
    delivery?.settle('delivered');
    expect(book.admit(ambiguous, scriptedEvent('e'), { channel: fresh, ackId: '2' })).toBeUndefined();
    expect(book.admit(ambiguous, scriptedEvent('e'), { channel: fresh, ackId: '3' })).toBeDefined();
    expect(fresh.acks).toEqual(['2']);
  });

  test('stands beside the first one: each is settled and copied for itself', () => {
    const [lost, fresh] = [new Channel(), new Channel()];
    const { book } = inFlight();
    const both = ['1', '2'].map((ackId) =>
      book.admit(ambiguous, scriptedEvent('e'), { channel: lost, ackId }),
    );
    book.connectionLost();
    for (const ackId of ['3', '4']) {
      expect(book.admit(ambiguous, scriptedEvent('e'), { channel: fresh, ackId })).toBeUndefined();
    }
    for (const delivery of both) delivery?.settle('delivered');
    expect([lost.acks, fresh.acks]).toEqual([[], ['3', '4']]);
  });
});

test('what is under way when its connection is lost is acknowledged through its copy on the next', () => {
  const [lost, fresh] = [new Channel(), new Channel()];
  const { book } = inFlight();
  const delivery = book.admit(unique('k'), scriptedEvent('e'), { channel: lost, ackId: '1' });
  book.connectionLost();
  book.admit(unique('k'), scriptedEvent('e'), { channel: fresh, ackId: '2' });
  delivery?.settle('delivered');
  expect([lost.acks, fresh.acks]).toEqual([[], ['2']]);
});

test('copies that come again and again while the hub is away do not pile up', () => {
  const channel = new Channel();
  const { book } = inFlight();
  const first = book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: '0' });
  for (let copy = 1; copy <= 1000; copy++) {
    book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: `${copy}` });
  }
  first?.settle('delivered');
  expect(channel.acks).toContain('1000');
  expect(channel.acks.length).toBeLessThan(10);
});

test('the memory of what was delivered is bounded: the oldest is forgotten first', () => {
  const channel = new Channel();
  const { book } = inFlight({ remembered: 3 });
  const admit = (key: string): boolean => {
    const delivery = book.admit(unique(key), scriptedEvent(key), { channel, ackId: key });
    delivery?.settle('delivered');
    return delivery !== undefined;
  };
  expect(['a', 'b', 'c', 'd'].map(admit)).toEqual([true, true, true, true]);
  expect(['d', 'c', 'b'].map(admit)).toEqual([false, false, false]);
  expect(admit('a')).toBe(true);
  expect(admit('b')).toBe(true);
});

describe('the budget', () => {
  test('of notifications pauses once when used up, and goes on once when a quarter is free', () => {
    const { book, switches } = inFlight({ notifications: 8 });
    const deliveries = Array.from({ length: 10 }, (_, at) =>
      book.admit(unique(`${at}`), scriptedEvent(`${at}`), { channel: new Channel(), ackId: `${at}` }),
    );
    expect(switches).toEqual([true]);
    expect(book.usage).toMatchObject({ notifications: 10, isFull: true });
    for (const delivery of deliveries.slice(0, 4)) delivery?.settle('delivered');
    expect(switches).toEqual([true]);
    for (const delivery of deliveries.slice(4)) delivery?.settle('abandoned');
    expect(switches).toEqual([true, false]);
    expect(book.usage).toEqual({ notifications: 0, bytes: 0, isFull: false });
  });

  test('of bytes does the same', () => {
    const { book, switches } = inFlight({ bytes: 1000 });
    const [large, small] = [scriptedEvent('l', '1', 900), scriptedEvent('s', '1', 100)];
    const first = book.admit(unique('l'), large, { channel: new Channel(), ackId: '1' });
    expect(switches).toEqual([]);
    const second = book.admit(unique('s'), small, { channel: new Channel(), ackId: '2' });
    expect(switches).toEqual([true]);
    second?.settle('delivered');
    expect(switches).toEqual([true]);
    first?.settle('delivered');
    expect(switches).toEqual([true, false]);
  });

  test('an acknowledgement leaves before reading goes on', () => {
    const order: string[] = [];
    const book = new InFlight({ ...ROOMY, notifications: 1 }, (isFull) =>
      order.push(isFull ? 'pause' : 'resume'),
    );
    const channel = { acknowledge: (ackId: string) => order.push(ackId) };
    book.admit(unique('k'), scriptedEvent('e'), { channel, ackId: 'ack' })?.settle('delivered');
    expect(order).toEqual(['pause', 'ack', 'resume']);
  });
});

const step = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  isUnique: fc.boolean(),
  isConnectionLost: fc.boolean(),
  outcome: fc.constantFrom<Outcome | 'later'>('delivered', 'rejected', 'abandoned', 'later', 'later'),
});

test('whatever comes and however it ends, nothing is acknowledged twice or without a delivered copy, and nothing is left', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom<Outcome>('delivered', 'abandoned'),
      (steps, end) => {
        const channel = new Channel();
        const { book, switches } = inFlight({ notifications: 3 });
        const open: { settle(outcome: Outcome): void }[] = [];
        const accepted = new Set<string>();
        const keys = new Map(steps.map(({ key }, at) => [`${at}`, key]));
        for (const [at, { key, isUnique, isConnectionLost, outcome }] of steps.entries()) {
          if (isConnectionLost) book.connectionLost();
          const delivery = book.admit({ key, isUnique }, scriptedEvent('e'), { channel, ackId: `${at}` });
          if (delivery === undefined) continue;
          const settle = (last: Outcome): void => {
            if (last !== 'abandoned') accepted.add(key);
            delivery.settle(last);
          };
          if (outcome === 'later') open.push({ settle });
          else settle(outcome);
        }
        for (const delivery of open) delivery.settle(end);
        expect(new Set(channel.acks).size).toBe(channel.acks.length);
        for (const ackId of channel.acks) expect(accepted.has(keys.get(ackId) ?? '')).toBe(true);
        expect(book.usage).toEqual({ notifications: 0, bytes: 0, isFull: false });
        expect(switches).toEqual(switches.map((_, at) => at % 2 === 0));
      },
    ),
  );
});
