import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readTopicsCommand } from '../../scripts/topics/command-line.js';
import type { Outcome } from '../../scripts/topics/outcome.js';
import { runTopics } from '../../scripts/topics/run.js';
import { ReceiveError } from '../../src/receive/failures.js';
import type { LocalPredixOptions } from '../simulators/predix-event-hub/local-predix.js';
import { vcapServices, wrapped } from '../simulators/predix-event-hub/vcap.js';
import { CLIENT, type PredixScene, startPredix, ZONE } from '../support/predix.js';
import { NEVER } from '../support/sample-event.js';

const PROGRAM = fileURLToPath(new URL('../../scripts/topics.ts', import.meta.url));
const ADMIN = [`predix-event-hub.zones.${ZONE}.user`, `predix-event-hub.zones.${ZONE}.admin`];

async function start(options: Partial<LocalPredixOptions> = {}): Promise<PredixScene> {
  const scene = await startPredix(options);
  scene.uaa.setAuthorities(CLIENT.id, ADMIN);
  return scene;
}

function environmentOf({ service, uaa }: PredixScene): Record<string, string> {
  const addresses = {
    ...{ zone: ZONE, grpcUri: service.grpcUri, wssUri: service.wssUri },
    ...{ adminUri: service.adminUrl, issuer: uaa.issuer },
  };
  return {
    VCAP_SERVICES: JSON.stringify(vcapServices(addresses)),
    PREDIX_CLIENT_SECRET: CLIENT.secret,
    TLS_PEM_FILE: 'none',
  };
}

async function topics(scene: PredixScene, ...args: readonly string[]): Promise<Outcome> {
  const command = readTopicsCommand([...args, '--client-id', CLIENT.id], environmentOf(scene));
  return runTopics(command ?? expect.fail(), NEVER);
}

async function refusal(outcome: Promise<unknown>): Promise<string> {
  const thrown = await outcome.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ReceiveError);
  expect((thrown as Error).message).toMatch(/\n {2}accepted: .+\n {2}next: /);
  expect((thrown as Error).message).not.toContain(CLIENT.secret);
  return (thrown as Error).message;
}

describe('the admin API', () => {
  it('creates a topic and says which scopes it needs; says that it is there; lists; deletes', async () => {
    const scene = await start();
    const created = await topics(scene, 'create', 'valves');
    expect(created.json).toMatchObject({ topic: 'valves', outcome: 'created' });
    expect(created.text).toContain(`predix-event-hub.zones.${ZONE}.valves.grpc.subscribe`);
    expect((await topics(scene, 'create', 'valves')).json).toEqual({ topic: 'valves', outcome: 'exists' });
    const listed = await topics(scene, 'list');
    expect(listed).toEqual({
      text: 'topic\nvalves\ntopicLimit 10',
      json: { topics: ['topic', 'valves'], topicLimit: 10 },
    });
    expect((await topics(scene, 'delete', 'valves')).json).toEqual({ topic: 'valves', outcome: 'deleted' });
    expect((await topics(scene, 'delete', 'valves')).text).toContain('is deleted, or was not there');
    expect((await topics(scene, 'list')).json).toMatchObject({ topics: ['topic'] });
  });

  it('the default topic stays', async () => {
    const scene = await start();
    expect((await topics(scene, 'delete', 'topic')).json).toEqual({ topic: 'topic', outcome: 'kept' });
    expect((await topics(scene, 'list')).json).toMatchObject({ topics: ['topic'] });
  });

  it('400: the limit is reached', async () => {
    const scene = await start({ topicLimit: 1 });
    await topics(scene, 'create', 'one');
    const message = await refusal(topics(scene, 'create', 'two'));
    expect(message).toContain('topic two: the admin API answered 400: Maximum topics limit has been reached');
    expect(message).toContain('delete one that is not used');
  });

  it('401: a token that the Event Hub does not trust', async () => {
    const message = await refusal(topics(await start({ trustedIssuers: [] }), 'list'));
    expect(message).toMatch(/^token or scopes: client "forwarder": the admin API answered 401/);
    expect(message).toContain(`predix-event-hub.zones.${ZONE}.user and .admin`);
  });

  it('404: a zone that does not exist', async () => {
    const scene = await start();
    scene.uaa.setAuthorities(CLIENT.id, ['predix-event-hub.zones.*.user', 'predix-event-hub.zones.*.admin']);
    const message = await refusal(topics(scene, 'list', '--zone', 'z2'));
    expect(message).toMatch(/^--zone: z2: the admin API answered 404/);
  });

  it('a client without the scope admin, a wrong secret, and nobody there', async () => {
    const scene = await start();
    scene.uaa.setAuthorities(CLIENT.id, [`predix-event-hub.zones.${ZONE}.user`]);
    expect(await refusal(topics(scene, 'list'))).toMatch(/^scopes: client "forwarder" lacks some/);
    const environment = { ...environmentOf(scene), PREDIX_CLIENT_SECRET: 'wrong' };
    const command = readTopicsCommand(['list', '--client-id', CLIENT.id], environment) ?? expect.fail();
    expect(await refusal(runTopics(command, NEVER))).toMatch(/^--client-id or PREDIX_CLIENT_SECRET/);
    scene.uaa.setAuthorities(CLIENT.id, ADMIN);
    const message = await refusal(topics(scene, 'list', '--admin', 'localhost:1'));
    expect(message).toMatch(/^connection: http:\/\/localhost:1 cannot be reached/);
  });
});

