/** Faults of Cumulocity and of the way to it. REST faults strike the service's users; devices go on. */
import { TOPIC } from '../demo/world.js';
import { choose, type Fault, type Stage, type StageTenant, type Struck } from './fault.js';

const PER_TENANT = { reach: 'tenant', mayRepeat: false } as const;
const ON_ALL = { reach: 'all', mayRepeat: false } as const;

function cut({ cumulocity }: Stage, { tenant, dice }: Struck): undefined {
  if (dice < 0.8) cumulocity.faults.cutConsumerSockets(tenant.id);
  else cumulocity.faults.closeConsumerSockets(tenant.id);
}

/** One or the other: the platform falls silent, and the service has to notice; or the network between them does. */
function halfOpen({ cumulocity, proxy }: Stage, { tenant, dice }: Struck): (() => void) | undefined {
  if (dice < 0.4) {
    cumulocity.faults.silenceConsumerSockets(tenant.id);
    return undefined;
  }
  proxy.stopForwarding();
  return () => proxy.forward();
}

function refuseUpgrades(status: 401 | 409): Fault['begin'] {
  return ({ cumulocity: { faults } }, { tenant }) => {
    faults.refuseUpgrades(status, tenant.id);
    faults.cutConsumerSockets(tenant.id);
    return () => faults.refuseUpgrades(undefined, tenant.id);
  };
}

function linger({ cumulocity: { faults } }: Stage, { tenant, lastsMs }: Struck): () => void {
  faults.lingerAfterLoss(lastsMs);
  faults.cutConsumerSockets(tenant.id);
  return () => faults.lingerAfterLoss(0);
}

function changeAcks({ cumulocity: { faults } }: Stage, { dice }: Struck): () => void {
  faults.holdAcks(true);
  return () => {
    faults.holdAcks(false);
    // What was acknowledged in vain comes again under other ack ids: on the next connection, or on this one.
    if (dice < 0.5) faults.cutConsumerSockets();
    else faults.resendUnacknowledged();
  };
}

function addHeaders({ cumulocity: { faults } }: Stage): () => void {
  faults.extraHeaderLines(['x-trace: 0af7651916cd43dd', 'some later version says more']);
  return () => faults.extraHeaderLines([]);
}

let lastUnknown = 0;

/** An API and an action that do not exist, and bodies that are no JSON, each different from all others. */
function publishUnknown({ cumulocity: { faults } }: Stage, { tenant: { id } }: Struck): undefined {
  const publish = (api: string, action: string, body: string | Buffer): void => {
    faults.publishRaw(id, TOPIC, `/${id}/${api}/unknown`, action, body);
  };
  const mark = `${++lastUnknown}`;
  publish('telepathy', 'CREATE', JSON.stringify({ id: mark, thought: 'of a later version' }));
  publish('events', 'GUESS', JSON.stringify({ id: mark, text: 'neither created nor changed' }));
  publish('events', 'CREATE', `no JSON, number ${mark}`);
  publish('measurements', 'CREATE', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(mark)]));
}

function answerRest(status: number): Fault['begin'] {
  return ({ cumulocity }) => cumulocity.faults.rest({ status, callers: 'system' });
}

function slowRest({ cumulocity }: Stage, { dice }: Struck): () => void {
  const delayMs = choose(dice, [300, 1000, 3000]);
  return cumulocity.faults.rest({ delayMs, callers: 'system' });
}

async function restart({ cumulocity: { faults } }: Stage): Promise<() => Promise<void>> {
  await faults.pauseListening();
  return () => faults.resumeListening();
}

function unsubscribe({ cumulocity }: Stage, { tenant }: Struck): () => void {
  cumulocity.unsubscribeTenant(tenant.id);
  return () => cumulocity.subscribeTenant(tenant.id);
}

function rotatePassword({ cumulocity }: Stage, { tenant }: Struck): undefined {
  cumulocity.rotatePassword(tenant.id);
}

async function deleteSubscription({ cumulocity }: Stage, { tenant }: Struck): Promise<undefined> {
  for (const { id } of subscriptionsOf(cumulocity.tenant(tenant.id).subscriptions())) {
    await requestDeletion(cumulocity, tenant, id);
  }
}

