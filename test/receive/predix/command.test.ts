/** The command itself, in a process of its own, at a local Predix Event Hub. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { vcapServices } from '../../simulators/predix-event-hub/vcap.js';
import { CLIENT, type PredixScene, startPredix, ZONE } from '../../support/predix.js';
import { waitUntil } from '../../support/wait.js';
import { ids, store } from './predix-scene.js';

const PROGRAM = fileURLToPath(new URL('../../../scripts/receive.ts', import.meta.url));

interface Run {
  out: string;
  err: string;
  readonly exitCode: Promise<unknown>;
  interrupt(): void;
}

function run(scene: PredixScene, args: readonly string[], secret = CLIENT.secret): Run {
  const vcap = vcapServices({
    zone: ZONE,
    grpcUri: scene.service.grpcUri,
    wssUri: scene.service.wssUri,
    adminUri: scene.service.adminUrl,
    issuer: scene.uaa.issuer,
  });
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    env: {
      ...process.env,
      VCAP_SERVICES: JSON.stringify(vcap),
      TLS_PEM_FILE: 'none',
      PREDIX_CLIENT_SECRET: secret,
    },
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

it('prints lines of JSON and figures; Ctrl-C unsubscribes; the next run goes on', async () => {
  const scene = await startPredix();
  store(scene.service, ids(100));
  const args = ['--predix', '--client-id', CLIENT.id];
  const first = run(scene, [...args, '--stats']);
  const lines = (): readonly string[] => first.out.split('\n').slice(0, -1);
  await waitUntil('all is printed', () => lines().length >= 100);
  first.interrupt();
  expect(await first.exitCode).toBe(0);
  expect(
    lines()
      .map((line) => (JSON.parse(line) as { messageId: string }).messageId)
      .sort(),
  ).toEqual([...ids(100)].sort());
  expect(first.err).toContain(`of zone ${ZONE}`);
  expect(first.err).toContain('100 events shown');
  expect(first.err).toMatch(/events\/s {2}read \d+ {2}shown \d+ {2}repeats 0/);
  expect(scene.service.openStreams('subscribe')).toBe(0);

  store(scene.service, ['next']);
  const second = run(scene, [...args, '--max', '1']);
  expect(await second.exitCode).toBe(0);
  expect(JSON.parse(second.out)).toMatchObject({ messageId: 'next', topic: 'topic', body: { id: 'next' } });
  for (const text of [first.out, first.err, second.out, second.err]) {
    expect(text).not.toContain(CLIENT.secret);
    expect(text).not.toMatch(/eyJ[\w-]+\./);
  }
});

it('exits with 2 for a wrong option, with 1 for a wrong secret, with 0 for help', async () => {
  const scene = await startPredix();
  const args = ['--predix', '--client-id', CLIENT.id];
  const runs = [
    run(scene, [...args, '--mode', 'x']),
    run(scene, args, 'wrong-secret-9'),
    run(scene, ['--help']),
  ] as const;
  const [wrong, refused, help] = runs;
  expect(await Promise.all(runs.map(({ exitCode }) => exitCode))).toEqual([2, 1, 0]);
  expect(wrong.err).toContain('accepted: receive, acks, batch');
  expect(refused.err).toContain('--client-id or PREDIX_CLIENT_SECRET: client "forwarder" gets no token');
  expect(refused.err).not.toContain('wrong-secret-9');
  expect(help.out).toContain('--predix HOST:PORT');
});
