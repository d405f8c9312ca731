/** Checkpoints and ownerships in a container of Azure Blob Storage, shared by copies on any machine. */
import type { CheckpointStore } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import { reasonOf } from '../errors.js';
import { ReceiveError, usageError } from './failures.js';

/** Where the checkpoints are. */
export interface BlobPlace {
  /** Of the storage account. */
  readonly connectionString: string;
  readonly container: string;
  /** Whether a missing container is made. */
  readonly create: boolean;
}

/** The tools' own defaults wait for a minute and more before they say that a host does not exist. */
const RETRY = { maxTries: 3, retryDelayInMs: 300, maxRetryDelayInMs: 2000, tryTimeoutInMs: 10_000 };

const CONNECTION_STRING_FORM =
  'DefaultEndpointsProtocol=https;AccountName=<name>;AccountKey=<key>;EndpointSuffix=core.windows.net, as the ' +
  'Azure portal shows it under "Access keys" of the storage account';

function openContainer({ connectionString, container }: BlobPlace): ContainerClient {
  try {
    return new ContainerClient(connectionString, container, { retryOptions: RETRY });
  } catch {
    // Its message is not passed on: it may repeat what was given.
    throw usageError(
      'storage connection string',
      'given something that is not a connection string of a storage account',
      `${CONNECTION_STRING_FORM}, in --storage-connection-string or AZURE_STORAGE_CONNECTION_STRING`,
    );
  }
}

/**
 * Opens the container.
 * @param place where the checkpoints are
 * @param signal gives up
 * @throws ReceiveError when the account or the container cannot be used
 */
export async function openBlobStore(place: BlobPlace, signal: AbortSignal): Promise<CheckpointStore> {
  const container = openContainer(place);
  const options = { abortSignal: signal };
  try {
    if (place.create) await container.createIfNotExists(options);
    if (!(await container.exists(options))) throw missing(container);
  } catch (thrown) {
    throw thrown instanceof ReceiveError ? thrown : unusable(container, thrown);
  }
  return new BlobCheckpointStore(container);
}

function missing({ containerName, accountName }: ContainerClient): ReceiveError {
  const problem = {
    key: '--checkpoint-container',
    given: `storage account "${accountName}" has no container "${containerName}"`,
    accepted: 'a container that exists',
  };
  return new ReceiveError(
    'RECEIVE_FAILED',
    problem,
    'look at the name, or add --create-container to have it made',
  );
}

function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
    ? thrown.statusCode
    : undefined;
}

function unusable(container: ContainerClient, thrown: unknown): ReceiveError {
  const status = statusOf(thrown);
  const { host } = new URL(container.url);
  // The text of a refusal spreads over many lines and repeats the signed request; its code says enough.
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const reason = status === undefined ? reasonOf(thrown) : `${status} ${code}`.trim();
  const isRefused = status === 401 || status === 403;
  return new ReceiveError(
    'RECEIVE_FAILED',
    {
      key: 'storage connection string',
      given: isRefused ? `${host} refuses the key (${reason})` : `${host} cannot be used (${reason})`,
      accepted: 'an account that this machine can reach, with the right to read, write and list blobs',
    },
    isRefused
      ? 'copy the connection string again from "Access keys" of the storage account'
      : 'look at the account name and the endpoint in the connection string',
  );
}
