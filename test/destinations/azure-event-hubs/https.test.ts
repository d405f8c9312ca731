import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { NO_AZURE_SETTINGS } from '../../../src/destinations/azure-event-hubs/azure-settings.js';
import { toHttpSendError } from '../../../src/destinations/azure-event-hubs/http-failure.js';
import { HttpsClient } from '../../../src/destinations/azure-event-hubs/https.js';
import type { HubCredential } from '../../../src/destinations/azure-event-hubs/hub-address.js';
import { createSasToken, sasExpiry } from '../../../src/destinations/azure-event-hubs/sas.js';
import type { HubEvent } from '../../../src/mapping/hub-event.js';
import { LocalEventHubs } from '../../simulators/azure-event-hubs/local-event-hubs.js';
import { selfSignedCertificate } from '../../simulators/azure-event-hubs/self-signed-certificate.js';
import { hubAddress } from '../../support/hub-address.js';

const NEVER = new AbortController().signal;
const event = (body: Buffer, messageId = 'm'): HubEvent => ({
  body,
  contentType: 'application/json',
  messageId,
  partitionKey: '1',
  properties: { tenant: 't1' },
});

async function start(): Promise<{ hubs: LocalEventHubs; client: HttpsClient }> {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const hubs = await LocalEventHubs.start({
    hubs: [{ name: 'h1', partitionCount: 2 }],
    tls: selfSignedCertificate(),
  });
  const address = hubAddress(hubs.connectionString({ webSocket: true }), 'h1', { partitionCount: 2 });
  const [credential] = address.credentials as [HubCredential];
  const client = new HttpsClient(address, credential, NO_AZURE_SETTINGS);
  onTestFinished(async () => {
    await client.close();
    await hubs.stop();
  });
  return { hubs, client };
}

describe('HttpsClient', () => {
  it('sends a batch in one request, with bodies byte for byte, text or not', async () => {
    const { hubs, client } = await start();
    const bodies = [Buffer.from('{"é":"\\u0000 \\" 日本"}'), Buffer.from([0xff, 0, 1]), Buffer.from('')];
    const batch = await client.createBatch('1');
    for (const [at, body] of bodies.entries()) expect(batch.tryAdd(event(body, `m${at}`))).toBe(true);
    await client.send(batch, NEVER);

    const events = hubs.hub('h1').partition('1').events();
    expect(events.map(({ body }) => body)).toEqual(bodies);
    expect(events.map(({ properties }) => properties['messageId'])).toEqual(['m0', 'm1', 'm2']);
  });

  it('closes a batch before the largest request, and makes smaller ones once the tier has shown itself', async () => {
    const { hubs, client } = await start();
    hubs.faults.setMaxMessageBytes(262_144);
    const body = Buffer.from(`{"text":"${'x'.repeat(10_000)}"}`);
    const large = await client.createBatch('0');
    while (large.tryAdd(event(body)));
    await expect(client.send(large, NEVER)).rejects.toMatchObject({
      retryable: false,
      condition: 'MessageTooLargeError',
    });

    const small = await client.createBatch('0');
    while (small.tryAdd(event(body)));
    await client.send(small, NEVER);
    expect(small.bytes).toBeLessThan(262_144);
    expect(hubs.hub('h1').eventCount).toBeGreaterThan(20);
  });

  it('sends a packed body byte for byte, and names its encoding among the properties', async () => {
    const { hubs, client } = await start();
    const batch = await client.createBatch('0');
    const packed = Buffer.from([0x1f, 0x8b, 0xff]);
    const properties = { contentEncoding: 'gzip' };
    expect(batch.tryAdd({ ...event(packed), properties, contentEncoding: 'gzip' })).toBe(true);
    await client.send(batch, NEVER);

    const [stored] = hubs.hub('h1').partition('0').events();
    expect(stored?.body).toEqual(packed);
    expect(stored?.properties).toMatchObject(properties);
  });

  it('asks the hub for its partitions, and says what to do where the credential may only send', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const rules = (['Manage', 'Send'] as const).map((right) => ({
      name: right,
      key: `key of ${right}`,
      rights: [right],
    }));
    const hubs = await LocalEventHubs.start({
      hubs: [{ name: 'h1', partitionCount: 3 }],
      tls: selfSignedCertificate(),
      rules,
    });
    onTestFinished(() => hubs.stop());
    const clientOf = (rule: string): HttpsClient => {
      const address = hubAddress(hubs.connectionString({ rule, webSocket: true }), 'h1');
      const client = new HttpsClient(address, address.credentials[0] as HubCredential, NO_AZURE_SETTINGS);
      onTestFinished(() => client.close());
      return client;
    };

    expect(await clientOf('Manage').open(NEVER)).toEqual(['0', '1', '2']);
    await expect(clientOf('Send').open(NEVER)).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('set the option partitionCount') as string,
    });
  });

  it('uses one connection for requests that follow one another', async () => {
    const { hubs, client } = await start();
    for (let round = 0; round < 5; round++) {
      const batch = await client.createBatch('0');
      batch.tryAdd(event(Buffer.from('{}')));
      await client.send(batch, NEVER);
    }

    expect(hubs.hub('h1').eventCount).toBe(5);
  });

  it('fails with what can be acted on: missing hub, wrong key', async () => {
    const { hubs } = await start();
    const text = hubs.connectionString({ webSocket: true });
    for (const [hubName, connectionString, condition] of [
      ['h2', text, 'MessagingEntityNotFoundError'],
      ['h1', text.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc='), 'UnauthorizedError'],
    ] as const) {
      const address = hubAddress(connectionString, hubName);
      const client = new HttpsClient(address, address.credentials[0] as HubCredential, NO_AZURE_SETTINGS);
      onTestFinished(() => client.close());
      const batch = await client.createBatch('0');
      batch.tryAdd(event(Buffer.from('{}')));
      await expect(client.send(batch, NEVER)).rejects.toMatchObject({ retryable: true, condition });
    }
  });
});

