/** Looks at the running process from outside: does it really live under the conditions that were set? */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { PackagingError } from '../package/errors.js';
import { CAPABILITY } from './container-settings.js';
import { mustBe } from './loaded-image.js';

/** Ports from here on need no privilege, so listening on one would prove nothing. */
const FIRST_FREE_FOR_ALL = 1024;

/**
 * Finds a port for the service.
 * @returns 80, or the next free one that needs the same privilege
 */
export async function findPort(): Promise<number> {
  for (let port = 80; port < FIRST_FREE_FOR_ALL; port++) {
    const server = createServer().listen(port);
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
  throw new PackagingError(`every port from 80 to ${FIRST_FREE_FOR_ALL - 1} is taken`);
}

/**
 * Checks user, capabilities and root file system of a process.
 * @param processId of the process
 * @param user as the image names it
 * @throws PackagingError
 */
export async function checkConditions(processId: number, user: string): Promise<void> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const [uid, gid] = user.split(':');
  mustBe('user of the process', field('Uid').split('\t'), [uid, uid, uid, uid]);
  mustBe('group of the process', field('Gid').split('\t'), [gid, gid, gid, gid]);
  const only = (1n << BigInt(CAPABILITY.bit)).toString(16).padStart(16, '0');
  mustBe('capabilities that it may have', field('CapBnd'), only);
  mustBe('capabilities that it has', field('CapEff'), only);
  mustBe('process number within the container', field('NSpid').split('\t').at(-1), '1');
  const mounts = await readFile(`/proc/${processId}/mountinfo`, 'utf8');
  const root = mounts.split('\n').find((line) => line.split(' ')[4] === '/');
  mustBe('root file system is read-only', root?.split(' ')[5]?.split(',').includes('ro'), true);
}

/** The most memory that a process has had so far. */
export async function peakMemory(processId: number): Promise<string> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return /^VmHWM:\s*(.*)$/m.exec(status)?.[1] ?? 'unknown';
}

/**
 * Asks the probes as Kubernetes does.
 * @throws PackagingError
 */
export async function checkProbes(port: number): Promise<void> {
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  mustBe('answer of /health', [health.status, await health.json()], [200, { status: 'UP' }]);
  const ready = await fetch(`http://127.0.0.1:${port}/ready`);
  mustBe('status of /ready', ready.status, 200);
}
