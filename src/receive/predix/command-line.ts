/** The command line for a Predix Event Hub, as what to read and how to show it. Pure but for the files it names. */
import { parseArgs } from 'node:util';
import { type HostAndPort, isTopicName } from '../../destinations/predix-event-hub/forms.js';
import { DEFAULT_TOPIC } from '../../destinations/predix-event-hub/hub-address.js';
import type { Binding } from '../../destinations/predix-event-hub/vcap-services.js';
import { usageError } from '../failures.js';
import { commandLineProblem, readChoice, readEventChoice, readList } from '../option-values.js';
import {
  CONNECTION_OPTIONS,
  type GivenConnection,
  readBinding,
  readConnection,
  readHeaderValue,
  readHost,
} from './connection.js';
import { readDelivery } from './delivery-options.js';
import { PREDIX_READ_TIMING, type PredixReadingOptions } from './options.js';
import { onlyForAzure } from './other-options.js';

/** What was asked for. */
export interface PredixCommand {
  readonly reading: PredixReadingOptions;
  /** Lines of JSON even on a terminal. */
  readonly isJson: boolean;
  readonly isStats: boolean;
}

/** The name under which the service keeps this command's position, unless told otherwise. */
export const DEFAULT_SUBSCRIBER = 'event-hubs-forwarder-receive';

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const OPTIONS = {
  predix: text,
  ...CONNECTION_OPTIONS,
  topic: list,
  subscriber: text,
  mode: text,
  from: text,
  'batch-size': text,
  'batch-interval': text,
  'batch-type': text,
  'retry-after': text,
  'retry-interval': text,
  'max-retries': text,
  metrics: flag,
  'metrics-interval': text,
  tenant: list,
  api: list,
  source: list,
  unique: flag,
  remember: text,
  max: text,
  json: flag,
  stats: flag,
  help: flag,
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/**
 * Whether a command line is for a Predix Event Hub.
 * @param args without program and script
 */
export function isForPredix(args: readonly string[]): boolean {
  return args.some((arg) => /^--(predix|vcap)(=|$)/.test(arg));
}

/**
 * Reads the command line.
 * @param args without program and script
 * @param environment for what is better not given as an argument
 * @returns `undefined` when help was asked for
 * @throws ReceiveError
 */
export function readPredixCommand(
  args: readonly string[],
  environment: GivenConnection['environment'],
): PredixCommand | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const given: GivenConnection = { values, environment, command: 'receive' };
  const binding = readBinding(given);
  const isStats = values.stats === true;
  const reading: PredixReadingOptions = {
    hub: readHub(values.predix ?? '', binding),
    connection: readConnection(given, binding),
    topics: readTopics(values.topic),
    subscriber: readHeaderValue(
      '--subscriber',
      values.subscriber ?? DEFAULT_SUBSCRIBER,
      'a name of its own for each program that reads',
      'receive',
    ),
    isNewest: readChoice('from', values.from ?? 'earliest', ['earliest', 'latest'] as const) === 'latest',
    ...readDelivery(values),
    ...readEventChoice(values, isStats),
    timing: PREDIX_READ_TIMING,
  };
  return { reading, isJson: values.json === true, isStats };
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({ args: withEmptyPredix(args), options: OPTIONS, allowPositionals: false }).values;
  } catch (thrown) {
    const { key, given, unknown } = commandLineProblem(thrown);
    throw usageError(key, given, onlyForAzure(unknown) ?? 'the options of --help for Predix Event Hub');
  }
}

/** `--predix` may stand alone: then the binding says where. */
function withEmptyPredix(args: readonly string[]): string[] {
  const isAlone = (at: number): boolean => args[at] === '--predix' && (args[at + 1] ?? '--').startsWith('-');
  return args.map((arg, at) => (isAlone(at) ? '--predix=' : arg));
}

function readHub(given: string, binding: Binding | undefined): HostAndPort {
  if (given !== '') return readHost('--predix', given, 'receive');
  if (binding?.grpc !== undefined) return readHost('binding', binding.grpc, 'receive');
  const what = binding === undefined ? 'there is no binding' : 'the binding has no address for grpc';
  const accepted = 'HOST:PORT, or a binding that has it (--vcap FILE, VCAP_SERVICES)';
  throw usageError('--predix', `given without an address, and ${what}`, accepted);
}

function readTopics(given: readonly string[] | undefined): readonly string[] {
  const topics = [...new Set(readList('topic', given))];
  const bad = topics.find((topic) => !isTopicName(topic));
  if (bad !== undefined) {
    throw usageError('--topic', `given "${bad}"`, '1 to 100 letters, digits, "-", "_" and "."');
  }
  return topics.length === 0 ? [DEFAULT_TOPIC] : topics;
}
