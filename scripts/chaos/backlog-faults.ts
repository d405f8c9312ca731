/**
 * Faults that last until the topics would fill up: the hubs are away, and the service has to let notifications go
 * so that the requests of devices do not fail. It gets them back over REST afterwards.
 */
import { TOPIC } from '../demo/world.js';
import type { Ending, Fault, Stage, Struck } from './fault.js';
import { untilTrue } from './waiting.js';

const MIB = 1024 * 1024;
const QUOTA_BYTES = 2 * MIB;
/** More in a topic than this shows that it was filling up; less than that, that it was relieved since. */
const FULL_BYTES = QUOTA_BYTES / 2;
const RELIEVED_BYTES = QUOTA_BYTES / 4;
/** Between the end of a copy and its next start. */
const LEAST_AWAY_MS = 200;
const MOST_AWAY_MS = 3000;
const KILLS = 2;
/** At the usual rate a topic is filled within half a minute. */
const PATIENCE_MS = 180_000;

const SHARED = {
  reach: 'all',
  holds: 'hubs',
  lasts: [30, 45],
  mayRepeat: true,
  backlogQuotaBytes: QUOTA_BYTES,
} as const;

function backlogBytes({ cumulocity, tenants }: Stage): readonly number[] {
  return tenants.map(({ id }) => cumulocity.tenant(id).topic(TOPIC)?.backlogBytes ?? 0);
}

async function until(what: string, condition: () => boolean, signal: AbortSignal): Promise<void> {
  await untilTrue(condition, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
  if (!signal.aborted && !condition()) throw new Error(`the service did not get so far: ${what}`);
}

async function untilFilledAndRelieved(stage: Stage, signal: AbortSignal): Promise<void> {
  const wasFull = stage.tenants.map(() => false);
  const isRelieved = (): boolean => {
    const backlogs = backlogBytes(stage);
    for (const [at, bytes] of backlogs.entries()) wasFull[at] ||= bytes > FULL_BYTES;
    return backlogs.every((bytes, at) => wasFull[at] && bytes < RELIEVED_BYTES);
  };
  await until('notifications are let go before the topics are full', isRelieved, signal);
}

async function hubsAway(stage: Stage, { signal }: Struck): Promise<Ending> {
  await stage.access.goAway();
  await untilFilledAndRelieved(stage, signal);
  return () => stage.access.comeBack();
}

async function hubsAwayAndKills(stage: Stage, struck: Struck): Promise<Ending> {
  const { copy, dice, signal } = struck;
  const comeBack = await hubsAway(stage, struck);
  for (let kill = 0; kill < KILLS && !signal.aborted; kill++) {
    const release = await copy.take();
    await copy.kill();
    const startAt = performance.now() + LEAST_AWAY_MS + dice * (MOST_AWAY_MS - LEAST_AWAY_MS);
    await untilTrue(() => performance.now() >= startAt, signal);
    await copy.start().finally(release);
    const isRelieved = (): boolean => backlogBytes(stage).every((bytes) => bytes < RELIEVED_BYTES / 2);
    await until('notifications are let go again after a kill', isRelieved, signal);
  }
  return comeBack;
}

/** See the head of this file. */
export const BACKLOG_FAULTS: readonly Fault[] = [
  {
    ...SHARED,
    name: 'backlog',
    what: 'the hubs are away until notifications have to be let go, and longer; topics hold 2 MiB',
    begin: hubsAway,
  },
  {
    ...SHARED,
    name: 'backlog-kill',
    what: 'the same, and a copy of the service is killed twice meanwhile',
    begin: hubsAwayAndKills,
  },
];
