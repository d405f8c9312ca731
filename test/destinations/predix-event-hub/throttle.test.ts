import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../src/destinations/predix-event-hub/throttle.js';
import { PREDIX_TIMING } from '../../../src/destinations/predix-event-hub/timing.js';
import { RateLimit, rateLimitOff } from '../../simulators/predix-event-hub/publish/rate-limit.js';
import { ManualClock } from '../../support/manual-clock.js';
import { NEVER } from '../../support/sample-event.js';

const { windowMs, floorBytes } = PREDIX_TIMING.throttle;

function throttleOf(): { throttle: Throttle; clock: ManualClock } {
  const clock = new ManualClock();
  return { throttle: new Throttle(PREDIX_TIMING.throttle, clock), clock };
}

describe('a throttle', () => {
  it('lets everything pass at once as long as nothing is refused', async () => {
    const { throttle, clock } = throttleOf();
    await throttle.permit(10 * floorBytes, NEVER);
    expect(clock.waits).toEqual([]);
    expect(throttle.status).toBeUndefined();
    expect(throttle.requestBytes).toBeUndefined();
  });

  it('pauses after a refusal and then keeps to what was taken in the last window', async () => {
    const { throttle, clock } = throttleOf();
    throttle.accepted(2 * floorBytes);
    throttle.refused();
    expect(throttle.pauseMs).toBe(windowMs / 30);
    await throttle.permit(floorBytes, NEVER);
    expect(clock.waits).toEqual([windowMs / 30]);
    expect(throttle.status?.bytesPerSecond).toBe(Math.round((2 * floorBytes * 1000) / windowMs));
    await throttle.permit(1, NEVER);
    // Half of what fits into a window was sent, so half a window is waited.
    expect(clock.waits[1]).toBeCloseTo(windowMs / 2, 5);
  });

  it('never goes below what every tenant may publish', () => {
    const { throttle } = throttleOf();
    throttle.refused();
    expect(throttle.status?.bytesPerSecond).toBe(Math.round((floorBytes * 1000) / windowMs));
  });

  it('pauses longer each time nothing was taken in between, up to a window', () => {
    const { throttle, clock } = throttleOf();
    const pauses = Array.from({ length: 7 }, () => {
      throttle.refused();
      const { pauseMs } = throttle;
      clock.advance(pauseMs);
      return pauseMs / windowMs;
    });
    expect(pauses.map((part) => Math.round(part * 30))).toEqual([1, 2, 4, 8, 16, 30, 30]);
    throttle.accepted(1);
    throttle.refused();
    expect(throttle.pauseMs).toBe(windowMs / 30);
  });

  it('counts several refusals of one request as one', () => {
    const { throttle } = throttleOf();
    for (let refusal = 0; refusal < 5; refusal++) throttle.refused();
    expect(throttle.pauseMs).toBe(windowMs / 30);
  });

  it('grows as long as nothing is refused, and is free after two windows', () => {
    const { throttle, clock } = throttleOf();
    throttle.refused();
    const before = throttle.status?.bytesPerSecond ?? 0;
    clock.advance(throttle.pauseMs + windowMs / 2);
    expect(throttle.status?.bytesPerSecond).toBeGreaterThan(1.5 * before);
    clock.advance(2 * windowMs);
    expect(throttle.status).toBeUndefined();
  });

  it('ends a wait when it is refused meanwhile only after the new pause', async () => {
    const { throttle, clock } = throttleOf();
    throttle.refused();
    clock.onWait = () => {
      clock.onWait = () => undefined;
      clock.advance(throttle.pauseMs);
      throttle.refused();
    };
    await throttle.permit(1, NEVER);
    expect(throttle.pauseMs).toBe(0);
    expect(clock.waits).toHaveLength(2);
  });
});

it('keeps no time for what is given up', async () => {
  const { throttle, clock } = throttleOf();
  throttle.refused();
  clock.advance(throttle.pauseMs);
  await throttle.permit(1, NEVER);
  clock.advance(1);
  for (let attempt = 0; attempt < 10; attempt++) await throttle.permit(floorBytes, AbortSignal.abort());
  await throttle.permit(1, NEVER);
  expect(clock.waits).toEqual([]);
});

describe('a throttle before a service that limits', () => {
  /** Sends without an end for some windows, as a lane does: what is refused is sent again. Times are simulated. */
  async function run(windows: number): Promise<{ taken: number; refused: number }> {
    const { throttle, clock } = throttleOf();
    const limit = new RateLimit({ ...rateLimitOff, mode: 'on' }, () => clock.now());
    const until = clock.now() + windows * windowMs;
    let [taken, refused] = [0, 0];
    while (clock.now() < until) {
      const bytes = Math.min(50_000, throttle.requestBytes ?? 50_000);
      await throttle.permit(bytes, NEVER);
      clock.advance(5);
      if (limit.take('z1', bytes)) {
        throttle.accepted(bytes);
        taken += bytes;
      } else {
        throttle.refused();
        refused += bytes;
        await clock.wait(throttle.pauseMs);
      }
    }
    return { taken, refused };
  }

  it('[seed 218-226] gets nearly all that the service takes, and wastes little', async () => {
    const { taken, refused } = await run(20);
    expect(taken / (20 * floorBytes)).toBeGreaterThan(0.8);
    expect(refused / taken).toBeLessThan(0.3);
  });
});
