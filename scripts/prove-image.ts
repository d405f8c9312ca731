/** `npm run prove-image`: see --help. */
import { fileURLToPath } from 'node:url';
import { UsageError } from './command-line.js';
import { isGood } from './demo/verdict.js';
import { PackagingError } from './package/errors.js';
import { readVersion } from './package/manifest.js';
import { runCommand } from './package/run-command.js';
import { BASE_IMAGE, makeBaseImage } from './prove-image/base-image.js';
import { type ProofOptions, readCommandLine } from './prove-image/command-line.js';
import { checkConditions, checkProbes, findPort, peakMemory } from './prove-image/conditions.js';
import { Container } from './prove-image/container.js';
import { Forwarding } from './prove-image/forwarding.js';
import { type LoadedImage, loadImage, mustBe } from './prove-image/loaded-image.js';
import { provideTools } from './prove-image/tools.js';
import { Workspace } from './prove-image/workspace.js';

const ROOT = new URL('../', import.meta.url);
/** Longer than the service gives itself. */
const STOP_MS = 20_000;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function makeZip(workspace: Workspace, signal: AbortSignal): Promise<string> {
  const store = await workspace.createStore('built');
  say('== making a base image of Debian and node');
  await makeBaseImage(workspace, store, signal);
  say('== making the package');
  const zip = workspace.path('package.zip');
  const options = ['--engine', 'buildah', '--base-image', BASE_IMAGE, '--output', zip];
  await runCommand('npm', ['run', '--silent', 'package', '--', ...options], {
    signal,
    cwd: fileURLToPath(ROOT),
    environment: { ...store, TMPDIR: workspace.folder },
    output: 'show',
  });
  return zip;
}

async function runImage(
  workspace: Workspace,
  image: LoadedImage,
  events: number,
  signal: AbortSignal,
): Promise<void> {
  const container = new Container(workspace);
  const forwarding = await Forwarding.start(image.manifest);
  try {
    const port = await findPort();
    await container.start(image, forwarding.environment(port), signal);
    const processId = await container.processId();
    await checkConditions(processId, image.config.User);
    say(`   user ${image.config.User}, read-only root, no capability but NET_BIND_SERVICE, port ${port}`);
    say(`== forwarding ${events} measurements`);
    const verdict = await forwarding.run(events, signal);
    say(`   ${JSON.stringify(verdict)}`);
    mustBe('sent', verdict.sent, events);
    mustBe('nothing lost, repeated or out of order', isGood(verdict, false), true);
    await checkProbes(port);
    say(`   peak memory ${await peakMemory(processId)}`);
    say('== stopping it by SIGTERM');
    mustBe('exit code after SIGTERM', await container.stop(STOP_MS), 0);
    mustBe('notifications left unacknowledged', forwarding.unacknowledged, 0);
  } catch (thrown) {
    say(`the end of the service's log:\n${container.lines.slice(-20).join('\n')}`);
    throw thrown;
  } finally {
    await container.remove();
    await forwarding.stop();
  }
}

async function prove(options: ProofOptions, signal: AbortSignal): Promise<void> {
  await provideTools(options.mayInstall, signal);
  const workspace = await Workspace.create();
  try {
    const zip = options.zip ?? (await makeZip(workspace, signal));
    say('== loading the image out of the zip');
    const image = await loadImage(workspace, zip, signal);
    if (options.zip === undefined) mustBe('version', image.manifest.version, await readVersion(ROOT));
    say(`   ${image.manifest.name} ${image.manifest.version}: ${image.config.Entrypoint.join(' ')}`);
    say('== running it');
    await runImage(workspace, image, options.events, signal);
    say('== everything held');
  } finally {
    if (options.mustKeep) say(`left behind: ${workspace.folder}`);
    else await workspace.remove();
  }
}

async function main(): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new PackagingError('interrupted.'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const options = readCommandLine(process.argv.slice(2));
    if (options !== undefined) await prove(options, interrupted.signal);
    return 0;
  } catch (caught) {
    const thrown: unknown = interrupted.signal.aborted ? interrupted.signal.reason : caught;
    const isExpected = thrown instanceof UsageError || thrown instanceof PackagingError;
    say(isExpected ? `prove-image: ${thrown.message}` : String((thrown as Error).stack));
    return thrown instanceof UsageError ? 2 : 1;
  }
}

process.exitCode = await main();
