/** Needs the package of `examples/reader-python/requirements.txt` in the Python that PYTHON names. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, test } from 'vitest';
import { expectEachEventOnce, expectMissingSettingNamed, expectRefusedKeyNamed } from './reader-checks.js';

const PYTHON = process.env['PYTHON'] || 'python3';
const reader = fileURLToPath(new URL('../../examples/reader-python/reader.py', import.meta.url));
const command = { program: PYTHON, args: ['-B', reader] };

/** @returns why the reader cannot run here */
async function whatIsMissing(): Promise<string | undefined> {
  try {
    await promisify(execFile)(PYTHON, ['-c', 'import azure.eventhub']);
    return undefined;
  } catch (error) {
    const [reason] = String((error as { stderr?: string }).stderr || error)
      .trim()
      .split('\n')
      .slice(-1);
    return `${PYTHON} has no azure-eventhub (${reason}): pip install -r examples/reader-python/requirements.txt`;
  }
}

describe('the reader in Python', () => {
  beforeEach(async ({ skip }) => {
    const reason = await whatIsMissing();
    if (reason !== undefined) skip(reason);
  });

  test('prints each event once, in order', ({ signal }) => expectEachEventOnce(command, signal));

  test('ends and says why when the hub refuses its key', ({ signal }) =>
    expectRefusedKeyNamed(command, signal));

  test('says what is missing', ({ signal }) => expectMissingSettingNamed(command, signal));
});
