/** All client programs. */
import { UsageError } from '../command-line.js';
import { azureClients } from './azure/clients.js';
import type { ConformanceOptions } from './command-line.js';
import { predixClients } from './predix/clients.js';
import type { Client } from './toolchain.js';

/** Every client, in the order they are run. */
export const clients: readonly Client[] = [...azureClients, ...predixClients];

/**
 * Those that are asked for.
 *
 * @throws UsageError when there is none.
 */
export function chooseClients({ hubs, only }: ConformanceOptions): readonly Client[] {
  const chosen = clients.filter(({ hub, language }) => hubs.includes(hub) && only.includes(language));
  if (chosen.length > 0) return chosen;
  const has = clients.filter(({ hub }) => hubs.includes(hub)).map(({ language }) => language);
  const accepted = [...new Set(has)].join(', ');
  throw new UsageError(
    `--only: given "${only.join(',')}"; accepted with --hub ${hubs.join(',')}: ${accepted}.`,
  );
}
