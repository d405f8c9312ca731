import { expect, it, onTestFinished } from 'vitest';
import { ZoneReader } from '../../scripts/chaos/zone-reader.js';
import { waitUntil } from '../support/wait.js';
import { messages, PredixScene } from './predix-scene.js';

it('reads each message of a zone once, also when the hub was away meanwhile', async () => {
  const scene = await PredixScene.start();
  const read: string[] = [];
  const reader = new ZoneReader(scene.access, 'z1', ({ partitionId, offset }) => {
    read.push(`${partitionId}/${offset}`);
  });
  onTestFinished(() => reader.close());
  expect(reader.hasReadAll).toBe(true);
  const publish = async (): Promise<void> => {
    const publisher = await scene.publisher('z1');
    publisher.send(...messages(10, 'z1'));
    await publisher.acked(10);
  };
  await publish();
  expect(reader.hasReadAll).toBe(false);
  reader.begin();
  await waitUntil('the first are read', () => reader.hasReadAll);
  const comeBack = await scene.strike('restart-hub');
  await comeBack();
  await publish();
  await waitUntil('all are read', () => reader.hasReadAll);
  const all = [0, 1, 2, 3, 4].flatMap((partition) => [0, 1, 2, 3].map((offset) => `${partition}/${offset}`));
  expect(read.toSorted()).toEqual(all);
});
