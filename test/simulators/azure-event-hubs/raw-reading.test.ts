import rhea, { type Message, type Session } from 'rhea';
import { expect, test, vi } from 'vitest';
import type { LocalEventHubs } from './local-event-hubs.js';
import { claimedConnection, encodedEvent, next, rawSession, refusal } from './raw-client.js';
import { startHubs } from './sdk-clients.js';

const source = 'telemetry/ConsumerGroups/$Default/Partitions/0';

function selector(value: unknown) {
  return { address: source, filter: { 'apache.org:selector-filter:string': value } };
}

function store(hubs: LocalEventHubs, count: number): void {
  const events = Array.from({ length: count }, (_, index) => encodedEvent(String(index)));
  hubs.hub('telemetry').partition('0').append(events, undefined);
}

/** Bodies of what comes on a link that is opened with these options. */
function collect(session: Session, options: object): string[] {
  const got: string[] = [];
  const receiver = session.open_receiver(options);
  receiver.on('message', ({ message }: { message: Message }) => {
    const { content } = message.body as { content: Buffer };
    got.push(content.toString());
  });
  return got;
}

test.each([
  ['nothing here', 'telemetry/ConsumerGroups/$Default'],
  ['an unknown group', 'telemetry/ConsumerGroups/nobody/Partitions/0'],
])('a receiver from %s is told so', async (_, address) => {
  const hubs = await startHubs();
  const receiver = rawSession(await claimedConnection(hubs)).open_receiver(address);
  expect(await refusal(receiver, 'receiver_error')).toMatchObject({ condition: 'amqp:not-found' });
});

const offset = 'amqp.annotation.x-opt-offset';

test.each([
  ['unquoted', `${offset} > -1`, ['0', '1', '2']],
  ['unquoted and inclusive, spaced oddly', 'amqp.annotation.x-opt-sequence-number  >=2', ['2']],
  ['quoted', `${offset} > '-1'`, ['0', '1', '2']],
  [
    'by a descriptor of its own',
    rhea.types.wrap_described(`${offset} > '-1'`, 'some:descriptor'),
    ['0', '1', '2'],
  ],
])('a filter %s is understood', async (_, value, expected) => {
  const hubs = await startHubs();
  store(hubs, 3);
  const got = collect(rawSession(await claimedConnection(hubs)), { source: selector(value) });
  await vi.waitFor(() => expect(got).toEqual(expected));
});

test('no filter means the beginning, and an unquoted @latest the end', async () => {
  const hubs = await startHubs();
  store(hubs, 1);
  const session = rawSession(await claimedConnection(hubs));
  const all = collect(session, { source, name: 'all' });
  const latest = collect(session, { source: selector(`${offset} > @latest`), name: 'latest' });
  await vi.waitFor(() => expect(hubs.receiverLinks()).toBe(2));
  hubs
    .hub('telemetry')
    .partition('0')
    .append([encodedEvent('new')], undefined);
  await vi.waitFor(() => expect([all, latest]).toEqual([['0', 'new'], ['new']]));
});

test('a filter that cannot be read is refused', async () => {
  const hubs = await startHubs();
  const receiver = rawSession(await claimedConnection(hubs)).open_receiver({
    source: selector('colour = blue'),
  });
  expect(await refusal(receiver, 'receiver_error')).toMatchObject({
    condition: 'com.microsoft:argument-error',
  });
});

test('nothing is sent beyond the credit, and a drain ends what is left of it', async () => {
  const hubs = await startHubs();
  store(hubs, 3);
  const receiver = rawSession(await claimedConnection(hubs)).open_receiver({ source, credit_window: 0 });
  let got = 0;
  receiver.on('message', () => {
    got += 1;
  });
  receiver.add_credit(2);
  await vi.waitFor(() => expect(got).toBe(2));
  receiver.add_credit(5);
  receiver.drain_credit();
  await next(receiver, 'receiver_drained');
  expect(got).toBe(3);
});

test.each([
  ['pre-settled', { snd_settle_mode: 1 }],
  ['settled by the client first', { rcv_settle_mode: 0 }],
  ['settled by the hub after the outcome', { rcv_settle_mode: 1 }],
])('more events than a session can hold come through when deliveries are %s', async (_, modes) => {
  const hubs = await startHubs();
  store(hubs, 5000);
  const session = rawSession(await claimedConnection(hubs));
  const got = collect(session, { source, credit_window: 3000, ...modes });
  await vi.waitFor(() => expect(got).toHaveLength(5000), { timeout: 10_000 });
  expect(got[4999]).toBe('4999');
});

test('owner level 0 counts as one: an equal level takes over, and none at all is refused', async () => {
  const hubs = await startHubs();
  const session = rawSession(await claimedConnection(hubs));
  const properties = { 'com.microsoft:epoch': rhea.types.wrap_long(0) };
  const holder = session.open_receiver({ source, properties, name: 'first' });
  await next(holder, 'receiver_open');
  const stolen = refusal(holder, 'receiver_error');
  session.open_receiver({ source, properties, name: 'second' });
  expect(await stolen).toMatchObject({ condition: 'amqp:link:stolen' });
  const refused = session.open_receiver({ source, name: 'third' });
  expect(await refusal(refused, 'receiver_error')).toMatchObject({ condition: 'amqp:link:stolen' });
});
