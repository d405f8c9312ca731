/** The service: builds the parts, starts them in order and stops them in the opposite one. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { wait } from './backoff.js';
import type { Config } from './config.js';
import { readSubscribedTenants } from './cumulocity/application.js';
import { readCaller } from './cumulocity/current-user.js';
import { PlatformClient } from './cumulocity/platform-client.js';
import { MemoryShares } from './delivery/memory-shares.js';
import { HubPool } from './destinations/hub-pool.js';
import { createApp } from './http/app.js';
import { CallerCheck } from './http/caller-check.js';
import { Metrics } from './http/metrics.js';
import type { Log } from './log.js';
import { PlatformClock } from './platform-clock.js';
import { ReplaySlots } from './replay/replay-slots.js';
import { Forwarder, type ForwarderStatus, type SharedByTenants } from './tenants/forwarder.js';
import { SubscribedTenants } from './tenants/subscribed-tenants.js';
import { FORWARDING_TIMING, type ForwardingTiming } from './tenants/timing.js';

/** A running service. */
export interface Service {
  /** The port that is listened on. */
  readonly port: number;
  /** The state of every tenant. */
  status(): readonly ForwarderStatus[];
  /** Stops in order, within the configured time. Resolves when nothing is left running. */
  stop(): Promise<void>;
}

/**
 * The part of the container's memory that notifications in flight may take. Each is there twice while it is sent,
 * and the process needs something for itself.
 */
const MEMORY_PART = 0.25;

const REPLAYS_AT_ONCE = 2;

/**
 * The part of the stop time that the hubs get. The rest is for closing the connections and for two last words to the
 * platform, each of which may have to be given up.
 */
export const DRAIN_SHARE = 0.6;

/**
 * Starts the service. Resolves when it listens; a platform that is away does not keep it from starting.
 * @param config see `readConfig`
 * @param log see `createLog`
 * @param timing other than the default only in tests
 * @throws when the port cannot be listened on
 */
export async function startService(
  config: Config,
  log: Log,
  timing: ForwardingTiming = FORWARDING_TIMING,
): Promise<Service> {
  const forwarders = new Map<string, Forwarder>();
  const shared = {
    hubs: new HubPool(config, timing.predix),
    memory: new MemoryShares(config.memoryBytes * MEMORY_PART, timing.inFlight.bytes),
    replaySlots: new ReplaySlots(REPLAYS_AT_ONCE),
    clock: new PlatformClock(),
  };
  const stopping = new AbortController();
  const tenants = watchTenants({ config, log, timing, shared, forwarders, stopping: stopping.signal });
  const app = createApp({
    notReady: () => tenants.failure,
    statusOf: (tenant) => forwarders.get(tenant)?.status,
    callers: new CallerCheck((headers) => readCaller(config.baseUrl, headers)),
    replay: (tenant, body) => forwarders.get(tenant)?.requestReplay(body),
    // The bootstrap user, or that of the one tenant, belongs to the owner.
    ownerTenant: config.credentials.tenant,
    metrics: new Metrics(() => [...forwarders.values()].map((forwarder) => forwarder.status)),
  });
  const server = app.listen(config.port);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  log.info('service started', { port, isolation: config.isolation });
  tenants.start();

  return {
    port,
    status: () => [...forwarders.values()].map((forwarder) => forwarder.status),
    stop: async () => {
      log.info('service stopping');
      stopping.abort();
      const drainMs = config.stopMs * DRAIN_SHARE;
      // A tenant that is just being removed may wait for Cumulocity much longer than there is time.
      const changesEnded = new AbortController();
      const timeIsUp = wait(config.stopMs, changesEnded.signal);
      const changes = tenants.stop().then(() => changesEnded.abort());
      await Promise.all([...forwarders.values()].map((forwarder) => forwarder.stop(drainMs)));
      await Promise.race([changes, timeIsUp]);
      // Last, so that the platform's probes are answered until the end.
      server.close();
      server.closeAllConnections();
      log.info('service stopped');
    },
  };
}

function watchTenants(parts: {
  config: Config;
  log: Log;
  timing: ForwardingTiming;
  shared: SharedByTenants;
  forwarders: Map<string, Forwarder>;
  stopping: AbortSignal;
}): SubscribedTenants {
  const { config, log, timing, shared, forwarders, stopping } = parts;
  const bootstrap = new PlatformClient(config.baseUrl, config.credentials, { clock: shared.clock });
  const isPerTenant = config.isolation === 'PER_TENANT';
  return new SubscribedTenants({
    read: (signal) =>
      isPerTenant ? Promise.resolve([config.credentials]) : readSubscribedTenants(bootstrap, signal),
    pollMs: config.tenantPollMs,
    log,
    changes: {
      added: async (credentials, isNewcomer) => {
        // One that comes back while the service stops, and was still being cleaned up.
        if (stopping.aborted) return;
        const forwarder = new Forwarder({ credentials, isNewcomer, config, timing, shared, log });
        forwarders.set(credentials.tenant, forwarder);
        forwarder.start();
      },
      rotated: async (credentials) => forwarders.get(credentials.tenant)?.useCredentials(credentials),
      removed: async (tenant, isStillGone) => {
        const forwarder = forwarders.get(tenant);
        forwarders.delete(tenant);
        await forwarder?.remove(isStillGone);
      },
    },
  });
}
