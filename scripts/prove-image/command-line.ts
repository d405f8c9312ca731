/** The options of `npm run prove-image`. */
import { parseOptions, UsageError } from '../command-line.js';

/** What was asked for. */
export interface ProofOptions {
  /** Measurements to send. */
  readonly events: number;
  /** Install the Debian packages that are missing. */
  readonly mayInstall: boolean;
  /** Leave the folder with everything that was made. */
  readonly mustKeep: boolean;
  /** Use this zip instead of making one. */
  readonly zip: string | undefined;
}

const HELP = `npm run prove-image -- [options]

Proves on a Debian machine, without a Docker engine and without any image registry, that the package works: makes a
base image of Debian and node, makes the package on it with buildah, loads the image out of the zip into an empty
store, and runs its entrypoint as Cumulocity does: its user, a read-only root file system, every capability dropped
but NET_BIND_SERVICE, the memory of the manifest, port 80. The service then forwards a tenant of a local Cumulocity to
a local event hub; what is read there is compared with what was sent. At the end it must stop on SIGTERM.

Needs root, a Debian mirror and an npm registry.

  --events N   measurements to send (default: 1000)
  --install    install the Debian packages that are missing
  --keep       leave the working folder and say where it is
  --zip FILE   prove this package instead of making one
  --help       this text

If port 80 is taken, the next free port is used that needs the same privilege.

Exit code: 0 if everything held; 1 otherwise; 2 for a wrong option.
`;

const OPTIONS = {
  events: { type: 'string', default: '1000' },
  install: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  zip: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line.
 * @param args without program and script
 * @returns `undefined` when help was asked for and has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): ProofOptions | undefined {
  const { events, install, keep, zip, help } = parseOptions(args, OPTIONS);
  if (help) {
    process.stdout.write(HELP);
    return undefined;
  }
  if (!/^[1-9]\d{0,6}$/.test(events)) {
    throw new UsageError(`--events: given "${events}"; accepted: 1 to 9999999. See --help.`);
  }
  return { events: Number(events), mayInstall: install, mustKeep: keep, zip };
}
