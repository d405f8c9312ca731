/** What to say of an option that belongs to the other kind of event hub. */

const PREDIX_ONLY: readonly string[] = [
  ...[
    'zone',
    'auth-url',
    'client-id',
    'tls-pem',
    'topic',
    'subscriber',
    'mode',
    'metrics',
    'metrics-interval',
  ],
  ...['batch-size', 'batch-interval', 'batch-type', 'retry-after', 'retry-interval', 'max-retries'],
];

const POSITION = 'nothing: the service itself keeps the position of each --subscriber';

const IN_PLACE_OF: Readonly<Record<string, string>> = {
  'connection-string': '--auth-url, --client-id and the environment variable PREDIX_CLIENT_SECRET',
  hub: '--topic',
  'consumer-group': '--subscriber',
  transport: 'nothing: a Predix Event Hub is read over gRPC only',
  partition: 'nothing: the service shares the partitions among the subscribers of one name',
  'checkpoint-container': POSITION,
  'checkpoint-file': POSITION,
  'checkpoint-every': POSITION,
  'create-container': POSITION,
  'storage-connection-string': POSITION,
  'client-secret': 'the environment variable PREDIX_CLIENT_SECRET: every user of a machine sees arguments',
};

/** What to give in its place with `--predix`; `undefined` when it is no option of Azure's. */
export function onlyForAzure(option: string): string | undefined {
  const other = Object.hasOwn(IN_PLACE_OF, option) ? IN_PLACE_OF[option] : undefined;
  return other === undefined ? undefined : `with --predix, ${other}`;
}

/** What to add without `--predix`; `undefined` when it is no option of Predix's. */
export function onlyForPredix(option: string): string | undefined {
  return PREDIX_ONLY.includes(option) ? 'this one only with --predix HOST:PORT, or --vcap FILE' : undefined;
}
