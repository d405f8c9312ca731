/** What a fault is: when it strikes is the schedule's to say, what it does is in the catalogue's files. */
import type { LocalCumulocity } from '../../test/simulators/cumulocity/local-cumulocity.js';
import type { TcpProxy } from '../../test/simulators/tcp-proxy.js';
import type { HubAccess } from '../demo/hub-access.js';
import type { Copy } from './copy.js';
import type { FaultTiming } from './schedule.js';

/** The independent reader of one hub. */
export interface StageReader {
  /** Whether everything that stands in the hub has been read. */
  readonly hasReadAll: boolean;
  /** Begins to read a hub that is new. */
  begin(): void;
  close(): Promise<void>;
}

/** What there is of a kind of hubs: the way in, and who reads. */
export interface HubKind {
  readonly access: HubAccess;
  readonly reader: StageReader;
}

/** A tenant, the hub that its notifications belong in, and who reads that. */
export interface StageTenant<K extends HubKind = HubKind> {
  readonly id: string;
  /** With Predix the name of the zone. */
  readonly hubName: string;
  readonly reader: K['reader'];
  /** Options that work, as of now. */
  readonly options: () => Readonly<Record<string, string>>;
}

/** Everything that faults can be done to. */
export interface Stage<K extends HubKind = HubKind> {
  readonly cumulocity: LocalCumulocity;
  readonly access: K['access'];
  /** Between the copies of the service and Cumulocity; devices go past it. */
  readonly proxy: TcpProxy;
  readonly tenants: readonly StageTenant<K>[];
  readonly copies: readonly Copy[];
}

/** What one strike hits. */
export interface Struck<K extends HubKind = HubKind> {
  readonly tenant: StageTenant<K>;
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

/** One fault of a catalogue: of any hubs, or of one kind. */
export interface Fault<K extends HubKind = HubKind> extends FaultTiming {
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
  readonly begin: (stage: Stage<K>, struck: Struck<K>) => Ending | undefined | Promise<Ending | undefined>;
}

/**
 * Chooses from a list.
 * @param dice from 0 to less than 1
 * @param list at least one element
 */
export function choose<T>(dice: number, list: readonly [T, ...T[]]): T {
  return list[Math.floor(dice * list.length)] ?? list[0];
}
