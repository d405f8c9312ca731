import { describe, expect, it, vi } from 'vitest';
import {
  CATALOGUE,
  DEFAULT_FAULTS,
  PREDIX_CATALOGUE,
  PREDIX_DEFAULT_FAULTS,
} from '../../scripts/chaos/catalogue.js';
import { commandAgain, readCommandLine } from '../../scripts/chaos/command-line.js';
import { UsageError } from '../../scripts/command-line.js';

function read(...args: readonly string[]): NonNullable<ReturnType<typeof readCommandLine>> {
  const options = readCommandLine(args);
  if (options === undefined) throw new Error('help was printed');
  return options;
}

describe('the command line of npm run chaos', () => {
  it('has defaults, and a seed of its own each time', () => {
    const defaults = { seconds: 60, replicas: 1, json: false, port: 0, faults: DEFAULT_FAULTS };
    expect(read()).toMatchObject({ ...defaults, destination: 'azure' });
    expect(new Set(Array.from({ length: 20 }, () => read().seed)).size).toBeGreaterThan(1);
  });

  it('takes the faults that are named, each once, also those that are not in the default set', () => {
    const names = read('--faults', 'kill, cut,kill,partitions').faults.map(({ name }) => name);
    expect(names).toEqual(['kill', 'cut', 'partitions']);
  });

  it('has faults of its own for a Predix Event Hub, and publishes over gRPC unless told otherwise', () => {
    const predix = { destination: 'predix', protocol: 'grpc', faults: PREDIX_DEFAULT_FAULTS };
    expect(read('--destination', 'predix')).toMatchObject(predix);
    const names = ['kill', 'rate-limit', 'restart-hub', 'backlog'];
    const args = ['--faults', names.join(), '--destination', 'predix', '--protocol', 'websocket'];
    const { faults, ...options } = read(...args);
    expect(options).toMatchObject({ destination: 'predix', protocol: 'websocket' });
    expect(faults.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    [['--destination', 'kafka'], /--destination: given "kafka"; accepted: azure, predix/],
    [['--protocol', 'grpc'], /--protocol needs --destination predix/],
    [
      ['--destination', 'predix', '--protocol', 'amqp'],
      /--protocol: given "amqp"; accepted: grpc, websocket/,
    ],
    [
      ['--destination', 'predix', '--faults', 'kill, detach'],
      /--faults: "detach" cannot be done with --destination predix; accepted: kill, .*cut-hub, .*rate-limit/,
    ],
    [['--faults', 'mute'], /--faults: "mute" cannot be done with --destination azure; accepted: .*detach/],
    [['--destination', 'predix', '--faults', 'pigeon'], /--faults: given "pigeon"; accepted: .*uaa-away/],
    [['--faults', 'kill,pigeon'], /--faults: given "pigeon"; accepted: kill, term, .*max-size/],
    [['--faults', ''], /--faults: given ""; accepted/],
    [['--seconds', '0'], /--seconds: given "0"; accepted: 1 to/],
    [['--seconds', 'soon'], /--seconds: given "soon"; accepted: a whole number/],
    [['--replicas', '10'], /--replicas: given "10"; accepted: 1 to 9/],
    [['--rate', '0'], /--rate: given "0"/],
    [['--port', '70000'], /--port: given "70000"/],
    [['--storm'], /Unknown option '--storm'/],
  ])('refuses %j and says what is accepted', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(message);
  });

  it('names every fault in its help', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(readCommandLine(['--help'])).toBeUndefined();
    const help = String(write.mock.calls[0]?.[0]);
    for (const { name, what } of [...CATALOGUE, ...PREDIX_CATALOGUE]) {
      expect(help).toContain(`${name} `);
      expect(help).toContain(what);
    }
  });

  it('gives the command that leads to the same run', () => {
    const args = ['--seed', '7', '--seconds', '5', '--faults', 'kill,cut', '--replicas', '2', '--rate', '90'];
    expect(commandAgain(read(...args))).toBe(`npm run chaos -- ${args.join(' ')}`);
    expect(commandAgain(read('--seed', '7'))).toBe('npm run chaos -- --seed 7 --seconds 60');
    const predix = ['--seed', '7', '--seconds', '60', '--destination', 'predix'];
    expect(commandAgain(read(...predix))).toBe(`npm run chaos -- ${predix.join(' ')}`);
    const webSocket = [...predix, '--protocol', 'websocket'];
    expect(commandAgain(read(...webSocket))).toBe(`npm run chaos -- ${webSocket.join(' ')}`);
  });
});
