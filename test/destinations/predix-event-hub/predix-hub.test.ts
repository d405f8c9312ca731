import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type {
  PredixHubAddress,
  PredixProtocol,
  PredixSettings,
} from '../../../src/destinations/predix-event-hub/hub-address.js';
import { PredixHub } from '../../../src/destinations/predix-event-hub/predix-hub.js';
import type { PredixTiming } from '../../../src/destinations/predix-event-hub/timing.js';
import { Uaa } from '../../../src/destinations/predix-event-hub/uaa.js';
import type { SendError } from '../../../src/errors.js';
import type { HubEvent } from '../../../src/mapping/hub-event.js';
import { selfSignedCertificate } from '../../simulators/azure-event-hubs/self-signed-certificate.js';
import { LocalPredix } from '../../simulators/predix-event-hub/local-predix.js';
import { AckStatus } from '../../simulators/predix-event-hub/protocol.js';
import { startBlackHole } from '../../support/black-hole.js';
import { startConnectProxy } from '../../support/connect-proxy.js';
import { addressOf, CLIENT, eventOf, FAST, startPredix, ZONE } from '../../support/predix.js';
import { NEVER } from '../../support/sample-event.js';
import { waitUntil } from '../../support/wait.js';

const PLAIN: PredixSettings = { predixTls: 'none', proxyUrl: undefined };

function connect(address: PredixHubAddress, timing: Partial<PredixTiming> = {}, settings = PLAIN): PredixHub {
  const hub = new PredixHub(address, settings, { ...FAST, ...timing });
  onTestFinished(() => hub.close());
  return hub;
}

/** Sends events; gives the service's answer for each. */
async function send(hub: PredixHub, ...events: readonly HubEvent[]): Promise<(SendError | undefined)[]> {
  const batch = await hub.createBatch();
  for (const event of events) expect(batch.tryAdd(event)).toBe(true);
  const answers: (SendError | undefined)[] = Array.from({ length: events.length });
  await hub.send(batch, NEVER, (index, failure) => {
    answers[index] = failure;
  });
  return answers;
}

/** Sends as a lane does: again and again until it is taken. */
async function sendUntilTaken(hub: PredixHub, event: HubEvent): Promise<void> {
  await waitUntil(`${event.messageId} is taken`, async () => {
    const answers = await send(hub, event).catch(() => [new Error('lost')]);
    return answers[0] === undefined;
  });
}

function idsIn(service: LocalPredix, topic = 'topic'): readonly string[] {
  return service
    .topic(ZONE, topic)
    .messages()
    .map(({ id }) => id)
    .sort();
}

