import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { EventHubProducerClient } from '@azure/event-hubs';
import { expect, it, onTestFinished } from 'vitest';

const SCRIPT = new URL('../../scripts/simulators.ts', import.meta.url).pathname;

interface Description {
  readonly cumulocity: { readonly url: string };
  readonly tenants: readonly {
    readonly id: string;
    readonly user: string;
    readonly password: string;
    readonly hub: string;
    readonly connectionString: string;
  }[];
}

it('npm run simulators -- --json prints what a program needs to use them, and ends on SIGTERM', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { cumulocity, tenants } = JSON.parse(line) as Description;
  const [tenant] = tenants;
  if (tenant === undefined) throw new Error('no tenant is named');

  const authorization = `Basic ${Buffer.from(`${tenant.id}/${tenant.user}:${tenant.password}`).toString('base64')}`;
  const answer = await fetch(`${cumulocity.url}/tenant/currentTenant`, { headers: { authorization } });
  expect(await answer.json()).toMatchObject({ name: tenant.id });
  const producer = new EventHubProducerClient(tenant.connectionString);
  expect((await producer.getEventHubProperties()).name).toBe(tenant.hub);
  await producer.close();

  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it.each([
  ['demo.ts', ['--events', 'many'], '--events: given "many"; accepted: a whole number'],
  [
    'demo.ts',
    ['--transport', 'pigeon'],
    '--transport: given "pigeon"; accepted: auto, amqp, websocket, https',
  ],
  ['demo.ts', ['--kill', '1'], 'they need --events N'],
  ['simulators.ts', ['--port', '1'], "Unknown option '--port'"],
])('%s %j ends with code 2 and says what is accepted', async (script, args, message) => {
  const path = new URL(`../../scripts/${script}`, import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += String(data);
  });
  const [code] = (await once(child, 'close')) as [number];

  expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
});
