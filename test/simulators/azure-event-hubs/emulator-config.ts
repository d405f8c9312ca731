/** Reads the configuration file of the official Event Hubs emulator, so that both can share one. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { HubDefinition } from './hub.js';

/** As in the schema of the emulator. */
const namePattern = /^[A-Za-z0-9]$|^[A-Za-z0-9][\w\-./]*[A-Za-z0-9]$/;

/** The emulator writes the count as text. */
const partitionCount = z.coerce.number().int().min(1).max(32);

const consumerGroup = z.object({ Name: z.string().max(50) });

const entity = z.object({
  Name: z.string().max(256).regex(namePattern),
  PartitionCount: partitionCount,
  ConsumerGroups: z.array(consumerGroup).max(20).default([]),
});

const namespace = z.object({
  Type: z.literal('EventHub'),
  Name: z.string().optional(),
  Entities: z.array(entity).min(1),
});

const configuration = z.object({ UserConfig: z.object({ NamespaceConfig: z.array(namespace).length(1) }) });

/** A configuration file that cannot be used; the message says what is wrong and where. */
export class EmulatorConfigError extends Error {
  override readonly name = 'EmulatorConfigError';
}

/**
 * The hubs a configuration file of the official emulator describes, with their consumer groups. What it says of
 * logging is left out.
 *
 * @throws EmulatorConfigError when the file is no such configuration; what reading a file throws.
 */
export async function readEmulatorConfig(path: string): Promise<HubDefinition[]> {
  const text = await readFile(path, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new EmulatorConfigError(`${path}: ${(error as Error).message}`);
  }
  const read = configuration.safeParse(value);
  if (!read.success) throw new EmulatorConfigError(`${path}: ${z.prettifyError(read.error)}`);
  return read.data.UserConfig.NamespaceConfig.flatMap(({ Entities }) => Entities.map(hubOf));
}

function hubOf({ Name, PartitionCount, ConsumerGroups }: z.infer<typeof entity>): HubDefinition {
  return {
    name: Name,
    partitionCount: PartitionCount,
    consumerGroups: ConsumerGroups.map((group) => group.Name),
  };
}
