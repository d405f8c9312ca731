import { describe, expect, it } from 'vitest';
import { readCommand } from '../../src/receive/command-line.js';
import { ReceiveError } from '../../src/receive/failures.js';

const SECRET = 'c2VjcmV0LWtleQ=';
const CONNECTION = `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Reader;SharedAccessKey=${SECRET}`;
const ENVIRONMENT = { EVENTHUB_CONNECTION_STRING: `${CONNECTION};EntityPath=telemetry` };

describe('readCommand', () => {
  it('needs nothing but a connection string with a hub', () => {
    expect(readCommand([], ENVIRONMENT)?.reading).toMatchObject({
      hubName: 'telemetry',
      consumerGroup: '$Default',
      transport: 'amqp',
      from: { kind: 'latest' },
      partitionIds: [],
      max: Number.POSITIVE_INFINITY,
      rememberedIds: 0,
      checkpoints: undefined,
    });
  });

  it('reads lists that are repeated or have commas', () => {
    const args = ['--partition', '0,1', '--partition', '3', '--api', 'events,alarms', '--tenant=t1'];
    const reading = readCommand(args, ENVIRONMENT)?.reading;
    expect(reading?.partitionIds).toEqual(['0', '1', '3']);
    expect(reading?.filter).toEqual({ tenant: ['t1'], api: ['events', 'alarms'], source: [] });
  });

  it('begins at the earliest event when there are checkpoints', () => {
    const reading = readCommand(
      ['--checkpoint-file', 'a.json', '--checkpoint-every', '7'],
      ENVIRONMENT,
    )?.reading;
    expect(reading).toMatchObject({
      from: { kind: 'earliest' },
      checkpoints: { kind: 'file', path: 'a.json' },
      checkpointEveryMs: 7000,
    });
  });

  it('takes the storage account from the environment', () => {
    const environment = { ...ENVIRONMENT, AZURE_STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true' };
    expect(readCommand(['--checkpoint-container', 'readers'], environment)?.reading.checkpoints).toEqual({
      kind: 'blob',
      connectionString: 'UseDevelopmentStorage=true',
      container: 'readers',
      create: false,
    });
  });

  it('answers --help before anything else is looked at', () => {
    expect(readCommand(['--help'], {})).toBeUndefined();
  });

  it.each([
    ['a missing connection string', [], {}, 'connection string: not given'],
    ['a key alone', ['--connection-string', SECRET], {}, 'given an unknown part'],
    [
      'a string that the shell cut',
      ['--connection-string', 'Endpoint=sb://ns/'],
      {},
      'a shell ends a command at ";"',
    ],
    ['a missing hub', [], { EVENTHUB_CONNECTION_STRING: CONNECTION }, '--hub: not given'],
    [
      'two hubs',
      ['--hub', 'other'],
      ENVIRONMENT,
      'given "other", and the connection string has EntityPath=telemetry',
    ],
    [
      'a hub with other signs',
      ['--hub', 'a/b'],
      { EVENTHUB_CONNECTION_STRING: CONNECTION },
      '--hub: given a name',
    ],
    [
      'a consumer group without a name',
      ['--consumer-group', ''],
      ENVIRONMENT,
      '--consumer-group: given without',
    ],
    ['a transport', ['--transport', 'http'], ENVIRONMENT, 'accepted: amqp, websocket'],
    ['an api', ['--api', 'measurement'], ENVIRONMENT, 'accepted: alarms, events, measurements'],
    ['an empty partition', ['--partition', '0,'], ENVIRONMENT, '--partition: given an empty value'],
    ['a word as position', ['--from', 'yesterday'], ENVIRONMENT, '--from: given "yesterday"'],
    ['a time without a zone', ['--from', '2026-09-03T12:00:00'], ENVIRONMENT, 'a time with its zone'],
    ['a day that does not exist', ['--from', '2026-13-03'], ENVIRONMENT, '--from: given'],
    ['a sequence number that is none', ['--from', 'sequence:-1'], ENVIRONMENT, 'sequence:<number>'],
    ['no maximum', ['--max', '0'], ENVIRONMENT, '--max: given "0"'],
    ['an interval', ['--checkpoint-every', '1.5'], ENVIRONMENT, 'a whole number from 1'],
    ['a container name', ['--checkpoint-container', 'A_b'], ENVIRONMENT, '3 to 63 of a-z'],
    [
      'a container without an account',
      ['--checkpoint-container', 'readers'],
      ENVIRONMENT,
      'storage connection string: not given',
    ],
    [
      'two checkpoint places',
      ['--checkpoint-container', 'abc', '--checkpoint-file', 'a'],
      ENVIRONMENT,
      'accepted: one of them',
    ],
    ['an option that does not exist', ['--partitions', '0'], ENVIRONMENT, "Unknown option '--partitions'"],
    ['an option without its value', ['--hub'], ENVIRONMENT, '--hub'],
    ['a value without an option', [`${CONNECTION}`], {}, 'given a value without an option'],
  ] as const)('refuses %s', (_what, args, environment, expected) => {
    let thrown: unknown;
    try {
      readCommand(args, environment);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ReceiveError);
    expect(thrown).toMatchObject({ code: 'RECEIVE_USAGE' });
    expect((thrown as Error).message).toContain(expected);
    expect((thrown as Error).message).toContain('next: see npm run receive -- --help');
    expect((thrown as Error).message).not.toContain(SECRET);
  });
});
