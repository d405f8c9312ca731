import { describe, expect, it, onTestFinished } from 'vitest';
import { AmqpClient } from '../../../src/destinations/azure-event-hubs/amqp.js';
import { NO_AZURE_SETTINGS } from '../../../src/destinations/azure-event-hubs/azure-settings.js';
import type { HubCredential } from '../../../src/destinations/azure-event-hubs/hub-address.js';
import { SendError } from '../../../src/errors.js';
import { LocalEventHubs } from '../../simulators/azure-event-hubs/local-event-hubs.js';
import { hubAddress } from '../../support/hub-address.js';
import { EVENT, NEVER } from '../../support/sample-event.js';
import { waitUntil } from '../../support/wait.js';

function connectTo(connectionString: string, hubName: string): AmqpClient {
  const address = hubAddress(connectionString, hubName);
  const [credential] = address.credentials as [HubCredential];
  return new AmqpClient({ address, credential, isWebSocket: false, settings: NO_AZURE_SETTINGS });
}

async function start(): Promise<{ hubs: LocalEventHubs; destination: AmqpClient }> {
  const hubs = await LocalEventHubs.start({ hubs: [{ name: 'h1', partitionCount: 4 }] });
  const destination = connectTo(hubs.connectionString(), 'h1');
  onTestFinished(async () => {
    await destination.close();
    await hubs.stop();
  });
  return { hubs, destination };
}

async function failureOf(promise: Promise<unknown>): Promise<SendError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof SendError)) throw new Error(`expected a SendError, got ${String(thrown)}`);
  return thrown;
}

