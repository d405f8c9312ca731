import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ServiceProcess } from '../scripts/demo/service-process.js';
import { LocalEventHubs } from './simulators/azure-event-hubs/local-event-hubs.js';
import { LocalCumulocity } from './simulators/cumulocity/local-cumulocity.js';
import { waitUntil } from './support/wait.js';

/** Built by `npm test` before the tests run. */
const ENTRY = new URL('../dist/main.js', import.meta.url).pathname;

async function startPlatform(): Promise<LocalCumulocity> {
  const cumulocity = await LocalCumulocity.start();
  onTestFinished(() => cumulocity.stop());
  return cumulocity;
}

function prepareService(environment: Record<string, string>): ServiceProcess {
  const service = new ServiceProcess({ SERVER_PORT: '0', ...environment }, () => undefined);
  onTestFinished(async () => {
    await service.end('SIGKILL');
  });
  return service;
}

describe('the process', () => {
  it('ends with code 1 and one line that names every problem when the environment is wrong', async () => {
    const child = spawn(process.execPath, [ENTRY], {
      env: { C8Y_BASEURL: 'cumulocity', SERVER_PORT: 'http' },
    });
    let output = '';
    child.stdout.on('data', (data) => {
      output += String(data);
    });
    const [code] = (await once(child, 'close')) as [number];

    expect(code).toBe(1);
    const [line, ...others] = output.trim().split('\n');
    expect(others).toEqual([]);
    for (const name of ['C8Y_BASEURL', 'C8Y_BOOTSTRAP_TENANT', 'C8Y_BOOTSTRAP_PASSWORD', 'SERVER_PORT']) {
      expect(line).toContain(name);
    }
  });

  it('writes JSON lines and answers the probes', async () => {
    const cumulocity = await startPlatform();
    const service = prepareService(cumulocity.serviceEnvironment());
    const port = await service.start();
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    await waitUntil('it is ready', async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok);

    expect(await health.json()).toEqual({ status: 'UP' });
    for (const line of service.lines) {
      expect(JSON.parse(line)).toMatchObject({ timestamp: expect.any(String) as string, level: 'info' });
    }
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s, with code 0', async (signal) => {
    const cumulocity = await startPlatform();
    const service = prepareService(cumulocity.serviceEnvironment());
    await service.start();

    expect(await service.end(signal)).toBe(0);
    expect(service.lines.at(-1)).toContain('service stopped');
  });

  it('ends at once on a second signal', async () => {
    const cumulocity = await startPlatform();
    const hubs = await LocalEventHubs.start({ hubs: [{ name: 'h1', partitionCount: 1 }] });
    onTestFinished(() => hubs.stop());
    cumulocity.addTenant('t1');
    cumulocity.setOptions('t1', { 'credentials.connectionString': hubs.connectionString({ hub: 'h1' }) });
    cumulocity.subscribeTenant('t1');
    const environment = { ...cumulocity.serviceEnvironment(), HUB_HOSTS: 'localhost', STOP_SECONDS: '300' };
    const service = prepareService(environment);
    await service.start();
    const tenant = cumulocity.tenant('t1');
    await waitUntil('the consumer is connected', () => tenant.consumerSockets() === 1);
    // With an answer that is held back, an orderly stop would take all of its time.
    hubs.faults.holdAnswers(true);
    tenant.createDevice('one');
    await waitUntil('the hub holds an answer', () => hubs.hub('h1').eventCount === 1);
    const ended = service.end('SIGTERM');
    await waitUntil('it is stopping', () => service.lines.some((line) => line.includes('service stopping')));
    await service.end('SIGTERM');

    expect(await ended).toBe(1);
  });
});
