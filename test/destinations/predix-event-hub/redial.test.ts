import { describe, expect, it } from 'vitest';
import { Redial } from '../../../src/destinations/predix-event-hub/redial.js';
import { PREDIX_TIMING } from '../../../src/destinations/predix-event-hub/timing.js';
import { ManualClock } from '../../support/manual-clock.js';

const SECOND = 1000;

/** Fails again and again, each time as soon as a connection may be made; gives the waits in seconds. */
function waits(
  redial: Redial,
  clock: ManualClock,
  kind: 'lost' | 'refused',
  times: number,
): readonly number[] {
  return Array.from({ length: times }, () => {
    redial.failed(kind);
    const { waitMs } = redial;
    clock.advance(waitMs);
    return Math.round(waitMs / SECOND);
  });
}

function redialOf(random = 0.5): { redial: Redial; clock: ManualClock } {
  const clock = new ManualClock();
  return { redial: new Redial(PREDIX_TIMING.redial, clock, () => random), clock };
}

describe('connections that are lost', () => {
  it('are made again after 10, 15, 30, 60, 180 and 300 s, and so on without an end', () => {
    const { redial, clock } = redialOf();
    expect(waits(redial, clock, 'lost', 14)).toEqual([
      10, 15, 30, 60, 180, 300, 10, 15, 30, 60, 180, 300, 10, 15,
    ]);
  });

  it('wait ten percent less or more, at random', () => {
    expect(waits(redialOf(0).redial, new ManualClock(), 'lost', 1)).toEqual([9]);
    expect(waits(redialOf(1).redial, new ManualClock(), 'lost', 1)).toEqual([11]);
  });

  it('begin anew after a success', () => {
    const { redial, clock } = redialOf();
    waits(redial, clock, 'lost', 4);
    redial.succeeded();
    expect(waits(redial, clock, 'lost', 2)).toEqual([10, 15]);
  });

  it('begin anew after one that was there for a minute, also without anything to send', () => {
    const { redial, clock } = redialOf();
    waits(redial, clock, 'lost', 4);
    redial.failed('lost', 59_000);
    expect(Math.round(redial.waitMs / SECOND)).toBe(180);
    redial.failed('lost', 60_000);
    expect(Math.round(redial.waitMs / SECOND)).toBe(10);
  });

  it('may be made at once as long as nothing has failed', () => {
    expect(redialOf().redial.waitMs).toBe(0);
  });
});

describe('connections that are refused', () => {
  it('are tried three times, a minute apart; then it rests half an hour, again and again', () => {
    const { redial, clock } = redialOf();
    expect(waits(redial, clock, 'refused', 6)).toEqual([60, 60, 1800, 60, 60, 1800]);
  });

  it('are said to be refused only then, until something is taken or the connection is lost otherwise', () => {
    const { redial, clock } = redialOf();
    waits(redial, clock, 'refused', 2);
    expect(redial.isRefused).toBe(false);
    waits(redial, clock, 'refused', 2);
    expect(redial.isRefused).toBe(true);
    redial.succeeded();
    expect(redial.isRefused).toBe(false);
    waits(redial, clock, 'refused', 3);
    waits(redial, clock, 'lost', 1);
    expect(redial.isRefused).toBe(false);
  });

  it('may be tried at once when something was changed, once', () => {
    const { redial } = redialOf();
    redial.failed('refused');
    redial.hurry();
    expect(redial.waitMs).toBeGreaterThan(0);
    redial.failed('refused');
    redial.failed('refused');
    redial.hurry();
    expect(redial.waitMs).toBe(0);
    redial.failed('refused');
    expect(redial.waitMs).toBeGreaterThan(0);
  });

  it('have as many attempts again after a success, and after a loss', () => {
    const { redial, clock } = redialOf();
    waits(redial, clock, 'refused', 2);
    redial.succeeded();
    expect(waits(redial, clock, 'refused', 2)).toEqual([60, 60]);
    waits(redial, clock, 'lost', 1);
    expect(waits(redial, clock, 'refused', 3)).toEqual([60, 60, 1800]);
  });
});
