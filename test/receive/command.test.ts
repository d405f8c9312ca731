/** The command itself, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { filePlace, storedCheckpoints } from './checkpoint-places.js';
import { HUB, LocalHub } from './local-hub.js';

const PROGRAM = fileURLToPath(new URL('../../scripts/receive.ts', import.meta.url));

interface Run {
  out: string;
  err: string;
  readonly exitCode: Promise<unknown>;
  interrupt(): void;
}

function run(args: readonly string[], connectionString = ''): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    env: { ...process.env, EVENTHUB_CONNECTION_STRING: connectionString },
  });
  const exited = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const result: Run = {
    out: '',
    err: '',
    exitCode: exited.then(([code]) => code),
    interrupt: () => child.kill('SIGINT'),
  };
  child.stdout.on('data', (chunk: Buffer) => {
    result.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    result.err += chunk.toString();
  });
  return result;
}

it('prints lines of JSON and figures, and at Ctrl-C ends in order with a last checkpoint', async () => {
  const hub = await LocalHub.start();
  await hub.send(100);
  const place = await filePlace();
  const path = place.kind === 'file' ? place.path : '';
  const args = ['--checkpoint-file', path, '--checkpoint-every', '3600', '--stats'];
  const connectionString = hub.eventHubs.connectionString({ hub: HUB });
  const receive = run(args, connectionString);
  const lines = (): readonly string[] => receive.out.split('\n').slice(0, -1);
  await waitUntil('all is printed', () => lines().length >= 100);
  receive.interrupt();
  expect(await receive.exitCode).toBe(0);
  expect(new Set(lines().map((line) => (JSON.parse(line) as { messageId: string }).messageId)).size).toBe(
    100,
  );
  expect(receive.err).toContain('100 events shown, checkpoints written');
  expect(receive.err).toMatch(/events\/s {2}read \d+ {2}shown \d+ {2}repeats 0/);
  expect((await storedCheckpoints(place)).map(({ sequenceNumber }) => sequenceNumber)).toEqual([49, 49]);
  const key = /SharedAccessKey=([^;]+)/.exec(connectionString)?.[1] ?? '';
  expect(`${receive.out}${receive.err}${await readFile(path, 'utf8')}`).not.toContain(key);
});

it('exits with 2 for a wrong option, with 1 for a hub that cannot be used, with 0 for help', async () => {
  const nobody =
    'Endpoint=sb://localhost:1/;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true';
  const [wrong, unreachable, help] = [run(['--max', 'x']), run(['--hub', 'h'], nobody), run(['--help'])];
  expect(await wrong.exitCode).toBe(2);
  expect(await unreachable.exitCode).toBe(1);
  expect(unreachable.err).toContain('localhost:1 cannot be reached');
  expect(await help.exitCode).toBe(0);
  expect(help.out).toContain('EVENTHUB_CONNECTION_STRING');
});