describe('an answer of the REST API', () => {
  it.each([
    [400, undefined, { retryable: false, condition: 'ArgumentError' }],
    [401, undefined, { retryable: true, condition: 'UnauthorizedError', minimumWaitMs: 0 }],
    [403, undefined, { retryable: true, condition: 'QuotaExceededError', minimumWaitMs: 4000 }],
    [404, undefined, { retryable: true, condition: 'MessagingEntityNotFoundError', subject: 'place' }],
    [408, undefined, { retryable: true, condition: 'OperationTimeoutError' }],
    [413, undefined, { retryable: false, condition: 'MessageTooLargeError', subject: 'size' }],
    [429, '9', { retryable: true, condition: 'ServerBusyError', minimumWaitMs: 9000 }],
    [500, undefined, { retryable: true, condition: 'InternalServerError' }],
    [503, 'soon', { retryable: true, condition: 'ServerBusyError', minimumWaitMs: 4000 }],
    [418, undefined, { retryable: true, condition: 'http-418' }],
  ])('%i means %j %j', (status, retryAfter, expected) => {
    const error = toHttpSendError(status, retryAfter, '<Error><Code>1</Code><Detail>why</Detail></Error>');
    expect(error).toMatchObject(expected);
    expect(error.message).toContain('why');
  });
});

it('an answer 400 about the partition is no fault of the events', () => {
  const detail = 'The specified partition is invalid for an EventHub partition sender or receiver.';
  const error = toHttpSendError(400, undefined, `<Error><Code>400</Code><Detail>${detail}</Detail></Error>`);
  expect(error).toMatchObject({ retryable: true, condition: 'ArgumentOutOfRangeError', subject: 'place' });
});

describe('a shared access signature', () => {
  it('has the form and the signature that the service computes', () => {
    const token = createSasToken('https://ns.servicebus.windows.net/hub', 'send only', 'key', 1_700_000_000);
    // Computed with the sample of the Azure documentation in Python.
    expect(token).toBe(
      'SharedAccessSignature sr=https%3A%2F%2Fns.servicebus.windows.net%2Fhub' +
        '&sig=HDJR4FlOha06gPGchBDN8Roz6UjKhwXZ6gjPApL2HrY%3D&se=1700000000&skn=send%20only',
    );
    expect(sasExpiry(token)).toBe(1_700_000_000_000);
  });
});
