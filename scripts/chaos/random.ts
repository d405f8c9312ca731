/** Random numbers that a seed decides, so that a run can be had again. */

/** A source of random numbers. */
export interface Random {
  /** From 0 to less than 1. */
  next(): number;
  /** From `least` to less than `most`. */
  between(least: number, most: number): number;
  /** A whole number from 0 to less than `count`. */
  below(count: number): number;
}

/** 2 to the power of 32. */
const RANGE = 0x1_0000_0000;

/**
 * Makes a source (the generator is known as mulberry32).
 * @param seed a whole number; equal seeds give equal numbers
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / RANGE;
  };
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    below: (count) => Math.floor(next() * count),
  };
}
