/** A reader in a process of its own, to be killed. Gets the options as JSON, prints events as lines of JSON. */

import type { ReadingOptions } from '../../src/receive/options.js';
import { showEvents } from '../../src/receive/show.js';

// JSON knows no infinity.
const options = { ...(JSON.parse(process.argv[2] ?? '') as ReadingOptions), max: Number.POSITIVE_INFINITY };
const ended = new AbortController();
process.once('SIGTERM', () => ended.abort());
process.exitCode = await showEvents(
  { reading: options, isJson: true, isStats: false },
  { out: process.stdout, err: process.stderr },
  ended.signal,
);
