import { expect, it, onTestFinished } from 'vitest';
import { LocalAuthority } from '../../scripts/demo/local-authority.js';
import { PredixAccess } from '../../scripts/demo/predix-access.js';
import type { ReadEvent } from '../../scripts/demo/reader.js';
import { waitUntil } from '../support/wait.js';

const COUNT = 30;

it('reads each message of a zone once and in order per partition, also when its subscription is cut', async () => {
  const authority = new LocalAuthority();
  onTestFinished(() => authority.remove());
  const access = await PredixAccess.start({ zones: ['z1', 'z2'], authority, protocol: 'grpc' });
  onTestFinished(() => access.stop());
  const topic = access.service.topic('z1');
  const publish = (from: number): void => {
    for (let at = from; at < from + COUNT; at++) {
      const message = { id: `m${at}`, body: Buffer.from(`${at}`), zoneId: 'z1', tags: { at: `${at}` } };
      topic.append({ ...message, key: Buffer.alloc(0), timestamp: undefined }, () => undefined);
    }
  };
  const events: ReadEvent[] = [];
  publish(0);
  const reader = access.read('z1', (event) => events.push(event));
  await waitUntil('the first are read', () => events.length === COUNT);
  access.service.faults.cutStreams('subscribe');
  publish(COUNT);
  await waitUntil('all are read', () => events.length >= 2 * COUNT);
  await reader.close();

  const inOrderOfStoring = [...events].sort((left, right) => left.enqueuedAtMs - right.enqueuedAtMs);
  const numbers = inOrderOfStoring.map(({ body }) => Number(body.toString()));
  expect(numbers).toEqual(Array.from({ length: 2 * COUNT }, (_, at) => at));
  for (const partition of topic.partitions) {
    const offsets = events.filter(({ partitionId }) => partitionId === `${partition.index}`);
    expect(offsets.map(({ sequenceNumber }) => sequenceNumber)).toEqual(offsets.map((_, at) => at));
  }
  expect(events[0]?.properties).toEqual({ at: events[0]?.body.toString() });
});

it('describes every second zone by a binding, so that both ways are used', async () => {
  const authority = new LocalAuthority();
  onTestFinished(() => authority.remove());
  const access = await PredixAccess.start({ zones: ['z1', 'z2'], authority, protocol: 'websocket' });
  onTestFinished(() => access.stop());
  expect(access.options('z1')).toMatchObject({ 'predix.host': new URL(access.service.wssUri).host });
  expect(access.options('z1')).not.toHaveProperty(['credentials.predix.vcapServices']);
  expect(access.options('z2')).not.toHaveProperty(['predix.host']);
  expect(access.options('z2')['credentials.predix.vcapServices']).toContain(access.service.wssUri);
});
