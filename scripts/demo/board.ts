/** Shows how a run goes: a table that is drawn again and again on a terminal, plain lines otherwise. */
import type { ForwarderStatus } from '../../src/tenants/forwarder.js';
import type { RouteStatus } from '../../src/tenants/route.js';
import type { HubAccess } from './hub-access.js';
import { VIEWER, type World } from './world.js';

const TERMINAL_MS = 500;
const PLAIN_MS = 2000;
const HEAD = [
  'tenant',
  'state',
  'consumer',
  'emitted',
  'in hub',
  'emitted/s',
  'in hub/s',
  'lag',
  'in flight',
  'hub takes',
];

/** What is counted for each tenant. */
export interface TenantCounts {
  emitted: number;
  read: number;
}

/** See the head of this file. */
export class Board {
  readonly #world: World<HubAccess>;
  readonly #counts: ReadonlyMap<string, TenantCounts>;
  readonly #stream: NodeJS.WriteStream;
  readonly #timer: NodeJS.Timeout;
  #statusUrl = '';
  #drawnLines = 0;
  #before = new Map<string, TenantCounts>();
  #beforeAt = performance.now();

  /**
   * @param world whose tenants are shown
   * @param counts by tenant, read at each drawing
   * @param stream where to
   */
  constructor(
    world: World<HubAccess>,
    counts: ReadonlyMap<string, TenantCounts>,
    stream: NodeJS.WriteStream,
  ) {
    this.#world = world;
    this.#counts = counts;
    this.#stream = stream;
    this.#timer = setInterval(() => void this.draw(), stream.isTTY ? TERMINAL_MS : PLAIN_MS);
  }

  /** @param url of the service's status endpoint */
  watch(url: string): void {
    this.#statusUrl = url;
  }

  /** Writes a line of news; the table is drawn anew below it. */
  say(text: string): void {
    this.#stream.write(`${text}\n`);
    this.#drawnLines = 0;
  }

  /** Draws for the last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.draw();
  }

  /** Draws now. */
  async draw(): Promise<void> {
    const seconds = (performance.now() - this.#beforeAt) / 1000;
    const rows = await Promise.all(this.#world.tenants.map(({ tenant }) => this.#row(tenant.id, seconds)));
    this.#before = new Map([...this.#counts].map(([id, counts]) => [id, { ...counts }]));
    this.#beforeAt = performance.now();
    if (this.#stream.isTTY) this.#drawTable([HEAD, ...rows]);
    else
      for (const row of rows)
        this.#stream.write(`${row.map((cell, at) => `${HEAD[at]} ${cell}`).join(', ')}\n`);
  }

  #drawTable(rows: readonly string[][]): void {
    const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
    const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
    const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A\x1b[J` : '';
    this.#stream.write(`${up}${lines.join('\n')}\n`);
    this.#drawnLines = lines.length;
  }

  async #row(id: string, seconds: number): Promise<string[]> {
    const { emitted = 0, read = 0 } = this.#counts.get(id) ?? {};
    const before = this.#before.get(id) ?? { emitted: 0, read: 0 };
    const status = await this.#statusOf(id);
    const route = status?.routes[0];
    const perSecond = (now: number, then: number): string => Math.round((now - then) / seconds).toString();
    return [
      id,
      status?.state ?? 'not subscribed',
      route?.consumer.state ?? '-',
      `${emitted}`,
      `${read}`,
      perSecond(emitted, before.emitted),
      perSecond(read, before.read),
      `${emitted - read}`,
      `${route?.inFlight.notifications ?? '-'}`,
      describeThrottle(route?.destination),
    ];
  }

  async #statusOf(id: string): Promise<ForwarderStatus | undefined> {
    if (this.#statusUrl === '') return undefined;
    const authorization = `Basic ${Buffer.from(`${id}/${VIEWER.user}:${VIEWER.password}`).toString('base64')}`;
    // While the service is being restarted there is nobody to answer; the row says so by its dashes.
    const response = await fetch(this.#statusUrl, { headers: { authorization } }).catch(() => undefined);
    return response?.ok ? ((await response.json()) as ForwarderStatus) : undefined;
  }
}

/** What the service has found out of how much the hub takes, where it takes only so much. */
function describeThrottle(destination: RouteStatus['destination'] | undefined): string {
  const throttle = destination !== undefined && 'throttle' in destination ? destination.throttle : undefined;
  return throttle === undefined ? 'all' : `${Math.round(throttle.bytesPerSecond / 1000)} kB/s`;
}
