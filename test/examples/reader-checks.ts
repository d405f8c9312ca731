/** What every reader in `examples/` has to do, whatever language it is written in. */
import { expect } from 'vitest';
import { type Command, type Outcome, runCommand } from '../../scripts/conformance/command.js';
import { flatSamples } from './flat-samples.js';
import { startHubToRead } from './hub-to-read.js';

/** Below the limit of a test, so that a reader that does not end says what it has printed so far. */
const TIMEOUT_MS = 25_000;

/** Runs a reader to its end. */
export function runReader(command: Command, signal: AbortSignal): Promise<Outcome> {
  return runCommand(command, { timeoutMs: TIMEOUT_MS, signal });
}

/** Every event is printed once, in order, and the repeats are counted. */
export async function expectEachEventOnce(command: Command, signal: AbortSignal): Promise<void> {
  const { environment, first, repeats } = await startHubToRead(await flatSamples());
  const { exitCode, stdout, stderr } = await runReader({ ...command, env: environment }, signal);
  expect({ exitCode, stderr: lastOf(stderr) }).toEqual({
    exitCode: 0,
    stderr: { read: first.length + repeats, repeats },
  });
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject(
    first.map(({ messageId, properties: { tenant, api, source, action }, body }, sequenceNumber) => ({
      partition: '1',
      sequenceNumber,
      messageId,
      tenant,
      api,
      source,
      action,
      body: JSON.parse(body.toString()) as unknown,
    })),
  );
}

/** A key that the hub refuses ends the reader, and it says why. */
export async function expectRefusedKeyNamed(command: Command, signal: AbortSignal): Promise<void> {
  const { environment } = await startHubToRead(await flatSamples());
  const wrong = environment['EVENTHUB_CONNECTION_STRING']?.replace('cmVhZA==', 'd3Jvbmc=') ?? '';
  const env = { ...environment, EVENTHUB_CONNECTION_STRING: wrong };
  const { exitCode, stderr } = await runReader({ ...command, env }, signal);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/token/i);
}

/** Without a connection string a reader says what is missing. */
export async function expectMissingSettingNamed(command: Command, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await runReader(
    { ...command, env: { EVENTHUB_CONNECTION_STRING: '' } },
    signal,
  );
  expect(exitCode).toBe(1);
  expect(stderr.trim()).toMatch(/^EVENTHUB_CONNECTION_STRING is not set[^\n]*$/);
}

function lastOf(text: string): unknown {
  const last = text.trim().split('\n').at(-1) ?? '';
  return last.startsWith('{') ? JSON.parse(last) : text;
}
