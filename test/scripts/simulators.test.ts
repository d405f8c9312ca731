import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventHubProducerClient } from '@azure/event-hubs';
import { credentials, Metadata } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { readZone } from '../../scripts/demo/predix-reader.js';
import { PublisherClient } from '../simulators/predix-event-hub/protocol.js';
import { askToken } from '../simulators/predix-event-hub/uaa/ask-token.js';

const SCRIPT = new URL('../../scripts/simulators.ts', import.meta.url).pathname;

interface Description {
  readonly cumulocity: { readonly url: string };
  readonly predix: {
    readonly grpc: string;
    readonly authUrl: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly caFile: string;
  };
  readonly service: Readonly<Record<string, string>>;
  readonly tenants: readonly {
    readonly id: string;
    readonly user: string;
    readonly password: string;
    readonly hub: string;
    readonly connectionString: string;
    readonly zone: string;
    readonly vcapServices: string;
  }[];
}

/** Starts them, and a way to end them in order. */
async function start(...args: readonly string[]): Promise<{
  readonly description: Description;
  readonly tenant: Description['tenants'][number];
  readonly end: () => Promise<unknown>;
}> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const description = JSON.parse(line) as Description;
  const [tenant] = description.tenants;
  if (tenant === undefined) throw new Error('no tenant is named');
  const end = (): Promise<unknown> => {
    child.kill('SIGTERM');
    return once(child, 'exit');
  };
  return { description, tenant, end };
}

it('npm run simulators -- --json prints what a program needs to use them, and ends on SIGTERM', async () => {
  const { description, tenant, end } = await start();
  const { cumulocity, service, predix } = description;
  expect(service).toMatchObject({ HUB_HOSTS: 'localhost', TLS_PEM_FILE: predix.caFile });

  const authorization = `Basic ${Buffer.from(`${tenant.id}/${tenant.user}:${tenant.password}`).toString('base64')}`;
  const answer = await fetch(`${cumulocity.url}/tenant/currentTenant`, { headers: { authorization } });
  expect(await answer.json()).toMatchObject({ name: tenant.id });
  const producer = new EventHubProducerClient(tenant.connectionString);
  expect((await producer.getEventHubProperties()).name).toBe(tenant.hub);
  await producer.close();

  expect(await end()).toEqual([0, null]);
});

interface PublishCall {
  on(event: 'data', listener: (response: { readonly ack: readonly { status_code: number }[] }) => void): this;
  on(event: 'error', listener: () => void): this;
  write(request: object): void;
  cancel(): void;
}

/** Publishes a message with what was printed, and returns the status of its acknowledgement. */
async function publish({ predix }: Description, zone: string, token: string): Promise<number | undefined> {
  const client = new PublisherClient(predix.grpc, credentials.createSsl(readFileSync(predix.caFile)));
  onTestFinished(() => client.close());
  const metadata = new Metadata();
  metadata.set('authorization', token);
  metadata.set('predix-zone-id', zone);
  metadata.set('sync-acks', 'true');
  const { send } = client as unknown as { send: (metadata: Metadata) => PublishCall };
  const call = send.call(client, metadata).on('error', () => undefined);
  const answered = new Promise<number | undefined>((resolve) => {
    call.on('data', ({ ack }) => resolve(ack[0]?.status_code));
  });
  call.write({ messages: { msg: [{ id: 'm1', body: Buffer.from('{"is":"kept"}') }] } });
  const status = await answered;
  call.cancel();
  return status;
}

it('npm run simulators -- --data keeps what was published to a Predix zone over a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulators-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tokenOf = ({ predix }: Description): Promise<string> =>
    askToken(predix.authUrl, {
      clientId: predix.clientId,
      secret: predix.clientSecret,
      ca: readFileSync(predix.caFile, 'utf8'),
    });
  const before = await start('--data', folder);
  const { zone, vcapServices } = before.tenant;
  expect(JSON.parse(vcapServices)).toMatchObject({
    'predix-event-hub': [{ credentials: { publish: { 'zone-http-header-value': zone } } }],
    'predix-uaa': [{ credentials: { issuerId: before.description.predix.authUrl } }],
  });
  expect(await publish(before.description, zone, await tokenOf(before.description))).toBe(0);
  expect(await before.end()).toEqual([0, null]);

  const { description, end } = await start('--data', folder);
  const { predix } = description;
  const body = await new Promise((resolve) => {
    const ca = readFileSync(predix.caFile, 'utf8');
    const source = { grpcUri: predix.grpc, zone, ca, token: () => tokenOf(description) };
    const reader = readZone(source, (event) => resolve(event.body.toString()));
    onTestFinished(() => reader.close());
  });
  expect(body).toBe('{"is":"kept"}');
  expect(await end()).toEqual([0, null]);
});

it.each([
  ['demo.ts', ['--events', 'many'], '--events: given "many"; accepted: a whole number'],
  ['simulators.ts', ['--port', '1'], "Unknown option '--port'"],
])('%s %j ends with code 2 and says what is accepted', async (script, args, message) => {
  const path = new URL(`../../scripts/${script}`, import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += String(data);
  });
  const [code] = (await once(child, 'close')) as [number];

  expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
});
