/**
 * Many tenants next to each other: a local Cumulocity, a namespace of hubs for all tenants but one, and one of its own
 * for that one, the victim, so that what happens to its namespace happens to nobody else.
 */
import { randomUUID } from 'node:crypto';
import { LocalEventHubs } from '../../test/simulators/azure-event-hubs/local-event-hubs.js';
import type { StoredEvent } from '../../test/simulators/azure-event-hubs/stored-event.js';
import { unpackedBody } from '../../test/simulators/azure-event-hubs/unpacked-body.js';
import { LocalCumulocity } from '../../test/simulators/cumulocity/local-cumulocity.js';
import { TOPIC } from '../demo/world.js';
import { Distance } from './distance.js';
import { LatencyBook } from './latency-book.js';
import { Traffic } from './traffic.js';

const PARTITIONS = 4;
const VICTIM = 'victim';
const RULE = 'send';
const HUB = 'events';

/** How many tenants there are, and what they send. */
export interface NeighbourhoodOptions {
  /** With the victim. */
  readonly tenants: number;
  /** Notifications a second of each. */
  readonly rate: number;
  /** The size of the victim's events that are too large for its hub. */
  readonly oversizeKib: number;
  /** How far away the hubs of the others are, one way. */
  readonly distanceMs: number;
}

/** See the head of this file. */
export class Neighbourhood {
  readonly cumulocity: LocalCumulocity;
  /** The tenants that are measured. */
  readonly neighbours: readonly string[];
  readonly victim = VICTIM;
  readonly victimHubs: LocalEventHubs;
  readonly victimRule = RULE;
  readonly traffic: Traffic;
  /** The size of the victim's events that are too large for its hub. */
  readonly oversizeBytes: number;
  readonly latencies = new LatencyBook();
  readonly #hubs: LocalEventHubs;
  readonly #distance: Distance;
  #hasPointer = false;

  private constructor(
    simulators: {
      readonly cumulocity: LocalCumulocity;
      readonly hubs: LocalEventHubs;
      readonly victimHubs: LocalEventHubs;
      readonly distance: Distance;
    },
    names: readonly string[],
    { rate, oversizeKib }: NeighbourhoodOptions,
  ) {
    this.cumulocity = simulators.cumulocity;
    this.#hubs = simulators.hubs;
    this.victimHubs = simulators.victimHubs;
    this.#distance = simulators.distance;
    this.neighbours = names;
    this.oversizeBytes = oversizeKib * 1024;
    this.traffic = new Traffic(this.cumulocity, [...names, this.victim], rate);
    this.#setUpTenants();
    this.#watch();
  }

  /** Starts the simulators. */
  static async start(options: NeighbourhoodOptions): Promise<Neighbourhood> {
    const { tenants, distanceMs } = options;
    const names = Array.from({ length: tenants - 1 }, (_, at) => `t${1001 + at}`);
    const cumulocity = await LocalCumulocity.start();
    for (const id of [...names, VICTIM]) cumulocity.addTenant(id);
    const hubs = await LocalEventHubs.start({
      hubs: names.map((name) => ({ name, partitionCount: PARTITIONS })),
    });
    const victimHubs = await LocalEventHubs.start({
      hubs: [{ name: HUB, partitionCount: PARTITIONS }],
      rules: [{ name: RULE, key: randomUUID(), rights: ['Manage'] }],
    });
    const distance = await Distance.start(hubs.amqpPort, distanceMs);
    return new Neighbourhood({ cumulocity, hubs, victimHubs, distance }, names, options);
  }

  /** What the service needs of its environment. */
  get serviceEnvironment(): Readonly<Record<string, string>> {
    return {
      ...this.cumulocity.serviceEnvironment(),
      SERVER_PORT: '0',
      HUB_HOSTS: 'localhost',
      TENANT_POLL_SECONDS: '0.5',
      OPTIONS_POLL_SECONDS: '0.5',
    };
  }

  /** Whether every tenant's topic has a consumer, so that it keeps what comes. */
  get isConnected(): boolean {
    const ids = [...this.neighbours, this.victim];
    return ids.every((id) => (this.cumulocity.tenant(id).topic(TOPIC)?.consumers ?? 0) > 0);
  }

  /** Notifications of the victim that the service has not acknowledged. */
  get victimUnacknowledged(): number {
    return this.cumulocity.tenant(this.victim).topic(TOPIC)?.unacknowledged ?? 0;
  }

  /** Whether the newest event in the victim's hub stands for one that was too large. */
  get hasPointer(): boolean {
    return this.#hasPointer;
  }

  /** Gives the victim the key that is good now. */
  renewVictimOptions(): void {
    const connectionString = this.victimHubs.connectionString({ hub: HUB });
    this.cumulocity.setOptions(this.victim, { 'credentials.connectionString': connectionString });
  }

  async stop(): Promise<void> {
    await this.traffic.stop();
    await this.cumulocity.stop();
    await this.#distance.stop();
    await this.#hubs.stop();
    await this.victimHubs.stop();
  }

  #setUpTenants(): void {
    for (const id of this.neighbours) {
      const connectionString = this.#hubs
        .connectionString({ hub: id })
        .replace(`:${this.#hubs.amqpPort}/`, `:${this.#distance.port}/`);
      this.cumulocity.setOptions(id, { 'credentials.connectionString': connectionString });
      this.cumulocity.subscribeTenant(id);
    }
    this.renewVictimOptions();
    this.cumulocity.subscribeTenant(this.victim);
  }

  /** The hubs tell of what they have stored in the same moment: no reader stands in between. */
  #watch(): void {
    this.cumulocity.onPublished(({ tenant, body }) => {
      if (tenant !== this.victim) this.latencies.emitted(idOf(tenant, body), performance.now());
    });
    for (const id of this.neighbours) {
      this.#hubs.hub(id).onAppended((events) => {
        const now = performance.now();
        for (const event of events) this.latencies.stored(idOf(id, textOf(event)), now);
      });
    }
    this.victimHubs.hub(HUB).onAppended((events) => {
      this.#hasPointer = events.at(-1)?.properties['rejected'] !== undefined;
    });
  }
}

function textOf(event: StoredEvent): string {
  return unpackedBody(event).toString();
}

/** An object's id is unique in its tenant, and nothing is changed here after it was created. */
function idOf(tenant: string, body: string): string {
  const { id } = JSON.parse(body) as { readonly id: string };
  return `${tenant} ${id}`;
}
