/** What the reader is told by its environment. */

/** Where to read, and how much. */
export interface Settings {
  readonly connectionString: string;
  readonly hubName: string;
  readonly consumerGroup: string;
  /** Ends the reader after so many events, repeats included; infinite by default. */
  readonly maxEvents: number;
}

/**
 * Reads the settings.
 * @param env the environment
 * @throws Error that says what is missing
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const connectionString = env['EVENTHUB_CONNECTION_STRING'];
  if (!connectionString)
    throw new Error('EVENTHUB_CONNECTION_STRING is not set: a rule with the right Listen');
  const hubName = env['EVENTHUB_NAME'] || /(?:^|;)EntityPath=([^;]+)/.exec(connectionString)?.[1];
  if (!hubName) throw new Error('EVENTHUB_NAME is not set, and the connection string has no EntityPath');
  const maxEvents = Number(env['MAX_EVENTS'] || Number.POSITIVE_INFINITY);
  if (!(maxEvents >= 1)) throw new Error('MAX_EVENTS is not a number from 1 on');
  return { connectionString, hubName, consumerGroup: env['CONSUMER_GROUP'] || '$Default', maxEvents };
}
