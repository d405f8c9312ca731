/** Faults of a Predix Event Hub, of its UAA, and of the way to both. They leave the independent reader alone where that is possible. */
import { renewCredentials, restartHub } from './any-hub.js';
import { choose, type Fault, type Stage, type Struck } from './fault.js';
import type { Predix } from './predix-hubs.js';

const PER_TENANT = { reach: 'tenant', mayRepeat: true } as const;
const ON_ALL = { reach: 'all', mayRepeat: true } as const;

/** Of an acknowledgement: not published (Predix contract, section 5). */
const FAILED = { status: 3, desc: 'The message could not be stored' };
const KIB = 1024;

function cutHub({ access }: Stage<Predix>, { tenant }: Struck): undefined {
  access.wayOf(tenant.hubName).cut();
}

/** One tenant's connection stands and nothing passes; what waits comes through in the end, if anybody still wants it. */
function halfOpenHub({ access }: Stage<Predix>, { tenant }: Struck): () => void {
  const way = access.wayOf(tenant.hubName);
  way.stopForwarding();
  return () => way.forward();
}

function endStreams({ access }: Stage<Predix>): undefined {
  access.service.faults.cutStreams('publish');
}

function loseAnswers({ access }: Stage<Predix>, { dice }: Struck): () => void {
  access.service.faults.loseAnswers(choose(dice, [1, 2, 3]));
  return () => access.service.faults.loseAnswers(0);
}

function mute({ access }: Stage<Predix>): () => void {
  access.service.faults.muteAnswers(true);
  return () => access.service.faults.muteAnswers(false);
}

/** Some messages of one zone, the others of the same requests are taken. */
function failSome({ access }: Stage<Predix>, { tenant, dice }: Struck): () => void {
  const every = choose(dice, [2, 5, 20]);
  let seen = 0;
  let isOver = false;
  access.service.faults.answerWith(
    FAILED,
    Number.POSITIVE_INFINITY,
    ({ zone_id }) => !isOver && zone_id === tenant.hubName && ++seen % every === 0,
  );
  // Not `answerRightly`, which would end it for the other tenants, too.
  return () => {
    isOver = true;
  };
}

function limitRate({ access }: Stage<Predix>, { dice }: Struck): () => void {
  const { rateLimit } = access.service;
  const before = rateLimit.options;
  rateLimit.options = { ...before, mode: 'on', bytes: choose(dice, [16, 64, 256]) * KIB };
  return () => {
    rateLimit.options = before;
  };
}

async function uaaAway({ access }: Stage<Predix>): Promise<() => Promise<void>> {
  await access.closeWayToUaa();
  return () => access.openWayToUaa();
}

/** See the head of this file. */
export const PREDIX_FAULTS: readonly Fault<Predix>[] = [
  {
    ...PER_TENANT,
    name: 'cut-hub',
    what: "the connections to a tenant's hub are cut",
    lasts: [0, 0],
    begin: cutHub,
  },
  {
    ...PER_TENANT,
    name: 'half-open-hub',
    what: "nothing passes between the service and a tenant's hub for a while",
    lasts: [3, 20],
    begin: halfOpenHub,
  },
  {
    ...ON_ALL,
    name: 'end-streams',
    what: 'the hub ends all streams with UNAVAILABLE, or drops the WebSockets',
    lasts: [0, 0],
    begin: endStreams,
  },
  {
    ...ON_ALL,
    name: 'lose-answers',
    what: 'messages are stored, and the streams end before they are answered, up to three times',
    lasts: [1, 15],
    begin: loseAnswers,
  },
  {
    ...ON_ALL,
    name: 'mute',
    what: 'the hub stores what comes and answers nothing; open streams stand',
    lasts: [3, 20],
    begin: mute,
  },
  {
    ...PER_TENANT,
    name: 'failed',
    what: 'every second, fifth or twentieth message of a tenant is answered with FAILED, and not stored',
    lasts: [2, 8],
    mayRepeat: false,
    begin: failSome,
  },
  {
    ...ON_ALL,
    name: 'rate-limit',
    what: 'the hub takes 16 to 256 KiB of each tenant in 30 seconds, and answers the rest with "Too Many Requests"',
    lasts: [3, 12],
    mayRepeat: false,
    begin: limitRate,
  },
  {
    ...ON_ALL,
    name: 'restart-hub',
    holds: 'hubs',
    what: 'the hub is away and comes back with its messages',
    lasts: [0.5, 6],
    begin: restartHub,
  },
  {
    ...ON_ALL,
    name: 'uaa-away',
    what: 'the service finds no UAA, and gets no token; tokens live for a minute, and streams end with them',
    lasts: [2, 15],
    begin: uaaAway,
  },
  {
    ...ON_ALL,
    name: 'rotate-secret',
    what: 'another client secret is put into the tenant options, and the secret before the last ends',
    lasts: [0, 0],
    mayRepeat: false,
    begin: renewCredentials,
  },
];
