/** The command line and the environment, as what to read and how to show it. Pure: the environment is handed in. */
import { parseArgs } from 'node:util';
import {
  CONNECTION_STRING_FORM,
  type ConnectionString,
  ConnectionStringError,
  parseConnectionString,
} from '../destinations/azure-event-hubs/connection-string.js';
import { usageError } from './failures.js';
import {
  commandLineProblem,
  readChoice,
  readEventChoice,
  readList,
  readName,
  readNumber,
} from './option-values.js';
import { type CheckpointPlace, type ReadingOptions, SHARING_TIMING, TRANSPORTS } from './options.js';
import { onlyForPredix } from './predix/other-options.js';
import { parseFrom } from './start-position.js';

/** What was asked for. */
export interface ReceiveCommand {
  readonly reading: ReadingOptions;
  /** Lines of JSON even on a terminal. */
  readonly isJson: boolean;
  readonly isStats: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const OPTIONS = {
  'connection-string': text,
  hub: text,
  'consumer-group': text,
  transport: text,
  from: text,
  partition: list,
  tenant: list,
  api: list,
  source: list,
  unique: flag,
  remember: text,
  max: text,
  'checkpoint-container': text,
  'storage-connection-string': text,
  'create-container': flag,
  'checkpoint-file': text,
  'checkpoint-every': text,
  json: flag,
  stats: flag,
  help: flag,
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (thrown) {
    const { key, given, unknown } = commandLineProblem(thrown);
    const options = 'options of --help; a connection string belongs in quotes, behind --connection-string';
    throw usageError(key, given, onlyForPredix(unknown) ?? options);
  }
}

/**
 * Reads the command line.
 * @param args without program and script
 * @param environment for what is better not given as an argument
 * @returns `undefined` when help was asked for
 * @throws ReceiveError
 */
export function readCommand(args: readonly string[], environment: Environment): ReceiveCommand | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const connection = readConnection(values, environment);
  const checkpoints = readCheckpointPlace(values, environment);
  const isStats = values.stats === true;
  const reading: ReadingOptions = {
    connection,
    hubName: readHubName(values.hub, connection),
    consumerGroup: readName('consumer-group', values['consumer-group'] ?? '$Default'),
    transport: readChoice('transport', values.transport ?? 'amqp', TRANSPORTS),
    from: parseFrom(values.from ?? (checkpoints === undefined ? 'latest' : 'earliest')),
    partitionIds: [...new Set(readList('partition', values.partition))],
    ...readEventChoice(values, isStats),
    checkpoints,
    checkpointEveryMs: (readNumber('checkpoint-every', values['checkpoint-every'], 1) ?? 5) * 1000,
    sharing: SHARING_TIMING,
  };
  return { reading, isJson: values.json === true, isStats };
}

function readConnection(values: Values, environment: Environment): ConnectionString {
  const given = values['connection-string'];
  const key = given === undefined ? 'EVENTHUB_CONNECTION_STRING' : '--connection-string';
  const connectionString = (given ?? environment['EVENTHUB_CONNECTION_STRING'] ?? '').trim();
  const accepted = `${CONNECTION_STRING_FORM}; in quotes, because a shell ends a command at ";"`;
  if (connectionString === '') {
    throw usageError(
      'connection string',
      'not given',
      `${accepted}; as EVENTHUB_CONNECTION_STRING or --connection-string`,
    );
  }
  try {
    return parseConnectionString(connectionString);
  } catch (thrown) {
    if (thrown instanceof ConnectionStringError) throw usageError(key, thrown.message, accepted);
    throw thrown;
  }
}

function readHubName(given: string | undefined, { entityPath }: ConnectionString): string {
  if (given !== undefined && entityPath !== undefined && given !== entityPath) {
    const accepted = 'one of them, or both the same';
    throw usageError(
      '--hub',
      `given "${given}", and the connection string has EntityPath=${entityPath}`,
      accepted,
    );
  }
  const hubName = given ?? entityPath;
  if (hubName === undefined) {
    const accepted = 'the name of an event hub, or a connection string with EntityPath';
    throw usageError('--hub', 'not given, and the connection string has no EntityPath', accepted);
  }
  return readName('hub', hubName);
}

function readCheckpointPlace(values: Values, environment: Environment): CheckpointPlace | undefined {
  const { 'checkpoint-container': container, 'checkpoint-file': path } = values;
  if (container !== undefined && path !== undefined) {
    throw usageError('--checkpoint-file', 'given together with --checkpoint-container', 'one of them');
  }
  if (path !== undefined) {
    if (path === '') throw usageError('--checkpoint-file', 'given without a path', 'the path of a file');
    return { kind: 'file', path };
  }
  if (container === undefined) return undefined;
  // https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
  if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(container)) {
    const accepted = '3 to 63 of a-z, 0-9 and single "-"';
    throw usageError('--checkpoint-container', `given "${container}"`, accepted);
  }
  const connectionString =
    values['storage-connection-string'] ?? environment['AZURE_STORAGE_CONNECTION_STRING'] ?? '';
  if (connectionString === '') {
    const accepted =
      'that of a storage account, as AZURE_STORAGE_CONNECTION_STRING or --storage-connection-string';
    throw usageError('storage connection string', 'not given, and --checkpoint-container needs it', accepted);
  }
  return { kind: 'blob', connectionString, container, create: values['create-container'] === true };
}
