/** Devices of many tenants that send events over REST at a fixed rate, evenly spread: no tenant's comes in bursts. */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalCumulocity } from '../../test/simulators/cumulocity/local-cumulocity.js';

const DEVICES = 8;
const CONNECTIONS = 20;
const JSON_TYPE = 'application/json';

interface Sender {
  readonly authorization: string;
  readonly devices: readonly string[];
  textBytes: number;
  sent: number;
}

/** See the head of this file. */
export class Traffic {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #url: URL;
  readonly #senders: ReadonlyMap<string, Sender>;
  readonly #everyMs: number;
  readonly #over = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /**
   * @param tenants get devices; do so before anybody listens to them: a registration is a notification
   * @param rate events a second of each tenant
   */
  constructor(cumulocity: LocalCumulocity, tenants: readonly string[], rate: number) {
    this.#url = new URL('/event/events', cumulocity.url);
    this.#everyMs = 1000 / (rate * tenants.length);
    this.#senders = new Map(tenants.map((id) => [id, makeSender(cumulocity, id)]));
  }

  /** Begins to send. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends sending. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
    this.#agent.destroy();
  }

  /** Gives each event of a tenant from now on a text of so many bytes more than usual. */
  setTextBytes(tenant: string, bytes: number): void {
    const sender = this.#senders.get(tenant);
    if (sender !== undefined) sender.textBytes = bytes;
  }

  async #run(): Promise<void> {
    const senders = [...this.#senders.values()];
    let dueMs = performance.now();
    for (let turn = 0; !this.#over.signal.aborted; turn++) {
      const sender = senders[turn % senders.length];
      if (sender !== undefined) this.#send(sender);
      dueMs += this.#everyMs;
      const restMs = dueMs - performance.now();
      // A timer takes whole milliseconds; what is due within one is sent at once, so that the rate holds.
      if (restMs >= 1) await delay(restMs);
    }
  }

  /** Nobody waits for the answer: what is measured begins when Cumulocity emits. */
  #send(sender: Sender): void {
    const id = sender.devices[sender.sent++ % sender.devices.length];
    const text = `Door opened ${'x'.repeat(sender.textBytes)}`;
    const event = { source: { id }, type: 'c8y_DoorEvent', text, time: new Date().toISOString() };
    const { authorization } = sender;
    const headers = { authorization, accept: JSON_TYPE, 'content-type': JSON_TYPE };
    const sent = request(this.#url, { agent: this.#agent, method: 'POST', headers }, (response) => {
      response.on('error', () => undefined).resume();
    });
    // At the end of a run the local Cumulocity goes away while requests are under way.
    sent.on('error', () => undefined).end(JSON.stringify(event));
  }
}

function makeSender(cumulocity: LocalCumulocity, id: string): Sender {
  const tenant = cumulocity.tenant(id);
  const { user, password } = tenant.admin;
  return {
    authorization: `Basic ${Buffer.from(`${id}/${user}:${password}`).toString('base64')}`,
    devices: Array.from({ length: DEVICES }, (_, at) => tenant.createDevice(`Device ${at + 1}`)),
    textBytes: 0,
    sent: 0,
  };
}
