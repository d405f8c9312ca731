import { expect, it } from 'vitest';
import { readBacklogBytes } from '../../src/cumulocity/topic-figures.js';
import { SimulatorClient } from '../simulators/cumulocity/simulator-client.js';
import { startPlatform } from './platform.js';

it('the platform tells how much of a topic is not acknowledged, where it tells it at all', async () => {
  const { cumulocity, service } = await startPlatform({ messagingManagement: true });
  const tenant = cumulocity.tenant('t1');
  const admin = new SimulatorClient(cumulocity, { tenant: 't1', ...tenant.admin });
  await admin.subscribe({ subscriptionFilter: { apis: ['measurements'] } });
  await admin.consumer();
  expect(await readBacklogBytes(service, 't1', 'feed')).toBe(0);
  await admin.measure(tenant.createDevice('device'));
  expect(await readBacklogBytes(service, 't1', 'feed')).toBe(tenant.topic('feed')?.backlogBytes);
  expect(tenant.topic('feed')?.backlogBytes).toBeGreaterThan(0);
});

it('says nothing where there is no such service, or the user may not ask it', async () => {
  const { service } = await startPlatform();
  expect(await readBacklogBytes(service, 't1', 'feed')).toBeUndefined();
  const { service: other } = await startPlatform({ messagingManagement: true, requiredRoles: [] });
  expect(await readBacklogBytes(other, 't1', 'feed')).toBeUndefined();
});