describe('the command line', () => {
  const SECRET = 'top-s3cret-value';
  const ENVIRONMENT = { PREDIX_CLIENT_SECRET: SECRET };
  const ISSUER = 'https://uaa.example.com/oauth/token';
  const ARGS = ['--zone', 'z', '--auth-url', ISSUER, '--client-id', 'c'];

  it.each([
    ['admin.example.com', 'https://admin.example.com'],
    ['admin.example.com:8443/', 'https://admin.example.com:8443'],
    ['https://admin.example.com', 'https://admin.example.com'],
    ['http://localhost:80', 'http://localhost:80'],
  ])('takes %s as the admin API', (admin, url) => {
    expect(readTopicsCommand(['list', ...ARGS, '--admin', admin], ENVIRONMENT)?.adminUrl).toBe(url);
  });

  it('takes it from a binding with a stray colon', () => {
    const vcap = wrapped({
      ...{ zone: 'z', grpcUri: 'h:443', wssUri: 'wss://h/v1/stream/messages/', issuer: ISSUER },
      adminUri: 'https://admin.example.com',
    });
    const environment = { ...ENVIRONMENT, VCAP_SERVICES: JSON.stringify(vcap) };
    expect(readTopicsCommand(['list', '--client-id', 'c'], environment)).toMatchObject({
      adminUrl: 'https://admin.example.com',
      connection: { zoneId: 'z', authUrl: ISSUER },
    });
  });

  it.each([
    ['nothing', [], 'command: not given'],
    ['another command', ['make', SECRET], 'command: given something else'],
    ['no name', ['create'], 'command: given create without a name'],
    ['a name too many', ['list', SECRET], 'command: given list with more than it takes'],
    ['a bad name', ['create', 'a/b'], 'NAME: given "a/b"'],
    ['a long name', ['create', 'a'.repeat(101)], '1 to 100 letters'],
    ['no admin', ['list', ...ARGS], '--admin: not given, and there is no binding'],
    ['plain text', ['list', ...ARGS, '--admin', 'http://far.example.com'], 'http:// only on this machine'],
    ['no zone', ['list', '--client-id', 'c'], '--zone: not given'],
    ['the secret as an argument', ['list', `--client-secret=${SECRET}`], 'variable PREDIX_CLIENT_SECRET'],
    ['another option', ['list', '--hub', 'h'], "Unknown option '--hub'"],
  ])('refuses %s', (_what, args, expected) => {
    let thrown: unknown;
    try {
      readTopicsCommand(args, ENVIRONMENT);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'RECEIVE_USAGE' });
    expect((thrown as Error).message).toContain(expected);
    expect((thrown as Error).message).toContain('next: see npm run topics -- --help');
    expect((thrown as Error).message).not.toContain(SECRET);
  });
});

it('the program exits with 0, 1 and 2, and prints JSON when asked to', async () => {
  const scene = await start();
  const run = async (...args: readonly string[]): Promise<readonly [unknown, string, string]> => {
    const environment = { ...process.env, ...environmentOf(scene) };
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { env: environment });
    onTestFinished(() => void child.kill('SIGKILL'));
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(`${out}${err}`).not.toContain(CLIENT.secret);
    expect(`${out}${err}`).not.toMatch(/eyJ[\w-]+\./);
    return [code, out, err];
  };
  const client = ['--client-id', CLIENT.id];
  const [created, listed, refused, wrong, help] = await Promise.all([
    run('create', 'valves', ...client, '--json'),
    run('list', ...client),
    run('list', ...client, '--zone', 'z2'),
    run('create', 'a b', ...client),
    run('--help'),
  ]);
  expect([created[0], listed[0], refused[0], wrong[0], help[0]]).toEqual([0, 0, 1, 2, 0]);
  expect(JSON.parse(created[1])).toMatchObject({ topic: 'valves', outcome: 'created' });
  expect(listed[1]).toContain('topicLimit 10');
  expect(refused[2]).toMatch(/^topics: scopes: /);
  expect(wrong[2]).toContain('NAME: given "a b"');
  expect(help[1]).toContain('npm run topics -- list');
});
