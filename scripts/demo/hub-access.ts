/** The local event hubs of the demo, whichever they are: how the service gets into them, and what is done to them. */
import type { ReadEvent, Reader } from './reader.js';

/** See the head of this file. */
export interface HubAccess {
  /** What the service's environment needs besides that of Cumulocity. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long nothing may come out of the hubs, although something is under way, before it counts as lost. */
  readonly patienceMs: number;

  /**
   * Tenant options that lead into a hub, as of now.
   * @param hubName one of those that it was started with
   */
  options(hubName: string): Record<string, string>;

  /** Tenant options that cannot be used; those that `options` gives repair all that is wrong with them. */
  unusableOptions(hubName: string): Record<string, string>;

  /**
   * Begins to read a hub, from the first event on, with a client that has nothing to do with the service.
   * @param onEvent called with each event, in order per partition
   */
  read(hubName: string, onEvent: (event: ReadEvent) => void): Reader;

  /**
   * Cuts the service's connections at once, and once more when the next events are stored and not answered yet: the
   * answer is lost. The readers' connections stay, as their recovery is none of the service's.
   */
  cut(): void;

  /** Makes a new key or secret; `options` has it from now on. Only the one before is still good. */
  renew(): void;

  /** Takes the hubs off the network, with what they hold. */
  goAway(): Promise<void>;

  /** Brings them back as they were, at the same ports. */
  comeBack(): Promise<void>;

  /** Stops the hubs. */
  stop(): Promise<void>;
}
