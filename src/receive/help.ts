/** The text of `npm run receive -- --help`. */
import { PREDIX_HELP } from './predix/help.js';
import { REMEMBERED_IDS } from './repeats.js';

/** See the head of this file. */
export const HELP = `npm run receive -- [options]

Reads an event hub and prints its events: one line of JSON each, or on a terminal a short line each. Ends with
Ctrl-C, or after --max events. Remarks and figures go to standard error.

which hub, with Azure (for Predix Event Hub, see the end)
  --connection-string TEXT   of the namespace or of the hub, with the right "Listen". Better set the environment
                             variable EVENTHUB_CONNECTION_STRING: every user of this machine can see arguments
  --hub NAME                 the event hub (default: EntityPath of the connection string)
  --consumer-group NAME      default: $Default
  --transport WAY            amqp (default; port 5671) or websocket (port 443)

where to begin
  --from WHERE               earliest, latest, a time with its zone (2026-09-03T12:29:01Z), sequence:NUMBER or
                             offset:OFFSET, which include the event they name; for partitions without a checkpoint
                             (default: latest; with checkpoints: earliest)
  --partition IDS            only these partitions; repeatable, or with commas (default: all)

which events
  --tenant, --api, --source VALUES
                             only events with these properties; repeatable, or with commas
  --unique                   leave out events whose messageId was read before
  --remember N               how many messageIds are remembered for --unique and --stats (default: ${REMEMBERED_IDS})
  --max N                    end after N events

checkpoints: go on where the last run ended; copies with the same checkpoints share the partitions
  --checkpoint-container NAME
                             in Azure Blob Storage, for copies on any machine
  --storage-connection-string TEXT
                             of the storage account. Better set AZURE_STORAGE_CONNECTION_STRING
  --create-container         make the container if it is missing
  --checkpoint-file PATH     in a local file, for copies on this machine
  --checkpoint-every SECONDS default: 5. After a crash, so much is read again; nothing is missed

what is shown
  --json                     lines of JSON on a terminal, too
  --stats                    every 2 seconds: rate, lag by partition, repeats by messageId. On a terminal the figures
                             take the place of the events, unless --json is given
  --help                     this text

${PREDIX_HELP}
Exit code: 0 at the end; 1 if the hub or the storage cannot be used; 2 for a wrong option.
`;
