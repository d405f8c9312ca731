import { describe, expect, it } from 'vitest';
import { emittedObservation, type Observation, observeFlatEvent } from '../../scripts/demo/observation.js';
import { Comparison, isGood } from '../../scripts/demo/verdict.js';

function emitted(source: string, id: string): Observation {
  return emittedObservation({
    tenant: 't1',
    channel: `/t1/events/${source}`,
    action: 'CREATE',
    body: `{"id":"${id}"}`,
  });
}

function read(source: string, id: string, messageId = `m${id}`): Observation {
  const header = { message: 'ack', channel: `/t1/events/${source}`, action: 'CREATE', messageId };
  return observeFlatEvent(Buffer.from(JSON.stringify({ ...header, id })), 't1');
}

/** Emits 1 to 4 of two sources in turn, then reads what is given. */
function verdictOn(...events: Observation[]): ReturnType<Comparison['verdict']> {
  const comparison = new Comparison();
  for (const [source, id] of [
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
    ['b', '4'],
  ] as const)
    comparison.emitted(emitted(source, id));
  for (const event of events) comparison.read(event);
  return comparison.verdict();
}

const ALL = [read('a', '1'), read('b', '2'), read('a', '3'), read('b', '4')];

describe('the verdict', () => {
  it('is good when every notification was read once and in order', () => {
    const verdict = verdictOn(...ALL);
    expect(verdict).toMatchObject({
      sent: 4,
      received: 4,
      lost: 0,
      duplicated: 0,
      outOfOrder: 0,
      unknown: 0,
    });
    expect(isGood(verdict, false)).toBe(true);
  });

  it('allows any order between sources', () => {
    expect(
      isGood(
        verdictOn(ALL[1] as Observation, ALL[3] as Observation, ALL[0] as Observation, ALL[2] as Observation),
        false,
      ),
    ).toBe(true);
  });

  it('counts what is missing as lost', () => {
    const verdict = verdictOn(...ALL.slice(1));
    expect(verdict.lost).toBe(1);
    expect(isGood(verdict, true)).toBe(false);
  });

  it('counts a first copy behind a later notification of its source as out of order', () => {
    const verdict = verdictOn(read('a', '3'), read('a', '1'), ...ALL.filter((_, at) => at % 2 === 1));
    expect(verdict.outOfOrder).toBe(1);
    expect(isGood(verdict, true)).toBe(false);
  });

  it('goes by the times of the hub between partitions, whatever was read first', () => {
    const verdictFor = (...times: readonly number[]): ReturnType<Comparison['verdict']> => {
      const comparison = new Comparison();
      for (const id of ['1', '2', '3']) comparison.emitted(emitted('a', id));
      // The third in the partition of the first; the second is read at the end, from another one.
      const places = ['0', '1', '0'].map((partitionId, at) => ({
        partitionId,
        enqueuedAtMs: times[at] ?? 0,
      }));
      for (const at of [0, 2, 1]) comparison.read(read('a', `${at + 1}`), places[at]);
      return comparison.verdict();
    };
    expect(verdictFor(1, 1.001, 2)).toMatchObject({ received: 3, outOfOrder: 0 });
    expect(verdictFor(1, 2.001, 2)).toMatchObject({ received: 3, outOfOrder: 1 });
    expect(verdictFor(1, 0.5, 2)).toMatchObject({ received: 3, outOfOrder: 1 });
  });

  it('takes the copy for the first one that the hub took first, whichever was read first', () => {
    const comparison = new Comparison();
    for (const id of ['1', '2']) comparison.emitted(emitted('a', id));
    comparison.read(read('a', '1'), { partitionId: '1', enqueuedAtMs: 9 });
    comparison.read(read('a', '2'), { partitionId: '2', enqueuedAtMs: 2 });
    expect(comparison.verdict()).toMatchObject({ outOfOrder: 1 });
    comparison.read(read('a', '1'), { partitionId: '0', enqueuedAtMs: 1 });
    expect(comparison.verdict()).toMatchObject({ received: 2, duplicated: 1, outOfOrder: 0 });
  });

  it('counts further copies, and does not mind their order', () => {
    const verdict = verdictOn(...ALL, read('a', '1'));
    expect(verdict).toMatchObject({ duplicated: 1, outOfOrder: 0, repeatedUnderAnotherId: 0 });
    expect([isGood(verdict, false), isGood(verdict, true)]).toEqual([false, true]);
  });

  it('is bad when a repeat carries another id', () => {
    const verdict = verdictOn(...ALL, read('a', '1', 'other'));
    expect(verdict.repeatedUnderAnotherId).toBe(1);
    expect(isGood(verdict, true)).toBe(false);
  });

  it('is bad when something was read that was never emitted', () => {
    const verdict = verdictOn(...ALL, read('a', '99'));
    expect(verdict.unknown).toBe(1);
    expect(isGood(verdict, true)).toBe(false);
  });

  it('is bad when nothing was sent at all', () => {
    expect(isGood(new Comparison().verdict(), false)).toBe(false);
  });
});
