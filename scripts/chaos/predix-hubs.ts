/** A Predix Event Hub in a run under faults. */
import type { DemoProtocol } from '../demo/predix-access.js';
import { startWorldAround } from '../demo/world.js';
import type { HubKind } from './fault.js';
import type { Hubs } from './hubs.js';
import { ProxiedPredix } from './proxied-predix.js';
import { ZoneReader } from './zone-reader.js';

/** See the head of this file. */
export interface Predix extends HubKind {
  readonly access: ProxiedPredix;
  readonly reader: ZoneReader;
}

/** @param protocol what the service publishes over */
export function predixHubs(protocol: DemoProtocol): Hubs<Predix> {
  return {
    startWorld: (options) =>
      startWorldAround(options, (zones, authority) =>
        ProxiedPredix.start({ zones, authority, protocol, port: options.portHub }),
      ),
    readerOf: (access, zone, onEvent) => new ZoneReader(access, zone, onEvent),
  };
}
