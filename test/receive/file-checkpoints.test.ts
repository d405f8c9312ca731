import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckpointFile } from '../../src/receive/checkpoint-file.js';
import { FileCheckpointStore } from '../../src/receive/file-checkpoint-store.js';
import type { CheckpointPlace } from '../../src/receive/options.js';
import { filePlace } from './checkpoint-places.js';
import { describeCheckpoints } from './checkpoint-promises.js';
import { Collected, LocalHub } from './local-hub.js';

const NAMES = { fullyQualifiedNamespace: 'ns', eventHubName: 'hub', consumerGroup: '$Default' };

function pathOf(place: CheckpointPlace): string {
  if (place.kind !== 'file') throw new Error('not a file');
  return place.path;
}

function storeAt(path: string): FileCheckpointStore {
  return new FileCheckpointStore(new CheckpointFile(path));
}

describe('checkpoints in a file', () => {
  describeCheckpoints(filePlace);

  it('keep every change of many writers that do not know of each other', async () => {
    const path = pathOf(await filePlace());
    const writes = Array.from({ length: 40 }, (_, at) => {
      const checkpoint = { ...NAMES, partitionId: String(at), sequenceNumber: at, offset: `offset ${at}` };
      return storeAt(path).updateCheckpoint(checkpoint);
    });
    await Promise.all(writes);
    expect(await storeAt(path).listCheckpoints('NS', 'Hub', '$default')).toHaveLength(40);
    expect(await readdir(dirname(path))).toEqual(['checkpoints.json']);
  });

  it('give a partition to one of those that claim it at the same time', async () => {
    const path = pathOf(await filePlace());
    const claims = ['a', 'b', 'c'].map((ownerId) =>
      storeAt(path).claimOwnership([{ ...NAMES, partitionId: '0', ownerId }]),
    );
    const claimed = (await Promise.all(claims)).flat();
    expect(claimed).toHaveLength(1);
    expect(await storeAt(path).listOwnership('ns', 'hub', '$default')).toMatchObject([
      { ownerId: claimed[0]?.ownerId },
    ]);
  });

  it('are not held up by a lock whose maker was killed', async () => {
    const path = pathOf(await filePlace());
    // Above the largest process id that Linux can have.
    await writeFile(`${path}.lock`, '4194305 left-behind');
    await storeAt(path).updateCheckpoint({ ...NAMES, partitionId: '0', sequenceNumber: 1, offset: '1' });
    expect(await readdir(dirname(path))).toEqual(['checkpoints.json']);
  });

  it('leave a file alone that is something else', async () => {
    const place = await filePlace();
    await writeFile(pathOf(place), '{"name":"mine"}');
    const hub = await LocalHub.start();
    await expect(Collected.start(hub.options({ checkpoints: place }))).rejects.toThrow(
      'the file was left as it is',
    );
    expect(await readFile(pathOf(place), 'utf8')).toBe('{"name":"mine"}');
  });

  it('need a folder that exists', async () => {
    const hub = await LocalHub.start();
    const checkpoints = { kind: 'file', path: '/nowhere/at/all.json' } as const;
    await expect(Collected.start(hub.options({ checkpoints }))).rejects.toThrow(
      'look at the path and its rights',
    );
  });

  it('of another hub are seen as such', async () => {
    const place = await filePlace();
    const hub = await LocalHub.start();
    const other = {
      fullyQualifiedNamespace: 'localhost',
      eventHubName: 'telemetry',
      consumerGroup: '$Default',
    };
    await storeAt(pathOf(place)).updateCheckpoint({
      ...other,
      partitionId: '1',
      sequenceNumber: 7,
      offset: '70',
    });
    await expect(Collected.start(hub.options({ checkpoints: place }))).rejects.toThrow(
      'partition 1 has one at sequence number 7, but its last event is -1',
    );
  });
});
