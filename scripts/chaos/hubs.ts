/** What the scene has to know of a kind of hubs. */
import type { ReadEvent } from '../demo/reader.js';
import type { World, WorldOptions } from '../demo/world.js';
import type { HubKind } from './fault.js';

/** See the head of this file. */
export interface Hubs<K extends HubKind> {
  /** Starts the world of the demo with such hubs. */
  startWorld(options: WorldOptions): Promise<World<K['access']>>;

  /**
   * Makes the independent reader of a hub. It does not read yet.
   * @param onEvent called with each event once, in order per partition
   */
  readerOf(access: K['access'], hubName: string, onEvent: (event: ReadEvent) => void): K['reader'];
}
