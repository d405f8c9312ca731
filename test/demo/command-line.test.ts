import { describe, expect, it } from 'vitest';
import { UsageError } from '../../scripts/command-line.js';
import { readCommandLine } from '../../scripts/demo/command-line.js';

describe('the command line of npm run demo', () => {
  it('without options runs until Ctrl-C, with hubs of Azure and 200 notifications a second', () => {
    expect(readCommandLine([])).toMatchObject({
      events: Number.POSITIVE_INFINITY,
      rate: 200,
      json: false,
      hubs: { destination: 'azure', way: { transport: 'auto', auth: 'sas' } },
    });
  });

  it('with a number of events runs as fast as they are taken, and has faults in the middle', () => {
    const faults = ['--kill', '1', '--cut', '2', '--cut-hub', '3', '--rotate', '4'];
    const options = readCommandLine(['--events', '20', ...faults]);
    expect(options).toMatchObject({ events: 20, kill: 1, cut: 2, cutHub: 3, rotate: 4 });
    expect(options?.rate).toBeUndefined();
  });

  it('publishes to Predix over gRPC unless told otherwise', () => {
    const predix = ['--destination', 'predix'];
    expect(readCommandLine(predix)?.hubs).toMatchObject({ destination: 'predix', protocol: 'grpc' });
    expect(readCommandLine([...predix, '--protocol', 'websocket', '--limit', '1048576'])?.hubs).toMatchObject(
      { protocol: 'websocket', limitBytes: 1_048_576 },
    );
  });

  it.each([
    [['--events', 'many'], '--events: given "many"; accepted: a whole number'],
    [['--transport', 'pigeon'], '--transport: given "pigeon"; accepted: auto, amqp, websocket, https'],
    [['--kill', '1'], 'they need --events N'],
    [['--destination', 'predix', '--auth', 'sas'], '--transport and --auth are ways into Azure'],
    [['--destination', 'predix', '--transport', 'amqp'], '--transport and --auth are ways into Azure'],
    [['--protocol', 'grpc'], '--protocol needs --destination predix'],
    [['--limit', '1000'], '--limit needs --destination predix'],
  ])('%j is wrong, and what is accepted is said', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(message);
  });
});
