/** The metrics of all tenants in Prometheus' text format, on `prom-client`. Read from the status when asked for. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ForwarderStatus } from '../tenants/forwarder.js';
import type { RouteStatus } from '../tenants/route.js';

const PREFIX = 'event_hubs_forwarder_';
const LABELS = ['tenant', 'route'] as const;

type Figure = readonly [name: string, help: string, read: (route: RouteStatus) => number];

/** Counted since the route was started. */
const COUNTERS: readonly Figure[] = [
  ['notifications_received_total', 'Notifications read, each copy counted', ({ counts }) => counts.received],
  [
    'notifications_repeated_total',
    'Copies that came again and were not sent again',
    ({ counts }) => counts.repeated,
  ],
  ['events_sent_total', 'Events that the hub has accepted', ({ counts }) => counts.sent],
  ['events_sent_bytes_total', 'Bytes of the bodies of these events', ({ counts }) => counts.sentBytes],
  ['batches_sent_total', 'Batches that the hub has accepted', ({ counts }) => counts.batches],
  [
    'attempts_failed_total',
    'Attempts that failed and were made again',
    ({ counts }) => counts.failedAttempts,
  ],
  ['events_trimmed_total', 'Oversize events sent without fragments', ({ counts }) => counts.trimmed],
  ['events_compressed_total', 'Oversize events sent compressed', ({ counts }) => counts.compressed],
  [
    'events_dead_lettered_total',
    'Rejected events that the dead-letter hub has accepted',
    ({ counts }) => counts.deadLettered,
  ],
];

const GAUGES: readonly Figure[] = [
  ['consumer_open', '1 while the consumer is connected', ({ consumer }) => Number(consumer.state === 'open')],
  [
    'hub_failing',
    '1 while the hub does not accept events',
    ({ destination }) => Number(!!destination.failure),
  ],
  [
    'hub_limit_bytes_per_second',
    'What is sent while the hub takes only so much of the tenant; +Inf when it does not limit',
    ({ destination }) =>
      ('throttle' in destination ? destination.throttle?.bytesPerSecond : undefined) ??
      Number.POSITIVE_INFINITY,
  ],
  ['in_flight_notifications', 'Read and not acknowledged', ({ inFlight }) => inFlight.notifications],
  ['in_flight_bytes', 'Bytes of these', ({ inFlight }) => inFlight.bytes],
  ['backlog_bytes', 'Estimated bytes of the topic that are not acknowledged', ({ backlog }) => backlog.bytes],
  [
    'backlog_share',
    'Part of what the topic may hold; from 0.8 on something is done',
    ({ backlog }) => backlog.share,
  ],
  ['backlog_age_seconds', 'Everything older is in the hub', ({ backlog }) => backlog.ageMs / 1000],
  [
    'backlog_seconds_to_limit',
    'Time until 80 % can be reached if nothing is acknowledged; +Inf when nothing arrives',
    ({ backlog }) => (backlog.msUntilLimit ?? Number.POSITIVE_INFINITY) / 1000,
  ],
  [
    'letting_go',
    '1 while notifications are let go into a gap',
    ({ backlog }) => Number(backlog.state === 'lettingGo'),
  ],
];

/** See the head of this file. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #statuses: () => readonly ForwarderStatus[];

  /** @param statuses of all tenants, as they are now */
  constructor(statuses: () => readonly ForwarderStatus[]) {
    this.#statuses = statuses;
    collectDefaultMetrics({ register: this.#registry });
    for (const [name, help, read] of COUNTERS) this.#addCounter(name, help, read);
    for (const [name, help, read] of GAUGES) this.#addGauge(name, help, read);
    this.#addRejected();
    this.#addGaps();
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, as it is now. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #addCounter(...[name, help, read]: Figure): void {
    const eachRoute = this.#eachRoute.bind(this);
    this.#registry.registerMetric(
      new Counter({
        name: `${PREFIX}${name}`,
        help,
        labelNames: LABELS,
        registers: [],
        collect() {
          this.reset();
          eachRoute((labels, route) => this.inc(labels, read(route)));
        },
      }),
    );
  }

  #addGauge(...[name, help, read]: Figure): void {
    const eachRoute = this.#eachRoute.bind(this);
    this.#registry.registerMetric(
      new Gauge({
        name: `${PREFIX}${name}`,
        help,
        labelNames: LABELS,
        registers: [],
        collect() {
          this.reset();
          eachRoute((labels, route) => this.set(labels, read(route)));
        },
      }),
    );
  }

  #addRejected(): void {
    const eachRoute = this.#eachRoute.bind(this);
    this.#registry.registerMetric(
      new Counter({
        name: `${PREFIX}events_rejected_total`,
        help: 'Events that the hub will never accept, a pointer event took their place',
        labelNames: [...LABELS, 'reason'],
        registers: [],
        collect() {
          this.reset();
          eachRoute((labels, { counts }) => {
            for (const [reason, events] of Object.entries(counts.rejected))
              this.inc({ ...labels, reason }, events);
          });
        },
      }),
    );
  }

  #addGaps(): void {
    const statuses = this.#statuses;
    this.#registry.registerMetric(
      new Gauge({
        name: `${PREFIX}gaps`,
        help: 'Gaps that are not replayed yet',
        labelNames: ['tenant'],
        registers: [],
        collect() {
          this.reset();
          for (const { tenant, gaps } of statuses()) this.set({ tenant }, gaps.length);
        },
      }),
    );
  }

  #eachRoute(act: (labels: { tenant: string; route: string }, status: RouteStatus) => void): void {
    for (const { tenant, routes } of this.#statuses()) {
      for (const route of routes) act({ tenant, route: route.name }, route);
    }
  }
}
