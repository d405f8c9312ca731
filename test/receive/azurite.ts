/** A local Azure Blob Storage (Azurite) in a process of its own, for the tests of this folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../node_modules/azurite/dist/src/blob/main.js', import.meta.url));

/** The account and key that every Azurite has: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const ARGUMENTS = [
  ...['--blobPort', '0'],
  '--inMemoryPersistence',
  // It is older than the storage SDK.
  '--skipApiVersionCheck',
  '--disableTelemetry',
];

/** A running Azurite. */
export interface Azurite {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Makes the connection string of an account. */
export function storageConnectionString(endpoint: string, key = KEY): string {
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key};BlobEndpoint=${endpoint}/${ACCOUNT};`;
}

/** Starts it on a free port. */
export async function startAzurite(): Promise<Azurite> {
  const child = spawn(process.execPath, [PROGRAM, ...ARGUMENTS], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let output = '';
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [, url] = /listens on (http:\S+)/.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    });
    exited.then(() => reject(new Error(`Azurite ended: ${output}`)), reject);
  });
  return {
    connectionString: storageConnectionString(endpoint),
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
