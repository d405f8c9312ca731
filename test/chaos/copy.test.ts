import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Copy } from '../../scripts/chaos/copy.js';
import { News } from '../../scripts/chaos/news.js';
import { LocalCumulocity } from '../simulators/cumulocity/local-cumulocity.js';
import { waitUntil } from '../support/wait.js';

interface Scene {
  readonly cumulocity: LocalCumulocity;
  readonly copy: Copy;
  readonly news: readonly string[];
  /** Whether the copy answers its probe soon. */
  readonly answers: () => Promise<boolean>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** @param logFolder where the copy keeps its log */
async function startScene(logFolder?: string): Promise<Scene> {
  const cumulocity = await LocalCumulocity.start();
  const port = await freePort();
  const news: string[] = [];
  const environment = {
    ...cumulocity.serviceEnvironment(),
    SERVER_PORT: String(port),
    TENANT_POLL_SECONDS: '0.1',
  };
  const copy = new Copy('copy-1', environment, new News((line) => news.push(line)), logFolder);
  onTestFinished(async () => {
    await copy.end();
    await cumulocity.stop();
  });
  await copy.start();
  const answers = async (): Promise<boolean> => {
    const signal = AbortSignal.timeout(200);
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal }).catch(() => undefined);
    return response?.ok === true;
  };
  return { cumulocity, copy, news, answers };
}

function lastTimeOf({ lines }: Copy): number {
  const { timestamp } = JSON.parse(lines.at(-1) ?? '{}') as { timestamp: string };
  return Date.parse(timestamp);
}

it('stands still when its event loop is stalled, and can be killed all the same', async () => {
  const { copy, answers } = await startScene();
  await waitUntil('it answers', answers);
  copy.stall(600_000);
  await waitUntil('it does not answer', async () => !(await answers()));
  await copy.kill();
  await copy.start();
  await waitUntil('it answers again', answers);
  expect(copy.failures).toEqual({ crashes: 0, badStops: 0 });
});

it('has another time when its clock is set', async () => {
  const { cumulocity, copy } = await startScene();
  const tenMinutes = 600_000;
  copy.setClock(tenMinutes);
  for (let at = 0; lastTimeOf(copy) < Date.now() + tenMinutes / 2; at++) {
    const count = copy.lines.length;
    cumulocity.addTenant(`t${at}`);
    cumulocity.subscribeTenant(`t${at}`);
    await waitUntil('it logs something', () => copy.lines.length > count);
  }
  await copy.stop();
  expect(lastTimeOf(copy)).toBeGreaterThan(Date.now() + tenMinutes / 2);
  expect(copy.failures).toEqual({ crashes: 0, badStops: 0 });
});

it('is started again when it ends by itself, which counts', async () => {
  const { copy, answers, news } = await startScene();
  await waitUntil('it answers', answers);
  process.kill(copy.processId ?? 0, 'SIGKILL');
  await waitUntil('that is seen', () => copy.failures.crashes === 1);
  await waitUntil('it answers again', answers);
  expect(news.join('\n')).toContain('copy-1: the service ended with SIGKILL by itself');
});

it('counts it when it cannot even start', async () => {
  const { copy, news } = await startScene();
  await copy.kill();
  await copy.start(['--no-such-option']);
  expect(copy.failures).toEqual({ crashes: 1, badStops: 0 });
  expect(news.join('\n')).toContain('copy-1: the service ended with code 9');
});

it('is in the hand of one fault at a time', async () => {
  const { copy } = await startScene();
  const order: string[] = [];
  const first = await copy.take();
  const second = copy.take().then((release) => {
    order.push('second has it');
    release();
  });
  await copy.stop();
  order.push('first gives it back');
  first();
  await second;
  expect(order).toEqual(['first gives it back', 'second has it']);
});

it('keeps all of its log in a file, where one is asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'copy-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { copy } = await startScene(folder);
  await copy.kill();
  await copy.start();
  await copy.end();
  const text = await readFile(join(folder, 'copy-1.log'), 'utf8');
  expect(text.match(/"message":"service started"/g)).toHaveLength(2);
});
