import { describe, expect, it } from 'vitest';
import { RateLimit, rateLimitOff } from './rate-limit.js';

function limitOf(mode: (typeof rateLimitOff)['mode']): { limit: RateLimit; advance: (ms: number) => void } {
  let now = 0;
  const limit = new RateLimit({ mode, bytes: 1000, windowMs: 30_000 }, () => now);
  return {
    limit,
    advance: (ms) => {
      now += ms;
    },
  };
}

describe('a rate limit', () => {
  it('[seed 218-226] lets each zone publish so many bytes in a window, and again in the next', () => {
    const { limit, advance } = limitOf('on');
    expect(limit.take('z1', 600)).toBe(true);
    expect(limit.take('z1', 600)).toBe(false);
    expect(limit.take('z1', 400)).toBe(true);
    expect(limit.take('z2', 1000)).toBe(true);
    advance(30_000);
    expect(limit.take('z1', 1000)).toBe(true);
  });

  it('is 1 MB in 30 seconds, and off, unless said otherwise', () => {
    expect(rateLimitOff).toEqual({ mode: 'off', bytes: 1_048_576, windowMs: 30_000 });
    const { limit } = limitOf('off');
    expect(limit.take('z1', 5000)).toBe(true);
  });

  it('applies by itself while more zones publish than that, and no longer', () => {
    const { limit, advance } = limitOf({ auto: 1 });
    expect(limit.take('z1', 5000)).toBe(true);
    limit.take('z2', 1);
    expect(limit.take('z1', 1)).toBe(false);
    advance(30_000);
    expect(limit.take('z1', 5000)).toBe(true);
  });
});
