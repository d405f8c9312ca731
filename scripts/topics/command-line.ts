/** The command line of `npm run topics`. */

import { parseArgs } from 'node:util';
import { isTopicName } from '../../src/destinations/predix-event-hub/forms.js';
import { usageError } from '../../src/receive/failures.js';
import { commandLineProblem } from '../../src/receive/option-values.js';
import {
  CONNECTION_OPTIONS,
  type GivenConnection,
  readBinding,
  readConnection,
} from '../../src/receive/predix/connection.js';
import type { PredixConnection } from '../../src/receive/predix/options.js';
import { readAdminUrl } from './admin-address.js';

/** What can be done. */
export type Action =
  | { readonly kind: 'list' }
  | { readonly kind: 'create' | 'delete'; readonly topic: string };

/** What was asked for. */
export interface TopicsCommand {
  readonly action: Action;
  readonly connection: PredixConnection;
  /** Scheme, host and port of the admin API. */
  readonly adminUrl: string;
  readonly isJson: boolean;
}

/** The text of `--help`. */
export const HELP = `npm run topics -- list | create NAME | delete NAME [options]

Lists, creates and deletes the topics of a Predix Event Hub. "topic", the default one, is always there.

  --admin HOST       the admin API: HOST, HOST:PORT or an https:// URL (default: that of the binding)
  --vcap FILE        the binding of an application, as JSON (default: environment variable VCAP_SERVICES). What is
                     given by itself goes before it
  --zone ID          the zone
  --auth-url URL     where the UAA issues tokens; ends in /oauth/token
  --client-id ID     a client with the scopes user and admin of the zone. Its secret is taken from the environment
                     variable PREDIX_CLIENT_SECRET only
  --tls-pem FILE     trusts this certificate authority; none: plain text (default: TLS_PEM_FILE, else the system's)
  --json             one line of JSON
  --help             this text

Before a new topic can be used, its three scopes have to be given to clients: <name>.wss.publish, <name>.grpc.publish
and <name>.grpc.subscribe. A topic that is deleted loses its messages and the positions of its subscribers.

Exit code: 0 when it is done; 1 if the UAA or the Event Hub refuses; 2 for a wrong option.
`;

const OPTIONS = {
  admin: { type: 'string' },
  ...CONNECTION_OPTIONS,
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the command line.
 * @param args without program and script
 * @param environment for what is better not given as an argument
 * @returns `undefined` when help was asked for
 * @throws ReceiveError
 */
export function readTopicsCommand(
  args: readonly string[],
  environment: GivenConnection['environment'],
): TopicsCommand | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const action = readAction(positionals);
  const given: GivenConnection = { values, environment, command: 'topics' };
  const connection = readConnection(given, readBinding(given));
  const adminUrl = readAdminUrl(values.admin, given, connection.settings.predixTls === 'none');
  return { action, connection, adminUrl, isJson: values.json === true };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<Parsing>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (thrown) {
    const { key, given, unknown } = commandLineProblem(thrown);
    const isSecret = unknown === 'client-secret';
    const accepted = isSecret ? 'the environment variable PREDIX_CLIENT_SECRET' : 'the options of --help';
    throw usageError(key, given, accepted, 'topics');
  }
}

type Parsing = { readonly options: typeof OPTIONS; readonly allowPositionals: true };

function readAction([kind, topic, ...others]: readonly string[]): Action {
  const accepted = 'list, create NAME or delete NAME';
  if (kind === 'list' && topic === undefined) return { kind };
  if ((kind === 'create' || kind === 'delete') && topic !== undefined && others.length === 0) {
    if (isTopicName(topic)) return { kind, topic };
    const names = '1 to 100 letters, digits, "-", "_" and "."';
    throw usageError('NAME', `given "${topic}"`, names, 'topics');
  }
  // More than the first word can be anything, a secret among it.
  const isKnown = kind === 'list' || kind === 'create' || kind === 'delete';
  const given = kind === undefined ? 'not given' : isKnown ? `given ${kind}` : 'given something else';
  const what = isKnown && topic === undefined ? ' without a name' : isKnown ? ' with more than it takes' : '';
  throw usageError('command', `${given}${what}`, accepted, 'topics');
}
