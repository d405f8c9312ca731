import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlatformClock } from '../src/platform-clock.js';

const HOUR_MS = 3_600_000;

describe('the time at Cumulocity', () => {
  it('is this machine’s as long as nothing else is known', () => {
    const clock = new PlatformClock();
    const before = Date.now();
    const { earliest, latest } = clock;
    expect([earliest, latest].every((time) => time >= before && time <= Date.now())).toBe(true);
  });

  it('lies within its bounds, whatever an answer takes and wherever a second begins', () => {
    const ms = fc.integer({ min: 0, max: 30_000 });
    fc.assert(
      fc.property(fc.integer({ min: -HOUR_MS, max: HOUR_MS }), ms, ms, (skewMs, thereMs, backMs) => {
        const clock = new PlatformClock();
        const now = performance.now();
        const receivedAt = now;
        const answeredAt = receivedAt - backMs;
        const sentAt = answeredAt - thereMs;
        const platformNow = Date.now() + skewMs;
        clock.learn(new Date(platformNow - backMs).toUTCString(), sentAt, receivedAt);
        // What the test itself takes passes on both clocks.
        const passedMs = performance.now() - now;
        expect(clock.earliest).toBeLessThanOrEqual(platformNow + passedMs + 1);
        expect(clock.latest).toBeGreaterThanOrEqual(platformNow);
        expect(clock.latest - clock.earliest).toBeLessThan(thereMs + backMs + 1001);
      }),
    );
  });

  it('is kept when an answer has no date, or something else in its place', () => {
    const clock = new PlatformClock();
    clock.learn(new Date(Date.now() + HOUR_MS).toUTCString(), performance.now(), performance.now());
    clock.learn(null, performance.now(), performance.now());
    clock.learn('soon', performance.now(), performance.now());
    expect(Math.round((clock.earliest - Date.now()) / HOUR_MS)).toBe(1);
  });
});
