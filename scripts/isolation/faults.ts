/** What one tenant can suffer while the others are measured. Each fault is one of that tenant's own hub or devices. */
import type { Neighbourhood } from './neighbourhood.js';

/** A fault of one tenant. */
export interface TenantFault {
  readonly name: string;
  /** In words, for the help. */
  readonly what: string;
  /** Begins; returns what ends it. */
  readonly begin: (place: Neighbourhood) => Promise<() => Promise<void>>;
  /** Whether it can be seen from outside that the fault has struck. */
  readonly hasStruck: (place: Neighbourhood) => boolean;
}

const USUAL_BYTES = 1024 * 1024;
/** What the hub takes, as a part of what the events have. */
const TAKEN_PART = 0.8;

/** By so many notifications the tenant has fallen behind when its hub takes nothing. */
const BEHIND = 10;

const isBehind = ({ victimUnacknowledged }: Neighbourhood): boolean => victimUnacknowledged > BEHIND;

async function deadHub({ victimHubs: { faults } }: Neighbourhood): Promise<() => Promise<void>> {
  await faults.pauseListening();
  return () => faults.resumeListening();
}

async function wrongKey(place: Neighbourhood): Promise<() => Promise<void>> {
  // What the tenant's options hold is wrong from now on; a connection that is open would go on with its old claim.
  place.victimHubs.rotateKey(place.victimRule);
  place.victimHubs.faults.cutSenders();
  return async () => place.renewVictimOptions();
}

async function oversize(place: Neighbourhood): Promise<() => Promise<void>> {
  const { traffic, victim, oversizeBytes } = place;
  const { faults } = place.victimHubs;
  faults.setMaxMessageBytes(Math.round(oversizeBytes * TAKEN_PART));
  // A link keeps the size that it was told when it was made.
  faults.detachSenders();
  traffic.setTextBytes(victim, oversizeBytes);
  return async () => {
    traffic.setTextBytes(victim, 0);
    faults.setMaxMessageBytes(USUAL_BYTES);
    faults.detachSenders();
  };
}

/** Events of the same size as those of `oversize`, and a hub that takes them. */
async function large({ traffic, victim, oversizeBytes }: Neighbourhood): Promise<() => Promise<void>> {
  traffic.setTextBytes(victim, oversizeBytes);
  return async () => traffic.setTextBytes(victim, 0);
}

/** All of them; the first two are controls, which show what is no effect of a fault. */
export const FAULTS: readonly TenantFault[] = [
  {
    name: 'none',
    what: 'nothing is done: shows how far the machine alone moves the figures; decides nothing',
    begin: async () => async () => undefined,
    hasStruck: () => true,
  },
  {
    name: 'large',
    what: 'its events are as large as those of oversize, and its hub takes them; decides nothing',
    begin: large,
    hasStruck: () => true,
  },
  {
    name: 'dead-hub',
    what: 'its hub is gone: connections are cut, and new ones refused',
    begin: deadHub,
    hasStruck: isBehind,
  },
  {
    name: 'oversize',
    what: 'each of its events is larger than its hub takes, without end; see --oversize-kib',
    begin: oversize,
    hasStruck: ({ hasPointer }) => hasPointer,
  },
  {
    name: 'wrong-key',
    what: 'its key is no longer good, so its hub refuses every connection',
    begin: wrongKey,
    hasStruck: isBehind,
  },
];
