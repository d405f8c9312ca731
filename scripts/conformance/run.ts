/** Runs the client programs one after the other, each against a hub of its own. */
import { mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startAzureHub } from './azure/hub.js';
import { chooseClients } from './clients.js';
import { type Command, lastLines, runCommand } from './command.js';
import type { ConformanceOptions } from './command-line.js';
import type { ConformanceHub } from './hub.js';
import { startPredixHub } from './predix/hub.js';
import { type Row, readRow } from './rows.js';
import { type Client, type Prepared, Unavailable } from './toolchain.js';

/** Longest that one program may take over one transport, in milliseconds. */
const programTimeoutMs = 240_000;

const startHub = { azure: startAzureHub, predix: startPredixHub };

/**
 * Runs what was asked for. Progress goes to standard error.
 *
 * @param signal ends what runs; the rows so far are returned.
 */
export async function runConformance(options: ConformanceOptions, signal: AbortSignal): Promise<Row[]> {
  const cache = join(tmpdir(), `event-hubs-conformance-${userInfo().username}`);
  const rows: Row[] = [];
  for (const client of chooseClients(options)) {
    if (signal.aborted) break;
    rows.push(...(await runClient(client, join(cache, client.folder), signal)));
  }
  return rows;
}

async function runClient(client: Client, folder: string, signal: AbortSignal): Promise<Row[]> {
  progress(`${client.name}: getting its packages`);
  let prepared: Prepared;
  try {
    await mkdir(folder, { recursive: true });
    prepared = await client.prepare({ folder, signal });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    progress(`${client.name}: ${error.message}`);
    return [{ ...blank(client), check: 'available here', result: 'skip', detail: error.message }];
  }
  const rows: Row[] = [];
  for (const transport of prepared.transports) {
    if (!signal.aborted)
      rows.push(...(await runTransport(client, prepared.command, transport, folder, signal)));
  }
  return rows;
}

async function runTransport(
  client: Client,
  command: Command,
  transport: string,
  folder: string,
  signal: AbortSignal,
): Promise<Row[]> {
  progress(`${client.name}: over ${transport}`);
  const hub = await startHub[client.hub]({ folder, transport });
  const rows: Row[] = [];
  try {
    const env = { ...command.env, ...hub.env, ...loopbackOnly(hub), CONFORMANCE_TRANSPORT: transport };
    const outcome = await runCommand({ ...command, env }, { timeoutMs: programTimeoutMs, signal }, (line) => {
      const row = readRow(line);
      if (!row) return;
      rows.push(row);
      progress(
        `  ${row.check}: ${row.result}${row.detail === undefined ? '' : ` (${row.detail.slice(0, 200)})`}`,
      );
    });
    if (outcome.exitCode !== 0 && !signal.aborted) {
      const how = outcome.timedOut ? 'did not end in time' : `ended with ${outcome.exitCode}`;
      const detail = `the program ${how}: ${lastLines(outcome)}`;
      rows.push({ ...blank(client), transport, check: 'runs to its end', result: 'fail', detail });
    }
  } finally {
    await hub.stop();
  }
  return rows;
}

/** Has Node.js trust the authority, and keeps every client from asking a proxy for this machine. */
function loopbackOnly({ authority }: ConformanceHub): Record<string, string> {
  const own = 'localhost,127.0.0.1';
  return { NODE_EXTRA_CA_CERTS: authority ?? '', NO_PROXY: own, no_proxy: own };
}

function blank({ name }: Client): Pick<Row, 'client' | 'version' | 'transport'> {
  return { client: name, version: '-', transport: '-' };
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
