import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';

const SCRIPT = new URL('../../scripts/demo.ts', import.meta.url).pathname;

it.each([
  ['azure', []],
  ['predix', ['--destination', 'predix', '--rotate', '1']],
  ['predix over WebSocket', ['--destination', 'predix', '--protocol', 'websocket', '--kill', '1']],
])('a short run of the demo with %s is good and says so in figures', async (_, args) => {
  const words = ['--import', 'tsx', SCRIPT, '--events', '600', '--json', ...args];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [figures, shown, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);

  expect([code, shown]).toEqual([0, expect.stringMatching(/^GOOD$/m)]);
  const good = { sent: 600, received: 600, lost: 0, outOfOrder: 0, repeatedUnderAnotherId: 0 };
  expect(JSON.parse(figures)).toMatchObject(good);
});
