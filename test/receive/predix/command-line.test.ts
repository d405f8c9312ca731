import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../../src/receive/command-line.js';
import { ReceiveError } from '../../../src/receive/failures.js';
import { isForPredix, readPredixCommand } from '../../../src/receive/predix/command-line.js';
import { vcapServices, wrapped } from '../../simulators/predix-event-hub/vcap.js';
import { folder } from './predix-scene.js';

const SECRET = 'top-s3cret-value';
const ENVIRONMENT = { PREDIX_CLIENT_SECRET: SECRET };
const ISSUER = 'https://uaa.example.com/oauth/token';
const ARGS = [
  ...['--predix', 'hub.example.com:8443', '--zone', 'z1', '--auth-url', ISSUER],
  ...['--client-id', 'reader'],
];

const BINDING = {
  zone: 'bound-zone',
  grpcUri: 'bound.example.com:443',
  wssUri: 'wss://bound.example.com/v1/stream/messages/',
  adminUri: 'https://admin.example.com',
  issuer: 'https://bound-uaa.example.com/oauth/token',
};

function without(option: string): string[] {
  const at = ARGS.indexOf(option);
  return ARGS.filter((_, index) => index !== at && index !== at + 1);
}

describe('readPredixCommand', () => {
  it('needs no more than where, the zone, the UAA and a client', () => {
    expect(readPredixCommand(ARGS, ENVIRONMENT)).toMatchObject({
      isJson: false,
      isStats: false,
      reading: {
        hub: { host: 'hub.example.com', port: 8443 },
        connection: {
          zoneId: 'z1',
          authUrl: ISSUER,
          clientId: 'reader',
          clientSecret: SECRET,
          settings: { predixTls: undefined, proxyUrl: undefined },
        },
        topics: ['topic'],
        subscriber: 'event-hubs-forwarder-receive',
        mode: 'acks',
        isNewest: false,
        retry: { afterSeconds: 30, intervalSeconds: 30, most: 5 },
        batch: { size: 500, intervalMs: 100, isUnion: false },
        metricsMinutes: undefined,
        max: Number.POSITIVE_INFINITY,
        rememberedIds: 0,
      },
    });
  });

  it('takes all that a subscriber can be told', () => {
    const args = [
      ...['--topic', 'a,b', '--topic=c', '--subscriber', 's', '--mode', 'batch', '--from', 'latest'],
      ...['--batch-size', '10', '--batch-interval', '1000', '--batch-type', 'union'],
      ...['--retry-after', '60', '--retry-interval', '5', '--max-retries', '10', '--max', '3', '--json'],
    ];
    expect(readPredixCommand([...ARGS, ...args], ENVIRONMENT)).toMatchObject({
      isJson: true,
      reading: {
        topics: ['a', 'b', 'c'],
        subscriber: 's',
        mode: 'batch',
        isNewest: true,
        retry: { afterSeconds: 60, intervalSeconds: 5, most: 10 },
        batch: { size: 10, intervalMs: 1000, isUnion: true },
        max: 3,
      },
    });
  });

  it('metrics come in batches, as union', () => {
    const args = [...ARGS, '--metrics', '--metrics-interval', '2'];
    expect(readPredixCommand(args, ENVIRONMENT)?.reading).toMatchObject({
      mode: 'batch',
      batch: { isUnion: true },
      metricsMinutes: 2,
    });
  });

  it.each([
    ['as the SDKs have it', vcapServices(BINDING)],
    ['as the documentation prints it', wrapped(BINDING)],
  ])('takes the rest from the environment’s binding, %s', (_what, vcap) => {
    const environment = { ...ENVIRONMENT, VCAP_SERVICES: JSON.stringify(vcap) };
    const bound = { zoneId: 'bound-zone', authUrl: BINDING.issuer };
    const hub = { host: 'bound.example.com', port: 443 };
    for (const args of [
      ['--predix', '--client-id', 'c'],
      ['--client-id', 'c', '--predix'],
      ['--predix=', '--client-id', 'c'],
    ]) {
      expect(readPredixCommand(args, environment)?.reading).toMatchObject({ hub, connection: bound });
    }
    expect(readPredixCommand([...ARGS], environment)?.reading).toMatchObject({
      hub: { host: 'hub.example.com' },
      connection: { zoneId: 'z1' },
    });
  });

  it('takes the binding from a file, and the certificate authority, too', async () => {
    const path = await folder();
    await writeFile(join(path, 'vcap.json'), JSON.stringify(vcapServices(BINDING)));
    await writeFile(join(path, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    const args = ['--vcap', join(path, 'vcap.json'), '--client-id', 'c'];
    const reading = readPredixCommand([...args, '--tls-pem', join(path, 'ca.pem')], ENVIRONMENT)?.reading;
    expect(reading?.hub).toEqual({ host: 'bound.example.com', port: 443 });
    expect(reading?.connection.settings.predixTls).toEqual({ ca: '-----BEGIN CERTIFICATE-----\n' });
    const plain = readPredixCommand(args, { ...ENVIRONMENT, TLS_PEM_FILE: 'none' });
    expect(plain?.reading.connection.settings.predixTls).toBe('none');
  });

  it('answers --help before anything else is looked at', () => {
    expect(readPredixCommand(['--predix', '--help'], {})).toBeUndefined();
  });

  it('is asked for with --predix or --vcap', () => {
    expect([['--predix'], ['--predix=h'], ['--vcap', 'f']].map(isForPredix)).toEqual([true, true, true]);
    expect([[], ['--hub', 'predix'], ['--predixes']].map(isForPredix)).toEqual([false, false, false]);
  });

  it.each([
    ['no address', ['--predix', ...without('--predix')], ENVIRONMENT, '--predix: given without an address'],
    [
      'an address with a path',
      [...ARGS, '--predix', 'https://hub/'],
      ENVIRONMENT,
      '--predix: given "https://hub/"',
    ],
    ['a port', [...ARGS, '--predix', 'hub:70000'], ENVIRONMENT, '--predix: given "hub:70000"'],
    ['no zone', without('--zone'), ENVIRONMENT, '--zone: not given'],
    [
      'a zone with other signs',
      [...ARGS, '--zone', 'a b'],
      ENVIRONMENT,
      '--zone: given a value with other signs',
    ],
    ['no UAA', without('--auth-url'), ENVIRONMENT, '--auth-url: not given'],
    ['a UAA without the path', [...ARGS, '--auth-url', 'https://u/'], ENVIRONMENT, 'ends in /oauth/token'],
    [
      'a UAA in plain text',
      [...ARGS, '--auth-url', 'http://u/oauth/token'],
      ENVIRONMENT,
      'only on this machine',
    ],
    ['no client', without('--client-id'), ENVIRONMENT, '--client-id: not given'],
    ['no secret', ARGS, {}, 'PREDIX_CLIENT_SECRET: not given'],
    ['a secret as an argument', [...ARGS, `--client-secret=${SECRET}`], {}, 'variable PREDIX_CLIENT_SECRET'],
    ['likewise, behind a space', [...ARGS, '--client-secret', SECRET], {}, 'variable PREDIX_CLIENT_SECRET'],
    [
      'an option without its value',
      [...ARGS, '--topic', '--json'],
      ENVIRONMENT,
      '--topic: given without a value',
    ],
    ['a switch with a value', [...ARGS, '--json=a'], ENVIRONMENT, '--json: given with a value'],
    ['a value without an option', [...ARGS, SECRET], {}, 'given a value without an option'],
    ['a file that is missing', ['--vcap', '/no/such'], ENVIRONMENT, '--vcap: "/no/such" cannot be read'],
    [
      'a binding that is none',
      ARGS,
      { ...ENVIRONMENT, VCAP_SERVICES: SECRET },
      'VCAP_SERVICES: given a text',
    ],
    [
      'no certificates',
      [...ARGS, '--tls-pem', '/dev/null'],
      ENVIRONMENT,
      '--tls-pem: /dev/null holds no certificate',
    ],
    [
      'no certificates, by variable',
      ARGS,
      { ...ENVIRONMENT, TLS_PEM_FILE: '/no/such' },
      'TLS_PEM_FILE: "/no/such"',
    ],
    ['a topic', [...ARGS, '--topic', 'a/b'], ENVIRONMENT, '--topic: given "a/b"'],
    ['an empty topic', [...ARGS, '--topic', 'a,'], ENVIRONMENT, '--topic: given an empty value'],
    ['no subscriber', [...ARGS, '--subscriber', ''], ENVIRONMENT, '--subscriber: given without a value'],
    ['a mode', [...ARGS, '--mode', 'ack'], ENVIRONMENT, 'accepted: receive, acks, batch'],
    ['a position of Azure’s', [...ARGS, '--from', 'sequence:1'], ENVIRONMENT, 'accepted: earliest, latest'],
    [
      'metrics in another mode',
      [...ARGS, '--metrics', '--mode', 'acks'],
      ENVIRONMENT,
      '--metrics: given with --mode acks',
    ],
    [
      'an interval without metrics',
      [...ARGS, '--metrics-interval', '2'],
      ENVIRONMENT,
      'given without --metrics',
    ],
    [
      'batches in another mode',
      [...ARGS, '--batch-size', '2'],
      ENVIRONMENT,
      '--batch-size: given with --mode acks',
    ],
    [
      'retries without acks',
      [...ARGS, '--mode=receive', '--max-retries', '3'],
      ENVIRONMENT,
      '--max-retries: given with',
    ],
    ['a short wait', [...ARGS, '--retry-after', '29'], ENVIRONMENT, 'a whole number from 30 to 60'],
    ['many retries', [...ARGS, '--max-retries', '11'], ENVIRONMENT, 'a whole number from 2 to 10'],
    ['a large batch', [...ARGS, '--mode=batch', '--batch-size', '10001'], ENVIRONMENT, 'from 1 to 10000'],
    ['a batch type', [...ARGS, '--mode=batch', '--batch-type', 'x'], ENVIRONMENT, 'intersection, union'],
    ['an option of Azure’s', [...ARGS, '--hub', 'h'], ENVIRONMENT, 'with --predix, --topic'],
    [
      'checkpoints',
      [...ARGS, '--checkpoint-file', 'f'],
      ENVIRONMENT,
      'keeps the position of each --subscriber',
    ],
    ['an option that does not exist', [...ARGS, '--topics', 'a'], ENVIRONMENT, "Unknown option '--topics'"],
  ] as const)('refuses %s', (_what, args, environment, expected) => {
    let thrown: unknown;
    try {
      readPredixCommand(args, environment);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ReceiveError);
    expect(thrown).toMatchObject({ code: 'RECEIVE_USAGE' });
    expect((thrown as Error).message).toContain(expected);
    expect((thrown as Error).message).toContain('next: see npm run receive -- --help');
    expect((thrown as Error).message).not.toContain(SECRET);
  });

  it('without --predix, its options are named as such', () => {
    expect(() => readCommand(['--zone', 'z'], {})).toThrow('only with --predix HOST:PORT, or --vcap FILE');
  });
});
