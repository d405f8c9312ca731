import { expect, it } from 'vitest';
import type { PredixReadingOptions } from '../../../src/receive/predix/options.js';
import { subscribeMetadata } from '../../../src/receive/predix/subscribe-metadata.js';
import { startPredix } from '../../support/predix.js';
import { optionsOf } from './predix-scene.js';

async function metadataOf(change: Partial<PredixReadingOptions>): Promise<Record<string, unknown>> {
  const metadata = subscribeMetadata(optionsOf(await startPredix(), change), 'a-token');
  return Object.fromEntries(Object.keys(metadata.getMap()).map((key) => [key, metadata.get(key).join(' ')]));
}

const ALWAYS = { authorization: 'a-token', 'predix-zone-id': 'z1', subscribername: 'reader' };
const ACKS = { acks: 'true', 'duration-before-retry': '30s', 'retry-interval': '30s', 'max-retries': '5' };
const BATCH = { 'batch-size': '500', 'batch-interval': '100ms', 'batchtype-union': 'false' };

it('mode receive: the default topic is not named', async () => {
  expect(await metadataOf({ mode: 'receive' })).toEqual({ ...ALWAYS, 'offset-newest': 'false' });
});

it('mode acks: several topics, each by itself', async () => {
  const metadata = await metadataOf({ topics: ['topic', 'valves'], isNewest: true });
  expect(metadata).toEqual({ ...ALWAYS, ...ACKS, 'offset-newest': 'true', topic: 'topic valves' });
});

it('mode batch, with metrics', async () => {
  const metadata = await metadataOf({ mode: 'batch', metricsMinutes: 5 });
  const metrics = { metrics: 'true', 'metrics-interval': '5m' };
  expect(metadata).toEqual({ ...ALWAYS, ...ACKS, ...BATCH, ...metrics, 'offset-newest': 'false' });
});
