/** What a fault is: when it strikes is the schedule's to say, what it does is in the catalogue's files. */
import type { LocalEventHubs } from '../../test/simulators/azure-event-hubs/local-event-hubs.js';
import type { LocalCumulocity } from '../../test/simulators/cumulocity/local-cumulocity.js';
import type { TcpProxy } from '../../test/simulators/tcp-proxy.js';
import type { HubAccess } from '../demo/hub-access.js';
import type { Copy } from './copy.js';
import type { HubReader } from './hub-reader.js';
import type { FaultTiming } from './schedule.js';

/** A tenant, the hub that its notifications belong in, and who reads that. */
export interface StageTenant {
  readonly id: string;
  readonly hubName: string;
  readonly reader: HubReader;
  /** Options that work, as of now. */
  readonly options: () => Readonly<Record<string, string>>;
}

/** Everything that faults can be done to. */
export interface Stage {
  readonly cumulocity: LocalCumulocity;
  readonly eventHubs: LocalEventHubs;
  readonly access: HubAccess;
  /** Between the copies of the service and Cumulocity; devices go past it. */
  readonly proxy: TcpProxy;
  readonly tenants: readonly StageTenant[];
  readonly copies: readonly Copy[];
}

/** What one strike hits. */
export interface Struck {
  readonly tenant: StageTenant;
  readonly copy: Copy;
  /** From 0 to less than 1: decides what the fault leaves open. */
  readonly dice: number;
  /** How long it is to last, in milliseconds. */
  readonly lastsMs: number;
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal;
}

/** Ends what a fault has begun. */
export type Ending = () => void | Promise<void>;

/** One fault of the catalogue. */
export interface Fault extends FaultTiming {
  /** What it does, in one line. */
  readonly what: string;
  /** Whether the service may send something twice because of it. */
  readonly mayRepeat: boolean;
  /**
   * Only of faults that have to fill a topic: what it may hold in a run with them, in bytes. Far from Cumulocity's
   * 25 MiB, so that this does not take hours.
   */
  readonly backlogQuotaBytes?: number;
  /**
   * Begins it.
   * @returns what ends it; nothing where it is over at once, or the service has to get over it by itself
   */
  readonly begin: (stage: Stage, struck: Struck) => Ending | undefined | Promise<Ending | undefined>;
}

/**
 * Chooses from a list.
 * @param dice from 0 to less than 1
 * @param list at least one element
 */
export function choose<T>(dice: number, list: readonly [T, ...T[]]): T {
  return list[Math.floor(dice * list.length)] ?? list[0];
}
