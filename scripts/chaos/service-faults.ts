/** Faults of the service itself: its processes end, stand still, run out of room, or lose the time. */
import type { Fault, Stage, Struck } from './fault.js';

/** In MiB: with 40 the service runs out of memory while it replays under the load of a run, with 18 it does not even start. */
const LITTLE_MEMORY = '--max-old-space-size=64';
const MINUTE_MS = 60_000;
const LEAST_JUMP_MINUTES = 1;
const MOST_JUMP_MINUTES = 10;

const SHARED = { reach: 'copy', holds: 'process' } as const;

function end(how: 'kill' | 'stop'): Fault['begin'] {
  return async (_stage, { copy }) => {
    const release = await copy.take();
    await copy[how]();
    return () => copy.start().finally(release);
  };
}

async function stall(_stage: Stage, { copy, lastsMs }: Struck): Promise<() => void> {
  const release = await copy.take();
  copy.stall(lastsMs);
  return release;
}

async function memory(_stage: Stage, { copy }: Struck): Promise<() => Promise<void>> {
  const release = await copy.take();
  await copy.kill();
  await copy.start([LITTLE_MEMORY]);
  return async () => {
    await copy.stop();
    await copy.start().finally(release);
  };
}

async function clock(_stage: Stage, { copy, dice }: Struck): Promise<() => void> {
  const release = await copy.take();
  // Half of them forward, half of them back.
  const side = dice < 0.5 ? -1 : 1;
  const part = (dice * 2) % 1;
  copy.setClock(side * (LEAST_JUMP_MINUTES + part * (MOST_JUMP_MINUTES - LEAST_JUMP_MINUTES)) * MINUTE_MS);
  return () => {
    copy.setClock(0);
    release();
  };
}

/** See the head of this file. */
export const SERVICE_FAULTS: readonly Fault[] = [
  {
    ...SHARED,
    name: 'kill',
    what: 'a copy of the service is killed (SIGKILL) and started again after a while',
    lasts: [0.2, 3],
    mayRepeat: true,
    begin: end('kill'),
  },
  {
    ...SHARED,
    name: 'term',
    what: 'a copy is stopped in order (SIGTERM) under load, with exit code 0, and started again',
    lasts: [0.5, 3],
    mayRepeat: true,
    begin: end('stop'),
  },
  {
    ...SHARED,
    name: 'stall',
    what: 'the event loop of a copy stands still',
    lasts: [1, 6],
    mayRepeat: true,
    begin: stall,
  },
  {
    ...SHARED,
    name: 'memory',
    what: 'a copy is killed, and runs with very little memory until it is stopped in order',
    lasts: [5, 15],
    mayRepeat: true,
    begin: memory,
  },
  {
    ...SHARED,
    name: 'clock',
    what: 'the clock of a copy jumps by 1 to 10 minutes, forward or back, and then to the right time',
    lasts: [3, 12],
    mayRepeat: false,
    begin: clock,
  },
];