describe.each<PredixProtocol>(['grpc', 'websocket'])('a Predix hub over %s', (protocol) => {
  it('[seed 475-479] [seed 482] stores each message with its tags and zone, and answers for each', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }));
    expect(await hub.open(NEVER)).toEqual(['0', '1', '2', '3', '4']);
    expect(await send(hub, eventOf('7', 'a'), eventOf('8', 'b'))).toEqual([undefined, undefined]);
    expect(idsIn(service)).toEqual(['a', 'b']);
    const stored = service
      .topic(ZONE)
      .messages()
      .find(({ id }) => id === 'a');
    expect(stored).toMatchObject({
      zoneId: ZONE,
      tags: { tenant: 't1', api: 'events', messageId: 'a', contentType: 'application/json' },
    });
    // A WebSocket has no place for a key.
    expect(stored?.key.toString()).toBe(protocol === 'grpc' ? '7' : '');
    expect(stored?.body.toString()).toBe('{"id":"a"}');
  });

  it('[seed 475-479] keeps one stream, however much is sent', async () => {
    const { service, uaa, address } = await startPredix();
    const hub = connect(address({ protocol }));
    for (let at = 0; at < 20; at++) await send(hub, eventOf('7', `e${at}`));
    await Promise.all(Array.from({ length: 20 }, (_, at) => send(hub, eventOf(`${at}`, `f${at}`))));
    expect(service.openStreams('publish')).toBe(1);
    expect(uaa.issued).toBe(1);
    expect(idsIn(service)).toHaveLength(40);
  });

  it('[seed 194-209] tells what is refused for good from what may be sent again', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }));
    service.faults.answerWith({ status: AckStatus.badRequest, desc: 'no' }, 1, ({ id }) => id === 'bad');
    service.faults.answerWith(
      { status: AckStatus.requestTooLarge, desc: 'no' },
      1,
      ({ id }) => id === 'large',
    );
    service.faults.answerWith({ status: AckStatus.failed, desc: 'no' }, 1, ({ id }) => id === 'busy');
    const events = ['good', 'bad', 'large', 'busy'].map((id, at) => eventOf(`${at}`, id));
    expect(await send(hub, ...events)).toMatchObject([
      undefined,
      { retryable: false, condition: 'bad-request' },
      { retryable: false, condition: 'bad-request' },
      { retryable: true, condition: 'failed' },
    ]);
    expect(idsIn(service)).toEqual(['good']);
  });

  it('[seed 218-226] is throttled by "Too Many Requests", says so, and has nothing else to fear', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }), { throttle: { windowMs: 60, floorBytes: 10_000 } });
    service.faults.answerWith({ status: AckStatus.failed, desc: 'Too Many Requests' }, 1);
    expect(hub.way.throttle).toBeUndefined();
    const [refusal] = await send(hub, eventOf('7', 'a'));
    expect(refusal).toMatchObject({ retryable: true, condition: 'too-many-requests' });
    expect(refusal?.minimumWaitMs).toBeGreaterThan(0);
    expect(hub.way.throttle?.bytesPerSecond).toBeGreaterThan(0);
    await sendUntilTaken(hub, eventOf('7', 'a'));
    expect(service.openStreams('publish')).toBe(1);
    await waitUntil('it is free again', () => hub.way.throttle === undefined);
  });

  it('loses nothing with a stream: what was not answered fails, and goes out on the next one', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }));
    await send(hub, eventOf('7', 'a'));
    service.faults.loseAnswers(1);
    await expect(send(hub, eventOf('7', 'b'))).rejects.toMatchObject({
      retryable: true,
      condition: 'UNAVAILABLE',
    });
    await sendUntilTaken(hub, eventOf('7', 'b'));
    expect(idsIn(service)).toEqual(['a', 'b', 'b']);
  });

  it('[seed 475-479] makes no connection before its time, and says when', async () => {
    const { service, address } = await startPredix();
    const redial = { ...FAST.redial, lostMs: [60_000] };
    const hub = connect(address({ protocol }), { redial });
    await send(hub, eventOf('7', 'a'));
    service.faults.cutStreams();
    await waitUntil('the loss is noticed', () => service.openStreams('publish') === 0);
    const failure = await waitForFailure(() => send(hub, eventOf('7', 'b')));
    expect(failure).toMatchObject({
      retryable: true,
      message: expect.stringMatching(/tried again in \d\d s$/),
    });
    expect(failure.minimumWaitMs).toBeGreaterThan(50_000);
    expect(service.openStreams('publish')).toBe(0);
  });

  it('goes on after the service was restarted', async () => {
    const scene = await startPredix();
    const portOf = (authority: string): number => Number(authority.split(':')[1]);
    const port = portOf(scene.service.grpcUri);
    const wssPort = portOf(new URL(scene.service.wssUri).host);
    const hub = connect(scene.address({ protocol }));
    await send(hub, eventOf('7', 'a'));
    await scene.service.stop();
    await expect(send(hub, eventOf('7', 'b'))).rejects.toMatchObject({ retryable: true });
    const again = await LocalPredix.start({
      zones: { [ZONE]: [] },
      trustedIssuers: [scene.uaa.issuer],
      ...{ port, wssPort },
    });
    onTestFinished(() => again.stop());
    await sendUntilTaken(hub, eventOf('7', 'b'));
    expect(idsIn(again)).toEqual(['b']);
  });

  it('[seed 475-479] says no to a client without the scope three times, and then rests', async () => {
    const { service, uaa, address } = await startPredix();
    uaa.setAuthorities('forwarder', [`predix-event-hub.zones.${ZONE}.user`]);
    const hub = connect(address({ protocol }));
    let attempts = 0;
    await waitUntil('it rests', async () => {
      const failure = await send(hub, eventOf('7', 'a')).catch((thrown: SendError) => thrown);
      if (failure instanceof Error && !failure.message.includes('tried again in')) attempts++;
      return failure instanceof Error && /refused 3 times in a row/.test(failure.message);
    });
    expect(attempts).toBe(3);
    expect(hub.way.refusal).toMatch(/invalid_scope/);
    expect(service.openStreams('publish')).toBe(0);
  });

  it('publishes to a named topic, and waits for one that is deleted until it is there again', async () => {
    const { service, address } = await startPredix({ zones: { [ZONE]: ['alarms'] } });
    const hub = connect(address({ protocol, hubName: 'alarms' }), {
      redial: { ...FAST.redial, refusals: 1000 },
    });
    await send(hub, eventOf('7', 'a'));
    expect(idsIn(service, 'alarms')).toEqual(['a']);
    service.deleteTopic(ZONE, 'alarms');
    await waitForFailure(() => send(hub, eventOf('7', 'b')));
    service.createTopic(ZONE, 'alarms');
    await sendUntilTaken(hub, eventOf('7', 'b'));
    expect(idsIn(service, 'alarms')).toEqual(['b']);
    expect(service.topic(ZONE).messageCount).toBe(0);
  });

  it('takes a new token in time, and the stream before ends when it is answered: nothing fails', async () => {
    const { service, uaa, address } = await startPredix({ cutAtExpiry: true }, 3);
    const hub = connect(address({ protocol }));
    let sent = 0;
    await waitUntil('it has had three tokens', async () => {
      expect(await send(hub, eventOf('7', `e${sent++}`))).toEqual([undefined]);
      return uaa.issued >= 3;
    });
    expect(idsIn(service)).toHaveLength(sent);
    await waitUntil('one stream is left', () => service.openStreams('publish') === 1);
  });

  it('takes a new token also while there is nothing to send', async () => {
    const { service, uaa, address } = await startPredix({ cutAtExpiry: true }, 3);
    const hub = connect(address({ protocol }), { aliveMs: 50 });
    await send(hub, eventOf('7', 'a'));
    await waitUntil('it has had three tokens', () => uaa.issued >= 3);
    expect(service.openStreams('publish')).toBeGreaterThan(0);
    expect(await send(hub, eventOf('7', 'b'))).toEqual([undefined]);
  });

  it('is given up as dead when nothing at all is answered, and another stream is made', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }), { answerMs: 100 });
    await send(hub, eventOf('7', 'a'));
    service.faults.muteAnswers(true);
    await expect(send(hub, eventOf('7', 'b'))).rejects.toMatchObject({
      condition: 'no-answer',
      retryable: true,
    });
    service.faults.muteAnswers(false);
    await sendUntilTaken(hub, eventOf('7', 'b'));
  });

  it('gives up an attempt when it is told to, and a late answer does no harm', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }));
    await send(hub, eventOf('7', 'a'));
    service.faults.muteAnswers(true);
    const abort = new AbortController();
    const batch = await hub.createBatch();
    batch.tryAdd(eventOf('7', 'b'));
    const sending = hub.send(batch, abort.signal, () => undefined);
    await waitUntil('it is stored', () => service.topic(ZONE).messageCount === 2);
    abort.abort();
    await expect(sending).rejects.toMatchObject({ retryable: true });
    service.faults.muteAnswers(false);
    expect(await send(hub, eventOf('7', 'c'))).toEqual([undefined]);
  });

  it('comes over TLS and through a proxy', async () => {
    const tls = selfSignedCertificate();
    const { service, uaa } = await startPredix({ tls });
    const proxy = await startConnectProxy();
    // The UAA of the test has no TLS, and needs none of the setting.
    const settings = { predixTls: { ca: tls.cert }, proxyUrl: proxy.url };
    const hub = connect(addressOf(service, uaa, { protocol }), {}, settings);
    expect(await send(hub, eventOf('7', 'a'))).toEqual([undefined]);
    const { port } = addressOf(service, uaa, { protocol });
    expect(proxy.tunnels).toEqual([new URL(uaa.issuer).host, `localhost:${port}`]);
  });

  it('ends its stream in order when it is closed', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }));
    await send(hub, eventOf('7', 'a'));
    await hub.close();
    await waitUntil('no stream is open', () => service.openStreams('publish') === 0);
    await expect(send(hub, eventOf('7', 'b'))).rejects.toMatchObject({ condition: 'closed' });
  });

  it('sends nothing of an attempt that is given up while the throttle lets it wait', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address({ protocol }), { throttle: { windowMs: 30_000, floorBytes: 1000 } });
    service.faults.answerWith({ status: AckStatus.failed, desc: 'Too Many Requests' }, 1);
    await send(hub, eventOf('7', 'a'));
    const batch = await hub.createBatch();
    batch.tryAdd(eventOf('7', 'a'));
    const abort = new AbortController();
    const sending = hub.send(batch, abort.signal, () => undefined);
    abort.abort();
    await expect(sending).rejects.toMatchObject({ retryable: true, condition: 'cancelled' });
    expect(service.topic(ZONE).messageCount).toBe(0);
  });

  it('makes no connection for an attempt that was given up before', async () => {
    const { address } = await startPredix();
    const hub = connect(address({ protocol }));
    const asking = vi.spyOn(Uaa.prototype, 'token');
    await expect(hub.open(AbortSignal.abort())).rejects.toMatchObject({ condition: 'cancelled' });
    // A failure of it would be nobody's, and end the process.
    expect(asking).not.toHaveBeenCalled();
  });

  it('keeps to the times for connections also where a library does not even try', async () => {
    const { uaa, address } = await startPredix();
    const zoneId = 'not-a-žone';
    const scopes = ['user', 'grpc.publish', 'wss.publish'];
    uaa.setAuthorities(
      CLIENT.id,
      scopes.map((scope) => `predix-event-hub.zones.${zoneId}.${scope}`),
    );
    const hub = connect(address({ protocol, zoneId }));
    await expect(hub.open(NEVER)).rejects.toMatchObject({ kind: 'lost', retryable: true });
    await expect(hub.open(NEVER)).rejects.toThrow(/tried again in/);
  });

  it.each(['the UAA', 'the event hub'])('is closed at once while %s does not answer', async (silent) => {
    const { address } = await startPredix();
    const hole = await startBlackHole();
    const change =
      silent === 'the UAA'
        ? { authUrl: `${hole.url}/oauth/token` }
        : { host: '127.0.0.1', port: hole.port, webSocketUrl: undefined };
    const hub = connect(address({ protocol, ...change }));
    const opening = hub.open(NEVER);
    const failed = expect(opening).rejects.toMatchObject({ retryable: true });
    await waitUntil('it is asked', () => hole.connections > 0);
    const closing = performance.now();
    await hub.close();
    await failed;
    expect(performance.now() - closing).toBeLessThan(FAST.dialMs / 2);
  });

  it('rests after three refusals of a new token, although the stream with the one before is still good', async () => {
    const { uaa, address } = await startPredix({}, 2);
    const redial = { ...FAST.redial, refusedMs: 20 };
    const hub = connect(address({ protocol }), { redial });
    await send(hub, eventOf('7', 'a'));
    uaa.setAuthorities('forwarder', []);
    await waitUntil('it rests', async () => {
      expect(await send(hub, eventOf('7', 'b'))).toEqual([undefined]);
      return hub.way.refusal !== undefined;
    });
    expect(hub.way.refusal).toMatch(/invalid_scope/);
  });

  it('thinks nothing of the end of a stream that another one has taken the place of', async () => {
    const { service, address } = await startPredix({ cutAtExpiry: true }, 3);
    const redial = { ...FAST.redial, refusals: 1 };
    const hub = connect(address({ protocol }), { redial, aliveMs: 50 });
    service.faults.muteAnswers(true);
    const unanswered = send(hub, eventOf('7', 'a'));
    const failed = expect(unanswered).rejects.toMatchObject({ retryable: true });
    await waitUntil('there are two streams', () => service.openStreams('publish') === 2);
    await failed;
    expect(hub.way.refusal).toBeUndefined();
  });

  it('does not open for a wrong secret, and shows neither secret nor token', async () => {
    const { address } = await startPredix();
    const hub = connect(address({ protocol, clientSecret: 'wr0ng' }));
    const failure = await hub.open(NEVER).catch((thrown: Error) => thrown);
    expect(failure).toMatchObject({ kind: 'refused', message: expect.stringContaining('answered 401') });
    expect(String(failure)).not.toContain('wr0ng');
  });
});

async function waitForFailure(attempt: () => Promise<unknown>): Promise<SendError> {
  let failure: SendError | undefined;
  await waitUntil('it fails', async () => {
    failure = await attempt().then(
      () => undefined,
      (thrown: SendError) => thrown,
    );
    return failure !== undefined;
  });
  if (failure === undefined) throw new Error('it did not fail');
  return failure;
}
