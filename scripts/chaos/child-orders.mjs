// Runs in the service's process before the service does, and does to it what no signal can: stops its event loop for
// a while, and lets its clock jump. Orders come over the channel that the parent process has opened. It is no part of
// the service: only `npm run chaos` loads it.

const RealDate = Date;
let clockOffsetMs = 0;

// Whole milliseconds, as of any clock.
const now = () => Math.round(RealDate.now() + clockOffsetMs);

// As when the machine's clock is set: what measures intervals (timers, performance.now) goes on as before.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

process.on('message', ({ stallMs, clockOffsetMs: offsetMs }) => {
  if (offsetMs !== undefined) clockOffsetMs = offsetMs;
  if (stallMs !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
});
// Nobody would end a process whose parent was killed.
process.on('disconnect', () => process.exit(1));
// Listening keeps the process alive; the service is to end by itself.
process.channel?.unref();
