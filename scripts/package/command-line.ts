/** The options of `npm run package`. */

import { parseOptions, UsageError } from '../command-line.js';
import { ENGINE_NAMES, type EngineName } from './engines.js';

/** What was asked for. */
export interface PackageOptions {
  /** `undefined`: the one that the Dockerfile names. */
  readonly baseImage: string | undefined;
  /** `undefined`: the first one that answers. */
  readonly engine: EngineName | undefined;
  /** `undefined`: named after the version, in the repository. */
  readonly output: string | undefined;
  /** `undefined`: the user that the Dockerfile names, who is not root. */
  readonly runAs: string | undefined;
  readonly isSnapshot: boolean;
}

const HELP = `npm run package -- [options]

Builds the image for linux/amd64 and writes the zip that is uploaded to Cumulocity: cumulocity.json with the version
of package.json, and image.tar. Needs docker, podman or buildah, and the network for the base image and npm packages.

  --base-image NAME  build on this image instead of the one that the Dockerfile names; needs node, npm, and setcap or
                     perl, as any Debian with node has them
  --engine NAME      docker, podman or buildah (default: the first of them that answers)
  --output FILE      the zip (default: event-hubs-forwarder-<version>.zip in the repository)
  --run-as UID:GID   let the service run as this user (default: 1000:1000). 0:0 is the way out should its log on
                     the platform say that it may not listen on port 80
  --snapshot         add -SNAPSHOT to the version: Cumulocity deploys such a version again on every upload, any other
                     only once
  --version          print the version that would be packaged
  --help             this text

The image stays in the engine's store under the name event-hubs-forwarder:<version>, so that it can be run and the
next build is fast.

Exit code: 0 if the zip is there; 1 otherwise; 2 for a wrong option.
`;

const OPTIONS = {
  'base-image': { type: 'string' },
  engine: { type: 'string' },
  output: { type: 'string' },
  'run-as': { type: 'string' },
  snapshot: { type: 'boolean', default: false },
  version: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line.
 * @param args without program and script
 * @param version of package.json
 * @returns `undefined` when everything asked for has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[], version: string): PackageOptions | undefined {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return undefined;
  }
  if (values.version) {
    process.stdout.write(`${version}${values.snapshot ? '-SNAPSHOT' : ''}\n`);
    return undefined;
  }
  for (const name of ['base-image', 'output'] as const) {
    if (values[name]?.trim() === '') throw new UsageError(`--${name}: given nothing. See --help.`);
  }
  return {
    baseImage: values['base-image'],
    engine: readEngine(values.engine),
    output: values.output,
    runAs: readUser(values['run-as']),
    isSnapshot: values.snapshot,
  };
}

function readEngine(text: string | undefined): EngineName | undefined {
  const engine = ENGINE_NAMES.find((name) => name === text);
  if (text !== undefined && engine === undefined) {
    throw new UsageError(`--engine: given "${text}"; accepted: ${ENGINE_NAMES.join(', ')}. See --help.`);
  }
  return engine;
}

function readUser(text: string | undefined): string | undefined {
  if (text !== undefined && !/^\d{1,9}:\d{1,9}$/.test(text)) {
    throw new UsageError(`--run-as: given "${text}"; accepted: two numbers such as 1000:1000. See --help.`);
  }
  return text;
}