function subscriptionsOf(shown: readonly object[]): readonly { readonly id: string }[] {
  return (shown as readonly { readonly id: string; readonly subscription: string }[]).filter(
    ({ subscription }) => subscription === TOPIC,
  );
}

async function requestDeletion(
  cumulocity: Stage['cumulocity'],
  tenant: StageTenant,
  id: string,
): Promise<void> {
  const { user, password } = cumulocity.tenant(tenant.id).admin;
  const authorization = `Basic ${Buffer.from(`${tenant.id}/${user}:${password}`).toString('base64')}`;
  const url = new URL(`/notification2/subscriptions/${id}`, cumulocity.url);
  // Where Cumulocity is away just now there is nobody to delete it.
  await fetch(url, { method: 'DELETE', headers: { authorization } }).catch(() => undefined);
}

/** See the head of this file. */
export const CUMULOCITY_FAULTS: readonly Fault[] = [
  {
    ...PER_TENANT,
    name: 'cut',
    what: "the sockets of a tenant's consumers are cut, or closed in order",
    lasts: [0, 0],
    begin: cut,
  },
  {
    ...ON_ALL,
    name: 'half-open',
    what: "a tenant's sockets fall silent for good, or nothing passes between service and Cumulocity for a while",
    lasts: [3, 20],
    begin: halfOpen,
  },
  {
    ...PER_TENANT,
    name: 'upgrade-401',
    what: 'consumers of a tenant are cut and refused with 401',
    lasts: [1, 6],
    holds: 'upgrades',
    begin: refuseUpgrades(401),
  },
  {
    ...PER_TENANT,
    name: 'upgrade-409',
    what: 'consumers of a tenant are cut and refused with 409',
    lasts: [1, 6],
    holds: 'upgrades',
    begin: refuseUpgrades(409),
  },
  {
    ...ON_ALL,
    name: 'linger',
    what: 'a consumer that was lost abruptly blocks the next one with 409 for a while',
    lasts: [3, 10],
    begin: linger,
  },
  {
    ...ON_ALL,
    name: 'changed-acks',
    what: 'acknowledgements are lost; what they were for comes again under other ack ids',
    lasts: [1, 6],
    begin: changeAcks,
  },
  {
    ...PER_TENANT,
    name: 'resend',
    what: 'everything unacknowledged of a tenant comes again on the open socket, newest first',
    lasts: [0, 0],
    begin: ({ cumulocity }, { tenant }) => {
      cumulocity.faults.resendUnacknowledged(tenant.id);
      return undefined;
    },
  },
  { ...ON_ALL, name: 'headers', what: 'frames have more header lines', lasts: [2, 10], begin: addHeaders },
  {
    ...PER_TENANT,
    name: 'unknown',
    what: 'notifications of an unknown API, of an unknown action, and without JSON',
    lasts: [0, 0],
    begin: publishUnknown,
  },
  { ...ON_ALL, name: 'rest-401', what: 'REST answers 401', lasts: [2, 8], begin: answerRest(401) },
  { ...ON_ALL, name: 'rest-429', what: 'REST answers 429', lasts: [2, 8], begin: answerRest(429) },
  { ...ON_ALL, name: 'rest-500', what: 'REST answers 500', lasts: [2, 8], begin: answerRest(500) },
  { ...ON_ALL, name: 'rest-slow', what: 'REST answers late', lasts: [3, 12], begin: slowRest },
  {
    ...ON_ALL,
    name: 'restart',
    what: 'Cumulocity is away and comes back with its state',
    lasts: [0.5, 5],
    begin: restart,
  },
  {
    ...PER_TENANT,
    name: 'unsubscribe',
    what: 'a tenant unsubscribes from the application and subscribes again',
    lasts: [1, 10],
    holds: 'membership',
    mayRepeat: true,
    begin: unsubscribe,
  },
  {
    ...PER_TENANT,
    name: 'rotate-password',
    what: 'the service user of a tenant gets another password',
    lasts: [0, 0],
    holds: 'membership',
    begin: rotatePassword,
  },
  {
    ...PER_TENANT,
    name: 'subscription-deleted',
    what: "a tenant's Notification 2.0 subscription is deleted behind the service's back",
    lasts: [0, 0],
    mayRepeat: true,
    begin: deleteSubscription,
  },
];
