/** What a replay has to know of an event that is let go. */
import { type LetGo, REPLAYABLE_APIS } from '../backlog/share.js';
import type { HubEvent, StateTimes } from '../mapping/hub-event.js';

function millisecondsOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

type Times = Pick<LetGo, 'time' | 'created' | 'updated'>;

/** The times by which a state is asked for; `undefined` when one is missing. */
function timesOf(api: LetGo['api'], action: string, given: StateTimes): Times | undefined {
  const [time, created, updated] = [given.time, given.created, given.updated].map(millisecondsOf);
  const has = (...all: readonly (number | undefined)[]): boolean => all.every((each) => each !== undefined);
  switch (api) {
    case 'measurements':
      return action === 'CREATE' && has(time) ? { time, created, updated } : undefined;
    case 'operations':
    case 'managedobjects':
      return has(created) ? { time: created, created, updated } : undefined;
    case 'alarms':
    case 'events':
      return has(time, action === 'UPDATE' ? updated : created) ? { time, created, updated } : undefined;
  }
}

/**
 * What a replay has to know of an event.
 * @returns `undefined` for one of an API that cannot be read at all; an action `DELETE` for one that cannot be found
 *   again, for whatever reason
 */
export function letGoOf({ properties, times }: HubEvent): LetGo | undefined {
  const { source = '', action = '' } = properties;
  const api = REPLAYABLE_APIS.find((each) => each === properties['api']);
  if (api === undefined) return undefined;
  const found = times === undefined || action === 'DELETE' ? undefined : timesOf(api, action, times);
  if (found === undefined || (action !== 'CREATE' && action !== 'UPDATE')) {
    return { source, api, action: 'DELETE', time: undefined, created: undefined, updated: undefined };
  }
  return { source, api, action, ...found };
}
