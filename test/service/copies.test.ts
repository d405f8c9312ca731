import { expect, it } from 'vitest';
import type { Service } from '../../src/service.js';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness } from './harness.js';

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
