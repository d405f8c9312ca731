import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointPlace } from '../../src/receive/options.js';
import { type Azurite, startAzurite, storageConnectionString } from './azurite.js';
import { blobPlace } from './checkpoint-places.js';
import { describeCheckpoints } from './checkpoint-promises.js';
import { Collected, LocalHub } from './local-hub.js';

let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterAll(() => azurite.stop());

describe('checkpoints in Blob Storage', () => {
  describeCheckpoints(() => blobPlace(azurite));

  async function failureWith(place: Partial<CheckpointPlace>): Promise<string> {
    const hub = await LocalHub.start();
    const checkpoints = { ...blobPlace(azurite), ...place } as CheckpointPlace;
    const thrown = await Collected.start(hub.options({ checkpoints })).catch((error: unknown) => error);
    return thrown instanceof Error ? thrown.message : '';
  }

  it('need a container that exists', async () => {
    const message = await failureWith({ kind: 'blob', container: 'nowhere', create: false });
    expect(message).toContain('storage account "devstoreaccount1" has no container "nowhere"');
    expect(message).toContain('--create-container');
  });

  it('need the right key, which is not shown', async () => {
    const endpoint = /BlobEndpoint=(http:\/\/[^/]+)/.exec(azurite.connectionString)?.[1] ?? '';
    const key = Buffer.from('another key').toString('base64');
    const message = await failureWith({
      kind: 'blob',
      connectionString: storageConnectionString(endpoint, key),
    });
    expect(message).toContain('refuses the key (403');
    expect(message).not.toContain(key);
  });

  it('need an account that can be reached', async () => {
    const message = await failureWith({
      kind: 'blob',
      connectionString: storageConnectionString('http://127.0.0.1:1'),
    });
    expect(message).toContain('127.0.0.1:1 cannot be used');
    expect(message).toContain('ECONNREFUSED');
  });

  it('need something that is a connection string', async () => {
    const message = await failureWith({ kind: 'blob', connectionString: 'AccountKey=c2VjcmV0' });
    expect(message).toContain('not a connection string of a storage account');
    expect(message).not.toContain('c2VjcmV0');
  });
});
