import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const SCRIPT = new URL('../../scripts/chaos.ts', import.meta.url).pathname;

async function run(...args: readonly string[]): Promise<{ code: unknown; out: string; errors: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exited) as [unknown];
  return { code, out, errors };
}

it('a short run under faults is good and says so in figures', async () => {
  const names = ['kill', 'cut', 'unknown', 'rejected'];
  const args = ['--seed', '1', '--seconds', '2', '--faults', names.join(), '--json'];
  const { code, out, errors } = await run(...args);

  expect(code, errors).toBe(0);
  expect(errors).toContain(
    'again with: npm run chaos -- --seed 1 --seconds 2 --faults kill,cut,unknown,rejected',
  );
  const figures = JSON.parse(out) as Record<string, never>;
  expect(figures).toMatchObject({
    seed: 1,
    seconds: 2,
    destination: 'azure',
    faults: Object.fromEntries(names.map((name) => [name, 1])),
    totals: { lost: 0, firstCopiesOutOfOrder: 0, repeatedUnderAnotherId: 0, devices500: 0 },
    tenants: ['t1001', 't1002', 't1003'].map((tenant) => ({ tenant, lost: 0 })),
  });
  expect(figures['totals']?.['sent']).toBeGreaterThan(0);
});

// None of these makes the service wait before it connects again.
it('so is one with a Predix Event Hub', async () => {
  const faults = 'kill,cut,failed,rotate-secret';
  const args = ['--seed', '1', '--seconds', '2', '--faults', faults, '--destination', 'predix', '--json'];
  const { code, out, errors } = await run(...args);

  expect(code, errors).toBe(0);
  expect(errors).toContain(`again with: npm run chaos -- ${args.slice(0, -1).join(' ')}`);
  const figures = JSON.parse(out) as Record<string, never>;
  expect(figures).toMatchObject({
    destination: 'predix',
    totals: { lost: 0, firstCopiesOutOfOrder: 0, repeatedUnderAnotherId: 0, devices500: 0 },
  });
  expect(figures['totals']?.['sent']).toBeGreaterThan(0);
});

it('a fault that does not exist ends it with code 2', async () => {
  const { code, errors } = await run('--faults', 'pigeon');
  expect([code, errors]).toEqual([2, expect.stringContaining('--faults: given "pigeon"; accepted: kill')]);
});
