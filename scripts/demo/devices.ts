/**
 * Simulated devices of one tenant. They talk to the local Cumulocity over HTTP, like real ones: measurements,
 * events and alarms they send, operations they receive, and now and then a new device turns up.
 */
import { Agent, request } from 'node:http';
import type { LocalCumulocity, LocalTenant } from '../../test/simulators/cumulocity/local-cumulocity.js';

/** What happened on the devices' side. */
export interface DeviceCounts {
  requests: number;
  /** Answers with an error status, and requests without an answer. */
  failures: number;
  /** Answers 500 among them: what the devices of a tenant suffer from a backlog that is full. */
  internalErrors: number;
}

/** Hands out permissions to send: the demo's limit and pace are in here. */
export interface Allowance {
  /** Resolves with how many notifications may be caused now, at most `wanted`; 0 when the run is over. */
  take(wanted: number): Promise<number>;
}

const DEVICES = 50;
/** As many devices send at the same time; each one sends one thing after the other. */
const AT_ONCE = 10;
const MEASUREMENTS_AT_ONCE = 8;
/** A new device turns up once in so many rounds. */
const NEW_DEVICE_EVERY = 200;
/** In one of so many rounds something comes late, and by so much. */
const LATE_EVERY = 5;
const LATE_MS = 5 * 24 * 60 * 60 * 1000;
/** No more objects than this are remembered to be changed later. */
const MOST_CHANGEABLE = 100;

const EVENTS = '/event/events';
const ALARMS = '/alarm/alarms';
const OPERATIONS = '/devicecontrol/operations';

/** See the head of this file. */
export class Devices {
  readonly counts: DeviceCounts = { requests: 0, failures: 0, internalErrors: 0 };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  readonly #baseUrl: string;
  readonly #authorization: string;
  readonly #tenant: LocalTenant;
  readonly #ids: string[] = [];
  /** Ids of objects that may still be changed, by path; only where changes are wanted. */
  readonly #changeable: ReadonlyMap<string, string[]>;
  readonly #isLate: boolean;
  #round = 0;

  /**
   * @param options.changes whether events, alarms and operations are changed after a while, too
   * @param options.late whether now and then something comes that a device has kept for days
   */
  constructor(
    cumulocity: LocalCumulocity,
    tenant: LocalTenant,
    { changes = false, late = false }: { changes?: boolean; late?: boolean } = {},
  ) {
    this.#isLate = late;
    this.#changeable = new Map(changes ? [EVENTS, ALARMS, OPERATIONS].map((path) => [path, []]) : []);
    this.#baseUrl = cumulocity.url;
    this.#tenant = tenant;
    const { user, password } = tenant.admin;
    this.#authorization = `Basic ${Buffer.from(`${tenant.id}/${user}:${password}`).toString('base64')}`;
  }

  /** Registers the devices. Do so before anybody listens to the tenant: a registration is a notification. */
  register(): void {
    while (this.#ids.length < DEVICES) {
      this.#ids.push(this.#tenant.createDevice(`Device ${this.#ids.length + 1}`));
    }
  }

  /** Sends until the allowance is used up. */
  async run(allowance: Allowance): Promise<void> {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => this.#runSome(lane, allowance)));
    this.#agent.destroy();
  }

  async #runSome(lane: number, allowance: Allowance): Promise<void> {
    const own = this.#ids.filter((_, index) => index % AT_ONCE === lane);
    for (;;) {
      for (const id of own) if (!(await this.#sendRound(id, allowance))) return;
    }
  }

  /** One device's turn: some measurements, an event, and now and then an alarm, an operation, a new device. */
  async #sendRound(id: string, allowance: Allowance): Promise<boolean> {
    const round = this.#round++;
    const measurements = await allowance.take(MEASUREMENTS_AT_ONCE);
    if (measurements === 0) return false;
    await this.#request('POST', '/measurement/measurements', {
      measurements: this.#measurements(id, measurements),
    });
    const turns: [number, () => Promise<void>][] = [
      [1, () => this.#sendEvent(id)],
      [3, () => this.#raiseAlarm(id, round)],
      [4, () => this.#sendOperation(id, round)],
      [NEW_DEVICE_EVERY, () => this.#addDevice(round)],
      ...this.#changes(),
    ];
    for (const [every, act] of turns) {
      if (round % every !== 0) continue;
      if ((await allowance.take(1)) === 0) return false;
      await act();
    }
    return true;
  }

  #measurements(id: string, count: number): object[] {
    return Array.from({ length: count }, (_, index) => ({
      source: { id },
      type: 'c8y_TemperatureMeasurement',
      time: this.#time(index),
      c8y_TemperatureMeasurement: { T: { value: 20 + ((this.#round + index) % 100) / 10, unit: 'C' } },
    }));
  }

  /** Of the first one in some rounds the time of days ago. */
  #time(index: number): string {
    const isLate = this.#isLate && index === 0 && this.#round % LATE_EVERY === 0;
    return new Date(Date.now() - (isLate ? LATE_MS : 0)).toISOString();
  }

  #changes(): [number, () => Promise<void>][] {
    if (this.#changeable.size === 0) return [];
    return [
      [5, () => this.#change(EVENTS, { text: 'Door closed' })],
      [6, () => this.#change(ALARMS, { status: 'CLEARED' })],
      [8, () => this.#change(OPERATIONS, { status: 'SUCCESSFUL' })],
    ];
  }

  #sendEvent(id: string): Promise<void> {
    const time = this.#time(0);
    return this.#create(EVENTS, { source: { id }, type: 'c8y_DoorEvent', text: 'Door opened', time });
  }

  #raiseAlarm(id: string, round: number): Promise<void> {
    const time = new Date().toISOString();
    const alarm = { type: `c8y_TamperAlarm${round}`, text: 'Tamper sensor triggered', severity: 'MAJOR' };
    return this.#create(ALARMS, { source: { id }, ...alarm, time });
  }

  #sendOperation(id: string, round: number): Promise<void> {
    return this.#create(OPERATIONS, { deviceId: id, c8y_Command: { text: `set ${round}` } });
  }

  #addDevice(round: number): Promise<void> {
    return this.#create('/inventory/managedObjects', { name: `New device ${round}`, c8y_IsDevice: {} });
  }

  async #create(path: string, body: object): Promise<void> {
    const location = await this.#request('POST', path, body);
    const ids = this.#changeable.get(path);
    const id = location?.split('/').at(-1);
    if (ids !== undefined && id !== undefined && ids.length < MOST_CHANGEABLE) ids.push(id);
  }

  /** Changes the object that has waited for it the longest. */
  async #change(path: string, body: object): Promise<void> {
    const id = this.#changeable.get(path)?.shift();
    if (id !== undefined) await this.#request('PUT', `${path}/${id}`, body);
  }

  /** Returns the header `Location` of a good answer. */
  #request(method: 'POST' | 'PUT', path: string, body: object): Promise<string | undefined> {
    this.counts.requests++;
    return new Promise((resolve) => {
      const options = {
        agent: this.#agent,
        method,
        headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      };
      const failed = (): void => {
        this.counts.failures++;
        resolve(undefined);
      };
      const sent = request(new URL(path, this.#baseUrl), options, (response) => {
        const { statusCode = 0, headers } = response;
        if (statusCode >= 400) this.counts.failures++;
        if (statusCode === 500) this.counts.internalErrors++;
        // A connection that breaks off in the middle of an answer emits both.
        response.on('error', () => undefined).on('close', () => resolve(headers.location));
        response.resume();
      });
      sent.on('error', failed);
      sent.end(JSON.stringify(body));
    });
  }
}
