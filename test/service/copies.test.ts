import { describe, expect, it } from 'vitest';
import type { Service } from '../../src/service.js';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, PROMISE, TOPIC } from './harness.js';
import { replayedTexts } from './protected-tenant.js';

const receivedBy = (copy: Service): number => copy.status()[0]?.routes[0]?.counts.received ?? 0;

async function startWithCopies(...names: readonly string[]): Promise<[Harness, Service[]]> {
  const harness = await Harness.start();
  harness.addTenant('t1');
  harness.cumulocity.subscribeTenant('t1');
  const copies: Service[] = [];
  for (const name of names) copies.push(await harness.startCopy(name));
  const sockets = (): number => harness.cumulocity.tenant('t1').consumerSockets();
  await waitUntil('every copy is connected', () => sockets() === names.length);
  return [harness, copies];
}

it('shares the notifications of a tenant among the copies, each source with one of them', async () => {
  const [harness, copies] = await startWithCopies('copy-1', 'copy-2', 'copy-3');
  for (let round = 0; round < 5; round++) await harness.send('t1', 400);

  expect(await harness.untilDelivered()).toMatchObject({ sent: 2000, ...FLAWLESS });
  const received = copies.map(receivedBy);
  expect(received.reduce((sum, count) => sum + count)).toBe(2000);
  // 8 devices with the same number of measurements each: a source that was split would leave a remainder.
  for (const count of received) expect(count % 250).toBe(0);
  expect(received.filter((count) => count > 0).length).toBeGreaterThan(1);
});

it('loses and reorders nothing while copies come and go under load', async () => {
  const [harness, [first, second]] = await startWithCopies('copy-1', 'copy-2');
  await harness.send('t1', 400);
  const third = harness.startCopy('copy-3');
  await harness.send('t1', 400);
  await Promise.all([first?.stop(), harness.send('t1', 400)]);
  await third;
  await Promise.all([harness.startCopy('copy-1'), harness.send('t1', 400)]);
  await Promise.all([second?.stop(), harness.send('t1', 400)]);

  const verdict = await harness.untilDelivered();
  expect(verdict).toMatchObject({ sent: 2000, lost: 0, outOfOrder: 0, repeatedUnderAnotherId: 0 });
});

it('goes on with the other copies when the sockets of all are cut', async () => {
  const [harness] = await startWithCopies('copy-1', 'copy-2');
  for (let round = 0; round < 5; round++) {
    await harness.send('t1', 300);
    harness.cumulocity.faults.cutConsumerSockets();
  }
  const verdict = await harness.untilDelivered();
  expect(verdict).toMatchObject({ sent: 1500, lost: 0, outOfOrder: 0, repeatedUnderAnotherId: 0 });
});

const routesOf = (copy: Service): string =>
  (copy.status()[0]?.routes ?? []).map(({ name, consumer }) => `${name} ${consumer.state}`).join();

describe('a change of routes with several copies', () => {
  it('removes a topic when all of them have brought what they read of it to the hub', async () => {
    const [harness, copies] = await startWithCopies('copy-1', 'copy-2');
    await waitUntil('they know each other', () =>
      copies.every((copy) => copy.status()[0]?.copies.count === 2),
    );
    await harness.eventHubs.faults.pauseListening();
    await harness.send('t1', 400);
    harness.cumulocity.setOptions('t1', { routes: JSON.stringify([{ name: 'all' }]) });
    const areBothOpen = (copy: Service): boolean => routesOf(copy) === 'default open,all open';
    await waitUntil('both routes are open in both copies', () => copies.every(areBothOpen));
    await harness.send('t1', 400);
    await harness.eventHubs.faults.resumeListening();
    await waitUntil('only the new one is left', () => copies.every((copy) => routesOf(copy) === 'all open'));
    await harness.send('t1', 400);

    expect(harness.cumulocity.tenant('t1').topic(TOPIC)?.subscribers).toEqual([]);
    expect(await harness.untilDelivered()).toMatchObject({ ...PROMISE });
  });

  it('leaves a topic alone that an older copy still reads', async () => {
    const [harness, [first]] = await startWithCopies('copy-1');
    await waitUntil('it has told so', () => first?.status()[0]?.copies.isLeading === true);
    await harness.eventHubs.faults.pauseListening();
    await harness.send('t1', 400);
    harness.cumulocity.setOptions('t1', { routes: JSON.stringify([{ name: 'all' }]) });
    // The second one does not know the topic before as anything but a leftover.
    const second = await harness.startCopy('another-copy');
    await waitUntil('it reads the new one', () => routesOf(second) === 'all open');
    expect(harness.cumulocity.tenant('t1').topic(TOPIC)?.subscribers).toHaveLength(1);
    await harness.eventHubs.faults.resumeListening();
    await waitUntil('only the new one is left', () => first !== undefined && routesOf(first) === 'all open');

    expect(await harness.untilDelivered()).toMatchObject({ ...PROMISE });
  });
});

it('finds what is missing when a new copy has to make the subscription that the others had', async () => {
  const [harness] = await startWithCopies('copy-1', 'copy-2');
  await harness.send('t1', 400);
  await harness.untilDelivered();
  const tenant = harness.cumulocity.tenant('t1');
  const [{ id } = { id: '' }] = tenant.subscriptions() as { id: string }[];
  await harness.delete('t1', `/notification2/subscriptions/${id}`);
  const time = new Date().toISOString();
  const missed = { source: { id: harness.device('t1') }, type: 'c8y_T', text: 'missed', time };
  await harness.post('t1', '/measurement/measurements', { ...missed, c8y_T: { T: { value: 1 } } });
  await harness.startCopy('copy-3');
  await waitUntil('what was missed is in the hub', () => replayedTexts(harness).includes('missed'));
});

it('leaves no subscriber behind when the tenant leaves, and begins anew when it comes back', async () => {
  const [harness, copies] = await startWithCopies('copy-1', 'copy-2', 'copy-3');
  await harness.send('t1', 400);
  harness.cumulocity.unsubscribeTenant('t1');
  await waitUntil('all copies have let it go', () => copies.every((copy) => copy.status().length === 0));
  const tenant = harness.cumulocity.tenant('t1');
  // What the service user of a tenant that has left may still remove; without a subscriber nothing piles up.
  await waitUntil('nobody reads its topic', () => tenant.topic(TOPIC)?.subscribers.length === 0);
  harness.cumulocity.subscribeTenant('t1');
  await waitUntil('all are connected', () => tenant.consumerSockets() === 3);
  await harness.send('t1', 400);

  expect(await harness.untilDelivered()).toMatchObject(PROMISE);
});
