/** Which alarms the backlogs, gaps and rejections of a tenant give reason for, in the operator's terms. Pure. */
import { LIMIT_SHARE } from '../backlog/backlog.js';
import type { BacklogPolicy } from '../backlog/backlog-policy.js';
import type { Severity } from '../cumulocity/alarms.js';
import type { GapStatus } from './gaps.js';
import type { BacklogStatus } from './route-backlog.js';

/** A route's backlog. */
export interface RouteRisk {
  readonly route: string;
  readonly policy: BacklogPolicy;
  readonly backlog: BacklogStatus;
  /** Why the hub refuses the service, if it does for good. */
  readonly refusal: string | undefined;
}

/** How an alarm should be. */
export interface WantedAlarm {
  readonly severity: Severity;
  readonly text: string;
}

/** From this part of the quota on, a backlog is worth an alarm. */
export const GROWING_SHARE = LIMIT_SHARE / 2;

const MIB = 1024 * 1024;

/** A time in words, at most two units of it. */
export function describeMs(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function describeBacklog({ route, backlog }: RouteRisk): string {
  const { bytes, share, ageMs } = backlog;
  return (
    `Route ${route}: about ${(bytes / MIB).toFixed(1)} MiB (${Math.round(share * 100)} % of what Cumulocity keeps) ` +
    `are not in the event hub, the oldest for ${describeMs(ageMs)}.`
  );
}

/**
 * The alarm about growing backlogs.
 * @returns `undefined` when there is no reason for one
 */
export function growingAlarm(risks: readonly RouteRisk[]): WantedAlarm | undefined {
  const growing = risks.filter(
    ({ backlog }) => backlog.share >= GROWING_SHARE && backlog.state === 'watching',
  );
  const [worst] = growing.sort((left, right) => right.backlog.share - left.backlog.share);
  if (worst === undefined) return undefined;
  const { share, msUntilLimit = 0 } = worst.backlog;
  const text = describeBacklog(worst);
  if (worst.policy === 'hold' && share >= LIMIT_SHARE) {
    const consequence =
      'When it is full, requests of devices fail. Nothing is let go (whenBacklogFills is hold).';
    return { severity: 'CRITICAL', text: `${text} ${consequence}` };
  }
  const limit = `${LIMIT_SHARE * 100} % can be reached in ${describeMs(msUntilLimit)}`;
  const then =
    worst.policy === 'hold'
      ? 'at 100 % requests of devices fail'
      : 'then notifications are let go and replayed when the hub is back';
  return { severity: 'MAJOR', text: `${text} ${limit}; ${then}.` };
}

/**
 * The alarm about hubs that refuse the service.
 * @returns `undefined` when there is no reason for one
 */
export function refusedAlarm(risks: readonly RouteRisk[]): WantedAlarm | undefined {
  const [first, ...others] = risks.filter(({ refusal }) => refusal !== undefined);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` And ${others.length} more route(s).`;
  const text =
    `Route ${first.route}: the event hub refuses the service again and again: ${first.refusal}. Mend the options or the ` +
    `hub; a change of the options is tried at once, otherwise the next attempt may be half an hour away.${more}`;
  return { severity: 'MAJOR', text };
}

const REASONS: Readonly<Record<GapStatus['reason'], string>> = {
  backlog: 'the event hub did not take them in time',
  retention: 'Cumulocity does not keep them longer than 36 h',
  subscription: 'the subscription was missing',
  absence: 'nobody has read the topic',
  requested: 'a replay was asked for',
};

/**
 * The alarm about gaps.
 * @returns `undefined` when there is no reason for one
 */
export function gapAlarm(gaps: readonly GapStatus[]): WantedAlarm | undefined {
  // Who asks for a replay knows of it.
  const [oldest, ...others] = gaps.filter(({ reason }) => reason !== 'requested');
  if (oldest === undefined) return undefined;
  const { route, from, to, reason, letGo, state } = oldest;
  const counts = Object.entries(letGo).map(([api, count]) => `${count} ${api}`);
  const missing = counts.length === 0 ? 'Notifications' : `Notifications (${counts.join(', ')})`;
  const when = state === 'open' ? `since ${from}` : `from ${from} to ${to}`;
  const text =
    `Route ${route}: ${missing} ${when} are missing in the event hub: ${REASONS[reason]}. They are read again from ` +
    'Cumulocity when the hub is back; earlier states of alarms and events, deletions and transient data cannot be.';
  const more = others.length === 0 ? '' : ` And ${others.length} more gap(s).`;
  return { severity: 'CRITICAL', text: `${text}${more}` };
}

/**
 * The alarm about rejected events. Nobody clears it but people: what was rejected stays so.
 * @param rejections how often for which reason, since the start
 */
export function rejectedAlarm(route: string, rejections: ReadonlyMap<string, number>): WantedAlarm {
  const all = [...rejections.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...rejections].map(([reason, count]) => `${reason}: ${count}`).join(', ');
  const text =
    `Route ${route}: the event hub has rejected ${all} event(s) since the start (${reasons}). A pointer event with a ` +
    'link to the object stands in the place of each. Too large: see the options trimFragments and contentEncoding.';
  return { severity: 'MINOR', text };
}
