/** What an administrator asks to be replayed, checked against the routes that there are. */
import { z } from 'zod';
import { REPLAYABLE_APIS } from '../backlog/share.js';
import type { Problem } from '../errors.js';
import type { FoundGap } from './gaps.js';

/** A route that can be asked for. */
export interface ReplayableRoute {
  readonly name: string;
  readonly apis: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** A year; who needs more asks several times. */
const LONGEST_MS = 366 * DAY_MS;
const MOST_DEVICES = 1000;

const TIME = 'a time such as 2026-09-03T12:00:00Z, with its zone';
const APIS = `a list of ${REPLAYABLE_APIS.join(', ')}`;
const DEVICES = `a list of ids, at most ${MOST_DEVICES}`;

const Request = z.strictObject({
  from: z.iso.datetime({ offset: true, error: TIME }),
  to: z.iso.datetime({ offset: true, error: TIME }),
  apis: z.array(z.enum(REPLAYABLE_APIS), { error: APIS }).nonempty(APIS).optional(),
  devices: z
    .array(z.string().regex(/^\d{1,20}$/), { error: DEVICES })
    .nonempty(DEVICES)
    .max(MOST_DEVICES, DEVICES)
    .optional(),
  route: z.string({ error: 'the name of a route' }).optional(),
});

/** The fields of a request, for messages. */
export const REPLAY_FIELDS = 'from, to, apis, devices, route';

function shown(value: unknown): string {
  if (value === undefined) return 'not given';
  const text = JSON.stringify(value);
  return `given ${text.length > 80 ? `${text.slice(0, 80)}...` : text}`;
}

function problemsOf(error: z.ZodError, body: unknown): readonly Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ key, given: 'unknown', accepted: REPLAY_FIELDS }));
    }
    const [field] = issue.path;
    if (field === undefined)
      return [{ key: 'body', given: shown(body), accepted: `an object with ${REPLAY_FIELDS}` }];
    const given = shown((body as Record<PropertyKey, unknown>)[field]);
    const accepted =
      issue.path.length === 1 ? issue.message : { apis: APIS, devices: DEVICES }[String(field)];
    return [{ key: String(field), given, accepted: accepted ?? issue.message }];
  });
}

/**
 * Reads a request for a replay.
 * @param body of the HTTP request
 * @param routes of the tenant
 * @param now milliseconds since 1970
 * @returns the gaps to be opened, one for each route that is meant; or everything that is wrong
 */
export function readReplayRequest(
  body: unknown,
  routes: readonly ReplayableRoute[],
  now: number,
): { readonly gaps: readonly FoundGap[] } | { readonly problems: readonly Problem[] } {
  const { data, error } = Request.safeParse(body);
  if (data === undefined) return { problems: problemsOf(error, body) };
  const [from, to] = [Date.parse(data.from), Math.min(Date.parse(data.to), now)];
  const problems: Problem[] = [];
  if (from >= to)
    problems.push({ key: 'from', given: shown(data.from), accepted: 'a time before "to", and in the past' });
  else if (to - from > LONGEST_MS) {
    problems.push({
      key: 'to',
      given: shown(data.to),
      accepted: 'at most 366 days after "from"; ask several times',
    });
  }
  const meant = routes.filter(({ name }) => data.route === undefined || name === data.route);
  if (meant.length === 0) {
    problems.push({
      key: 'route',
      given: shown(data.route),
      accepted: routes.map(({ name }) => name).join(', '),
    });
  }
  const gaps = meant
    .map(({ name, apis }) => ({
      route: name,
      reason: 'requested' as const,
      span: [from, to] as const,
      apis: data.apis?.filter((api) => apis.includes(api)) ?? apis,
      ...(data.devices === undefined ? {} : { sources: data.devices }),
    }))
    .filter(({ apis }) => apis.length > 0);
  if (meant.length > 0 && gaps.length === 0) {
    const accepted = [...new Set(meant.flatMap(({ apis }) => apis))].join(', ');
    problems.push({
      key: 'apis',
      given: shown(data.apis),
      accepted: `those that are forwarded: ${accepted}`,
    });
  }
  return problems.length > 0 ? { problems } : { gaps };
}
