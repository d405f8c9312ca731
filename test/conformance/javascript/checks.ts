/** Runs checks one after the other and reports each as one line of JSON. */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeAll, transport } from './world.js';

/** One thing the SDK is to do; it throws when it does not. */
export interface Check {
  readonly name: string;
  run(): Promise<void>;
}

/** Longest that one check may take, in milliseconds. */
const checkTimeoutMs = 30_000;

const { version } = createRequire(import.meta.url)('@azure/event-hubs/package.json') as { version: string };

/** Runs and reports all checks. */
export async function report(checks: readonly Check[]): Promise<void> {
  for (const check of checks) {
    const failure = await failureOf(check);
    const row = {
      client: '@azure/event-hubs',
      version,
      transport,
      check: check.name,
      result: failure === undefined ? 'pass' : 'fail',
      ...(failure === undefined ? {} : { detail: failure }),
    };
    process.stdout.write(`${JSON.stringify(row)}\n`);
    await Promise.race([closeAll(), sleep(3000)]);
  }
}

async function failureOf(check: Check): Promise<string | undefined> {
  const late = sleep(checkTimeoutMs, undefined, { ref: false }).then(() => {
    throw new Error('took too long');
  });
  try {
    await Promise.race([check.run(), late]);
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

/** A failure in words; the SDK wraps those of several attempts into one. */
export function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(' | ');
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  return `${code}${error.message}`;
}

/** Fails unless it is so. */
export function expect(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}

/** Fails unless the promise fails with a text that matches. */
export async function expectFailure(promise: Promise<unknown>, pattern: RegExp): Promise<void> {
  const failure = await promise.then(
    () => 'no failure',
    (error: unknown) => describe(error),
  );
  expect(pattern.test(failure), `expected ${pattern}, got ${failure}`);
}

/** Waits until it is so. */
export async function until(isSo: () => boolean, otherwise: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (isSo()) return;
    await sleep(50);
  }
  throw new Error(otherwise);
}
