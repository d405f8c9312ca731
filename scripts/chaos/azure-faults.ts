/** Faults of Azure Event Hubs. They leave the independent reader alone where that is possible. */
import { renewCredentials, restartHub } from './any-hub.js';
import type { Azure } from './azure-hubs.js';
import { choose, type Fault, type Stage, type StageTenant, type Struck } from './fault.js';
import { untilTrue } from './waiting.js';

const PER_TENANT = { reach: 'tenant', mayRepeat: true } as const;
const ON_ALL = { reach: 'all', mayRepeat: true } as const;

/** The largest event of the devices has about a quarter of the least. */
const LEAST_MESSAGE_BYTES = 8 * 1024;
const MOST_MESSAGE_BYTES = 64 * 1024;
const USUAL_MESSAGE_BYTES = 1024 * 1024;
const FEW_EVENTS_PER_SECOND = 50;
const PARTITIONS = [2, 3, 5, 8] as const;

function cutHub({ access }: Stage<Azure>, { tenant, dice }: Struck): () => void {
  const { faults } = access.eventHubs;
  faults.cutSenders(tenant.hubName);
  // The next ones are stored and not answered: whether they arrived is not known.
  faults.cutBeforeAnswer(choose(dice, [1, 2, 3]));
  return () => faults.forgetOrdered();
}

function busy({ access }: Stage<Azure>, { dice }: Struck): () => void {
  const { faults } = access.eventHubs;
  if (dice < 0.5) {
    faults.throttle({ eventsPerSecond: FEW_EVENTS_PER_SECOND });
    return () => faults.throttle();
  }
  faults.rejectNext(choose((dice * 2) % 1, [1, 4, 12]), 'com.microsoft:server-busy');
  return () => faults.forgetOrdered();
}

function slowSettle({ access }: Stage<Azure>, { dice }: Struck): () => void {
  const { faults } = access.eventHubs;
  if (dice < 0.5) {
    faults.holdAnswers(true);
    return () => faults.holdAnswers(false);
  }
  faults.delayAnswers(choose((dice * 2) % 1, [50, 500, 2000]));
  return () => faults.delayAnswers(0);
}

function reject({ access }: Stage<Azure>, { dice }: Struck): () => void {
  const { faults } = access.eventHubs;
  faults.rejectNext(
    2,
    choose(dice, ['com.microsoft:timeout', 'amqp:internal-error', 'com.microsoft:operation-cancelled']),
  );
  faults.releaseNext(2);
  return () => faults.forgetOrdered();
}

function unauthorize({ access }: Stage<Azure>): () => void {
  const { faults } = access.eventHubs;
  faults.withdrawSending(true);
  return () => faults.withdrawSending(false);
}

/** Deletes a hub when everything in it has been read and nothing can come any more. */
async function deleteHub({ access }: Stage<Azure>, { hubName, reader }: StageTenant<Azure>): Promise<void> {
  const { eventHubs } = access;
  eventHubs.faults.disableSending(hubName, true);
  await untilTrue(() => reader.hasReadAll);
  reader.end();
  eventHubs.removeHub(hubName);
}

function remakeHub(partitionsOf: (before: number, dice: number) => number): Fault<Azure>['begin'] {
  return async (stage, { tenant, dice }) => {
    const { hubName, reader } = tenant;
    const before = stage.access.eventHubs.hub(hubName).partitionIds.length;
    await deleteHub(stage, tenant);
    return () => {
      stage.access.eventHubs.addHub({ name: hubName, partitionCount: partitionsOf(before, dice) });
      reader.begin();
    };
  };
}

function otherCount(before: number, dice: number): number {
  const [first, ...others] = PARTITIONS.filter((count) => count !== before);
  return choose(dice, [first ?? before, ...others]);
}

function limitSize({ access }: Stage<Azure>, { dice }: Struck): () => void {
  const { faults } = access.eventHubs;
  faults.setMaxMessageBytes(
    Math.round(LEAST_MESSAGE_BYTES + dice * (MOST_MESSAGE_BYTES - LEAST_MESSAGE_BYTES)),
  );
  return () => faults.setMaxMessageBytes(USUAL_MESSAGE_BYTES);
}

/** See the head of this file. */
export const AZURE_FAULTS: readonly Fault<Azure>[] = [
  {
    ...PER_TENANT,
    name: 'cut-hub',
    what: "the connection to a tenant's hub is cut, and answers of stored batches are lost",
    lasts: [1, 5],
    begin: cutHub,
  },
  {
    ...PER_TENANT,
    name: 'half-open-hub',
    what: "the connection to a tenant's hub falls silent for good",
    lasts: [0, 0],
    begin: ({ access }, { tenant }) => {
      access.eventHubs.faults.silenceSenders(tenant.hubName);
      return undefined;
    },
  },
  {
    ...PER_TENANT,
    name: 'detach',
    what: "the links to a tenant's hub are detached",
    lasts: [0, 0],
    begin: ({ access }, { tenant }) => {
      access.eventHubs.faults.detachSenders(tenant.hubName);
      return undefined;
    },
  },
  {
    ...ON_ALL,
    name: 'busy',
    what: 'the hubs take 50 events a second, or answer some sends with server-busy',
    lasts: [2, 8],
    mayRepeat: false,
    begin: busy,
  },
  {
    ...ON_ALL,
    name: 'slow-settle',
    what: 'the hubs answer late, or not until the end',
    lasts: [2, 12],
    begin: slowSettle,
  },
  {
    ...ON_ALL,
    name: 'rejected',
    what: 'sends are rejected for reasons that pass, and released',
    lasts: [1, 3],
    mayRepeat: false,
    begin: reject,
  },
  {
    ...ON_ALL,
    name: 'unauthorized',
    what: 'the right to send is taken away, and given back',
    lasts: [2, 8],
    begin: unauthorize,
  },
  {
    ...ON_ALL,
    name: 'rotate-key',
    what: 'another key is put into the tenant options, and the key before the last ends',
    lasts: [0, 0],
    mayRepeat: false,
    begin: renewCredentials,
  },
  {
    ...PER_TENANT,
    name: 'hub-remade',
    what: "a tenant's hub is deleted, once it is read, and made again",
    lasts: [1, 5],
    holds: 'hub',
    begin: remakeHub((before) => before),
  },
  {
    ...PER_TENANT,
    name: 'partitions',
    what: "a tenant's hub is deleted, once it is read, and made again with another number of partitions",
    lasts: [1, 5],
    holds: 'hub',
    begin: remakeHub(otherCount),
  },
  {
    ...ON_ALL,
    name: 'restart-hub',
    holds: 'hubs',
    what: 'the hubs are away and come back with their logs',
    lasts: [0.5, 6],
    begin: restartHub,
  },
  {
    ...ON_ALL,
    name: 'max-size',
    what: 'the largest message is 8 to 64 KiB; open links keep the size that they were told',
    lasts: [3, 12],
    mayRepeat: false,
    begin: limitSize,
  },
];
