/** The checkpoint stores, each as a test finds and looks into it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint, CheckpointStore } from '@azure/event-hubs';
import { onTestFinished } from 'vitest';
import { openBlobStore } from '../../src/receive/blob-checkpoint-store.js';
import { CheckpointFile } from '../../src/receive/checkpoint-file.js';
import { FileCheckpointStore } from '../../src/receive/file-checkpoint-store.js';
import type { CheckpointPlace } from '../../src/receive/options.js';
import type { Azurite } from './azurite.js';
import { type AtEnd, HUB } from './local-hub.js';

/** A container of its own. */
export function blobPlace({ connectionString }: Azurite): CheckpointPlace {
  return { kind: 'blob', connectionString, container: `c-${randomUUID()}`, create: true };
}

/** A file of its own, gone at the test's end. */
export async function filePlace(atEnd: AtEnd = onTestFinished): Promise<CheckpointPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'receive-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return { kind: 'file', path: join(folder, 'checkpoints.json') };
}

/** What is stored there. */
export async function storedCheckpoints(place: CheckpointPlace): Promise<readonly Checkpoint[]> {
  const store: CheckpointStore =
    place.kind === 'blob'
      ? await openBlobStore(place, new AbortController().signal)
      : new FileCheckpointStore(new CheckpointFile(place.path));
  return store.listCheckpoints('localhost', HUB, '$Default');
}