describe('AmqpClient', () => {
  it('learns the partitions and sends a batch to one of them', async () => {
    const { hubs, destination } = await start();
    const ids = await destination.open(NEVER);
    const batch = await destination.createBatch('3', NEVER);
    expect(batch.tryAdd(EVENT)).toBe(true);
    await destination.send(batch, NEVER);

    expect(ids).toEqual(['0', '1', '2', '3']);
    const [stored] = hubs.hub('h1').partition('3').events();
    expect(stored).toMatchObject({
      messageId: 'id-1',
      contentType: 'application/json',
      properties: EVENT.properties,
    });
    expect(stored?.body).toEqual(EVENT.body);
  });

  it('closes a batch on the largest message that the hub takes', async () => {
    const { hubs, destination } = await start();
    hubs.faults.setMaxMessageBytes(2000);
    await destination.open(NEVER);
    const batch = await destination.createBatch('0', NEVER);
    let count = 0;
    while (batch.tryAdd(EVENT)) count++;
    await destination.send(batch, NEVER);

    expect(count).toBeGreaterThan(1);
    expect(hubs.hub('h1').eventCount).toBe(count);
    expect((await destination.createBatch('0', NEVER)).tryAdd({ ...EVENT, body: Buffer.alloc(3000) })).toBe(
      false,
    );
  });

  it('names the encoding of a packed body where AMQP has a place for it, and only then', async () => {
    const { hubs, destination } = await start();
    await destination.open(NEVER);
    const batch = await destination.createBatch('0', NEVER);
    const packed = { ...EVENT, body: Buffer.from([0x1f, 0x8b, 0]), contentEncoding: 'gzip' as const };
    for (const event of [packed, EVENT]) expect(batch.tryAdd(event)).toBe(true);
    await destination.send(batch, NEVER);

    const stored = hubs.hub('h1').partition('0').events();
    for (const event of stored) {
      const { messageId, contentType, properties } = EVENT;
      expect(event).toMatchObject({ messageId, contentType, properties });
    }
    expect(stored.map(({ body }) => body)).toEqual([packed.body, EVENT.body]);
    const encodings = stored.map(({ message }) => Reflect.get(message, 'content_encoding') ?? undefined);
    expect(encodings).toEqual(['gzip', undefined]);
  });

  it('refuses a batch for its size that was made before the link was told a smaller one', async () => {
    const { hubs, destination } = await start();
    await destination.open(NEVER);
    const batch = await destination.createBatch('0', NEVER);
    while (batch.data.count < 100) batch.tryAdd(EVENT);
    hubs.faults.holdAnswers(true);
    const sending = failureOf(destination.send(batch, NEVER));
    await waitUntil('the hub has the batch', () => hubs.hub('h1').eventCount === 100);
    hubs.faults.setMaxMessageBytes(2000);
    // As AMQP has it: the link is closed, and the batch with it, whosever batch it was that was too large.
    hubs.faults.detachLinks('amqp:link:message-size-exceeded');
    expect(await sending).toMatchObject({ retryable: true });

    // Without asking the hub, which does not answer.
    expect(await failureOf(destination.send(batch, NEVER))).toMatchObject({
      retryable: false,
      subject: 'size',
      condition: 'MessageTooLargeError',
    });
    hubs.faults.holdAnswers(false);
    expect(hubs.hub('h1').eventCount).toBe(100);
  });

  it('says of a partition or hub that is not there that the place is at fault', async () => {
    const { hubs, destination } = await start();
    await destination.open(NEVER);
    const batch = await destination.createBatch('3', NEVER);
    batch.tryAdd(EVENT);
    hubs.removeHub('h1');
    const place = { retryable: true, subject: 'place' };
    await waitUntil('the links are gone', () => hubs.senderLinks() === 0);
    expect(await failureOf(destination.createBatch('3', NEVER))).toMatchObject(place);
    hubs.addHub({ name: 'h1', partitionCount: 2 });
    expect(await failureOf(destination.createBatch('3', NEVER))).toMatchObject(place);
    expect(await failureOf(destination.send(batch, NEVER))).toMatchObject(place);
    expect(await destination.open(NEVER)).toEqual(['0', '1']);
  });

  it.each([
    ['the connection is cut', 'connection-lost', (hubs: LocalEventHubs) => hubs.faults.cutConnections()],
    ['the link is detached', 'amqp:link:detach-forced', (hubs: LocalEventHubs) => hubs.faults.detachLinks()],
  ])(
    'fails at once when %s while a batch is with the hub, and sends the same batch again',
    async (_what, condition, lose) => {
      const { hubs, destination } = await start();
      await destination.open(NEVER);
      const batch = await destination.createBatch('0', NEVER);
      batch.tryAdd(EVENT);
      hubs.faults.holdAnswers(true);
      const sending = failureOf(destination.send(batch, NEVER));
      await waitUntil('the hub has the batch', () => hubs.hub('h1').eventCount === 1);
      lose(hubs);
      const failure = await sending;

      // The SDK alone would have waited, and then called it an OperationTimeoutError.
      expect(failure).toMatchObject({ retryable: true, condition });
      hubs.faults.holdAnswers(false);
      await destination.send(batch, NEVER);
      expect(hubs.hub('h1').eventCount).toBe(2);
    },
  );

  it('leaves no token renewal of a lost link behind', async () => {
    const { hubs, destination } = await start();
    await destination.open(NEVER);
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const sendOne = async (): Promise<void> => {
      const batch = await destination.createBatch('0', NEVER);
      batch.tryAdd(EVENT);
      await destination.send(batch, NEVER);
    };
    await sendOne();
    const before = timers();
    for (let round = 0; round < 5; round++) {
      hubs.faults.detachLinks();
      await waitUntil('the link is gone', () => hubs.senderLinks() === 0);
      await sendOne();
    }

    await waitUntil('only one renewal is left', () => timers() <= before + 1);
  });

  it.each([
    ['com.microsoft:server-busy', { retryable: true, condition: 'ServerBusyError', minimumWaitMs: 4000 }],
    ['amqp:unauthorized-access', { retryable: true, condition: 'UnauthorizedError' }],
    ['com.microsoft:entity-disabled', { retryable: true, condition: 'MessagingEntityDisabledError' }],
    ['amqp:link:message-size-exceeded', { retryable: false, condition: 'MessageTooLargeError' }],
    ['amqp:resource-limit-exceeded', { retryable: true, condition: 'QuotaExceededError' }],
    ['amqp:internal-error', { retryable: true, condition: 'InternalServerError' }],
  ])('says what a refusal with %s means', async (condition, expected) => {
    const { hubs, destination } = await start();
    await destination.open(NEVER);
    const batch = await destination.createBatch('0', NEVER);
    batch.tryAdd(EVENT);
    hubs.faults.rejectNext(1, condition);

    expect(await failureOf(destination.send(batch, NEVER))).toMatchObject(expected);
    await destination.send(batch, NEVER);
  });

  it('fails with a reason that can be acted on: wrong key, missing hub, nobody there', async () => {
    const { hubs } = await start();
    const wrongKey = hubs.connectionString().replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');
    const unknown = connectTo(hubs.connectionString(), 'h2');
    const refused = connectTo(wrongKey, 'h1');
    const alone = connectTo(hubs.connectionString(), 'h1');
    onTestFinished(async () => {
      for (const each of [unknown, refused, alone]) await each.close();
    });

    expect(await failureOf(unknown.open(NEVER))).toMatchObject({
      retryable: true,
      condition: 'MessagingEntityNotFoundError',
    });
    const failure = await failureOf(refused.open(NEVER));
    expect(failure).toMatchObject({ retryable: true, condition: 'UnauthorizedError' });
    expect(failure.message).not.toContain('d3Jvbmc');
    await hubs.faults.pauseListening();
    expect(await failureOf(alone.open(NEVER))).toMatchObject({
      retryable: true,
      condition: 'ECONNREFUSED',
    });
    await hubs.faults.resumeListening();
  });

  it('gives a send up when told to', async () => {
    const { hubs, destination } = await start();
    await destination.open(NEVER);
    const batch = await destination.createBatch('0', NEVER);
    batch.tryAdd(EVENT);
    hubs.faults.holdAnswers(true);
    const abort = new AbortController();
    const sending = failureOf(destination.send(batch, abort.signal));
    await waitUntil('the hub has the batch', () => hubs.hub('h1').eventCount === 1);
    abort.abort();

    await sending;
    hubs.faults.holdAnswers(false);
  });
});
