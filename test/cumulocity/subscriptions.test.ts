import { describe, expect, it } from 'vitest';
import { type Capture, deleteSubscription, ensureSubscription } from '../../src/cumulocity/subscriptions.js';
import { PlatformError } from '../../src/errors.js';
import type { LocalCumulocityOptions } from '../simulators/cumulocity/local-cumulocity.js';
import { startPlatform } from './platform.js';

const CAPTURE: Capture = {
  name: 'forwarder',
  apis: ['alarms', 'measurements'],
  typeFilter: undefined,
  fragmentsToCopy: [],
};

async function start(options: LocalCumulocityOptions = {}) {
  const { cumulocity, service } = await startPlatform(options);
  return {
    service,
    subscriptions: () => cumulocity.tenant('t1').subscriptions() as Record<string, unknown>[],
  };
}

describe('ensureSubscription', () => {
  it('creates a subscription of the whole tenant that names its apis', async () => {
    const { service, subscriptions } = await start();
    expect(await ensureSubscription(service, CAPTURE)).toEqual({
      apis: CAPTURE.apis,
      refused: [],
      made: 'created',
    });

    expect(subscriptions()).toEqual([
      expect.objectContaining({
        context: 'tenant',
        subscription: 'forwarder',
        subscriptionFilter: { apis: ['alarms', 'measurements'] },
      }),
    ]);
  });

  it('uses an equal one again, whatever the order of its lists', async () => {
    const { service, subscriptions } = await start();
    const capture = { ...CAPTURE, typeFilter: "'a' or 'b'", fragmentsToCopy: ['x', 'y'] };
    await ensureSubscription(service, capture);
    const [before] = subscriptions();
    await ensureSubscription(service, {
      ...capture,
      apis: ['measurements', 'alarms'],
      fragmentsToCopy: ['y', 'x'],
    });

    expect(subscriptions()).toEqual([before]);
  });

  it.each<[string, Partial<Capture>]>([
    ['apis', { apis: ['events'] }],
    ['type filter', { typeFilter: 'c8y_Speed' }],
    ['fragments', { fragmentsToCopy: ['c8y_Position'] }],
  ])('replaces one with other %s', async (_what, change) => {
    const { service, subscriptions } = await start();
    await ensureSubscription(service, CAPTURE);
    const [before] = subscriptions();
    await ensureSubscription(service, { ...CAPTURE, ...change });

    expect(subscriptions()).toHaveLength(1);
    expect(subscriptions()[0]?.['id']).not.toBe(before?.['id']);
  });

  it('finds its subscription among more than a page of others', async () => {
    const { service, subscriptions } = await start();
    for (let at = 0; at < 12; at++) await ensureSubscription(service, { ...CAPTURE, name: `other${at}` });
    await ensureSubscription(service, CAPTURE);
    await ensureSubscription(service, { ...CAPTURE, apis: ['events'] });

    const own = subscriptions().filter(({ subscription }) => subscription === 'forwarder');
    expect(own).toHaveLength(1);
    expect(subscriptions()).toHaveLength(13);
  });

  it('leaves measurements out where the platform refuses them, and says so', async () => {
    const { service, subscriptions } = await start({ tenantMeasurements: false });
    const expected = { apis: ['alarms'], refused: ['measurements'] };
    expect(await ensureSubscription(service, CAPTURE)).toEqual({ ...expected, made: 'created' });
    const [before] = subscriptions();
    // Every connect asks again: the platform may have been updated. What is there must stay meanwhile.
    expect(await ensureSubscription(service, CAPTURE)).toEqual({ ...expected, made: undefined });

    expect(subscriptions()).toEqual([before]);
  });

  it('fails when nothing is left of what the platform refuses', async () => {
    const { service } = await start({ tenantMeasurements: false });
    const ensuring = ensureSubscription(service, { ...CAPTURE, apis: ['measurements'] });

    await expect(ensuring).rejects.toBeInstanceOf(PlatformError);
  });

  it('keeps the subscription that is there when its new filter is refused', async () => {
    const { service, subscriptions } = await start({ tenantMeasurements: false });
    await ensureSubscription(service, { ...CAPTURE, apis: ['alarms'] });
    const [before] = subscriptions();
    await ensureSubscription(service, { ...CAPTURE, apis: ['measurements'] }).catch(() => undefined);

    expect(subscriptions()).toEqual([before]);
  });
});

describe('deleteSubscription', () => {
  it('deletes its own and leaves those of other applications', async () => {
    const { service, subscriptions } = await start();
    await ensureSubscription(service, CAPTURE);
    await ensureSubscription(service, { ...CAPTURE, name: 'other' });
    await deleteSubscription(service, 'forwarder');
    await deleteSubscription(service, 'forwarder');

    expect(subscriptions().map(({ subscription }) => subscription)).toEqual(['other']);
  });
});
