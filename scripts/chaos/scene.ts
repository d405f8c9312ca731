/** Everything that a run under faults needs, started and joined: the world of the demo, the copies, the readers, the book. */
import { TcpProxy } from '../../test/simulators/tcp-proxy.js';
import { emittedObservation } from '../demo/observation.js';
import { TOPIC, type World } from '../demo/world.js';
import type { ChaosOptions } from './command-line.js';
import { Copy } from './copy.js';
import type { HubKind, Stage, StageTenant } from './fault.js';
import type { Hubs } from './hubs.js';
import { Ledger } from './ledger.js';
import type { News } from './news.js';
import { isAtRest, type Protection, readProtection } from './protection.js';
import { takeIn } from './take-in.js';

const LOOK_AT_BACKLOG_MS = 100;
const MIB = 1024 * 1024;

interface SceneParts<K extends HubKind> {
  readonly world: World<K['access']>;
  readonly proxy: TcpProxy;
  readonly hubs: Hubs<K>;
  readonly options: ChaosOptions;
  readonly news: News;
}

/** See the head of this file. */
export class Scene<K extends HubKind> implements Stage<K> {
  readonly cumulocity: World['cumulocity'];
  readonly access: K['access'];
  readonly proxy: TcpProxy;
  readonly tenants: readonly StageTenant<K>[];
  readonly copies: readonly Copy[];
  readonly ledger: Ledger;
  /** By tenant: the largest backlog of its topic so far, in bytes. */
  readonly peakBacklogBytes = new Map<string, number>();
  readonly #world: World<K['access']>;
  readonly #looking: NodeJS.Timeout;

  private constructor({ world, proxy, hubs, options, news }: SceneParts<K>) {
    this.#world = world;
    this.cumulocity = world.cumulocity;
    this.access = world.access;
    this.proxy = proxy;
    this.ledger = new Ledger({
      isStored: (tenant, objectId) => world.cumulocity.tenant(tenant).hasObject(objectId),
    });
    this.tenants = world.tenants.map(({ tenant, hubName, options: optionsOf }) => ({
      id: tenant.id,
      hubName,
      options: withQuota(optionsOf, quotaOf(options)),
      reader: hubs.readerOf(world.access, hubName, (event) =>
        takeIn(this.ledger, event, tenant.id, performance.now()),
      ),
    }));
    this.copies = this.#makeCopies(options, news);
    this.#keepBook();
    this.#looking = setInterval(() => this.#lookAtBacklogs(), LOOK_AT_BACKLOG_MS);
  }

  /** Starts the world; the copies of the service are not started yet. */
  static async start<K extends HubKind>(options: ChaosOptions, hubs: Hubs<K>, news: News): Promise<Scene<K>> {
    const { portCumulocity, portHub } = options;
    const backlogQuotaBytes = quotaOf(options);
    const world = await hubs.startWorld({ portCumulocity, portHub, backlogQuotaBytes });
    const proxy = await TcpProxy.start({ host: '127.0.0.1', port: world.cumulocity.port });
    for (const { tenant, options: optionsOf } of world.tenants) {
      world.cumulocity.setOptions(tenant.id, withQuota(optionsOf, backlogQuotaBytes)());
      world.cumulocity.subscribeTenant(tenant.id);
    }
    return new Scene({ world, proxy, hubs, options, news });
  }

  /** Whether every topic has a consumer, so that it keeps what comes and brings it. */
  get isConnected(): boolean {
    return this.tenants.every(({ id }) => (this.#topicOf(id)?.consumers ?? 0) > 0);
  }

  /** Notifications in the topics that are not acknowledged. */
  get unacknowledged(): number {
    return this.tenants.reduce((sum, { id }) => sum + (this.#topicOf(id)?.unacknowledged ?? 0), 0);
  }

  /** Whether everything that stands in the hubs has been read. */
  get hasReadAll(): boolean {
    return this.tenants.every(({ reader }) => reader.hasReadAll);
  }

  /** What the service says in each tenant about notifications that it let go or missed. */
  async protection(): Promise<readonly Protection[]> {
    return Promise.all(this.tenants.map(({ id }) => readProtection(this.cumulocity, id)));
  }

  /** Whether all of that is over. */
  async isAtRest(): Promise<boolean> {
    return (await this.protection()).every(isAtRest);
  }

  /** Ends everything, in whatever state it is. */
  async stop(): Promise<void> {
    clearInterval(this.#looking);
    await Promise.all(this.copies.map((copy) => copy.end()));
    await Promise.all(this.tenants.map(({ reader }) => reader.close()));
    await this.proxy.stop();
    await this.#world.stop();
  }

  #makeCopies({ replicas, port, logs }: ChaosOptions, news: News): readonly Copy[] {
    const environment = {
      ...this.cumulocity.serviceEnvironment(),
      ...this.access.environment,
      // Devices go past the proxy, so what is done to the service's way does not reach them.
      C8Y_BASEURL: `http://127.0.0.1:${this.proxy.port}`,
      TENANT_POLL_SECONDS: '0.5',
      OPTIONS_POLL_SECONDS: '0.5',
    };
    return Array.from({ length: replicas }, (_, at) => {
      const ownPort = at === 0 ? port : 0;
      return new Copy(`copy-${at + 1}`, { ...environment, SERVER_PORT: String(ownPort) }, news, logs);
    });
  }

  #keepBook(): void {
    const { cumulocity, ledger } = this;
    cumulocity.onPublished(({ sequence, ...notification }) =>
      ledger.emitted(emittedObservation(notification), sequence, performance.now()),
    );
    cumulocity.onMissed(({ reason, ...notification }) => {
      // Who has left is owed nothing, and a topic that nobody reads keeps nothing.
      const isOwed = reason === 'deleted' && cumulocity.isSubscribed(notification.tenant);
      ledger.missed(emittedObservation(notification), isOwed, performance.now());
    });
    cumulocity.onDiscarded(({ tenant, sequences }) =>
      ledger.discarded(tenant, sequences, !cumulocity.isSubscribed(tenant), performance.now()),
    );
  }

  #lookAtBacklogs(): void {
    for (const { id } of this.tenants) {
      const bytes = this.#topicOf(id)?.backlogBytes ?? 0;
      this.peakBacklogBytes.set(id, Math.max(this.peakBacklogBytes.get(id) ?? 0, bytes));
    }
  }

  #topicOf(id: string): ReturnType<ReturnType<World['cumulocity']['tenant']>['topic']> {
    return this.cumulocity.tenant(id).topic(TOPIC);
  }
}

/** What topics may hold in a run with these faults; `undefined`: what Cumulocity lets them hold. */
function quotaOf({ faults }: ChaosOptions): number | undefined {
  const quotas = faults.flatMap(({ backlogQuotaBytes = [] }) => backlogQuotaBytes);
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

type OptionsOf = StageTenant['options'];

/** A tenant whose quota differs from the usual one has to say so. */
function withQuota(options: OptionsOf, quotaBytes: number | undefined): OptionsOf {
  if (quotaBytes === undefined) return options;
  return () => ({ ...options(), backlogQuota: String(quotaBytes / MIB) });
}
