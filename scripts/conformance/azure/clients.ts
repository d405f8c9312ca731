/** The programs on the Azure Event Hubs SDKs: where their packages come from and how they are started. */
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import {
  type Client,
  exists,
  need,
  needDebianPython,
  type Prepared,
  programs,
  pythonCommand,
  repository,
  step,
  systemPython,
  type Workshop,
} from '../toolchain.js';

const allTransports = ['amqp', 'tls', 'websocket'];
const hub = 'azure';

/** In the order they are run. */
export const azureClients: readonly Client[] = [
  {
    hub,
    language: 'javascript',
    name: '@azure/event-hubs',
    folder: 'javascript',
    prepare: prepareJavaScript,
  },
  { hub, language: 'python', name: 'azure-eventhub', folder: 'python', prepare: preparePython },
  {
    hub,
    language: 'python',
    name: 'python3-azure (Debian)',
    folder: 'python-debian',
    prepare: prepareDebianPython,
  },
  { hub, language: 'go', name: 'azeventhubs', folder: 'go', prepare: prepareGo },
  { hub, language: 'java', name: 'azure-messaging-eventhubs', folder: 'java', prepare: prepareJava },
];

async function prepareJavaScript(): Promise<Prepared> {
  const args = ['--import', 'tsx', join(programs, 'javascript', 'main.ts')];
  return { command: { program: process.execPath, args, cwd: repository }, transports: allTransports };
}

async function preparePython({ folder, signal }: Workshop): Promise<Prepared> {
  const python = join(folder, 'bin', 'python');
  if (!(await exists(python))) await need('python3', ['-m', 'venv', folder], signal);
  const packages = ['azure-eventhub', 'websocket-client'];
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade', ...packages];
  const installed = await step({ program: python, args: pip }, signal);
  // Without the network, what an earlier run has installed will do.
  if (installed.exitCode !== 0) await need(python, ['-c', 'import azure.eventhub, websocket'], signal);
  return { command: pythonCommand(python, 'python'), transports: allTransports };
}

/** The older SDK that Debian ships. */
async function prepareDebianPython({ signal }: Workshop): Promise<Prepared> {
  await needDebianPython(['python3-azure', 'python3-websocket'], ['azure.eventhub', 'websocket'], signal);
  // It knows no plain TCP.
  return { command: pythonCommand(systemPython, 'python'), transports: ['tls', 'websocket'] };
}

async function prepareGo({ folder, signal }: Workshop): Promise<Prepared> {
  const program = join(folder, 'conformance');
  await need('go', ['build', '-o', program, '.'], signal, join(programs, 'go'));
  return { command: { program, args: [] }, transports: allTransports };
}

async function prepareJava({ folder, signal }: Workshop): Promise<Prepared> {
  await need('java', ['-version'], signal);
  const jars = join(folder, 'jars');
  // Those of another version must not stay beside the ones asked for.
  await rm(jars, { recursive: true, force: true });
  const maven = ['--batch-mode', '--quiet', `-Dconformance.build=${folder}`];
  const goals = ['compile', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
  await need('mvn', [...maven, ...goals], signal, join(programs, 'java'));
  const path = [join(folder, 'classes'), join(jars, '*')].join(delimiter);
  return { command: { program: 'java', args: ['-cp', path, 'conformance.Main'] }, transports: allTransports };
}
