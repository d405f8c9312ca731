/** What is done to a run in the middle of it, evenly spread over its notifications. */
import type { HubAccess } from './hub-access.js';
import type { Progress } from './progress.js';
import type { World } from './world.js';

/** How many times each thing is done. */
export interface FaultCounts {
  readonly kill: number;
  readonly cut: number;
  readonly cutHub: number;
  readonly rotate: number;
}

/** What faults are done to. */
export interface FaultParts {
  readonly world: World<HubAccess>;
  readonly progress: Progress;
  /** Kills the service and starts it again. */
  readonly restart: () => Promise<void>;
  /** How many times the service has said that it took over another way into a hub. */
  readonly connectedAnew: () => number;
  /** Tells whoever watches. */
  readonly say: (text: string) => void;
}

type Act = () => Promise<void>;

/** See the head of this file. */
export class Faults {
  readonly #parts: FaultParts;

  constructor(parts: FaultParts) {
    this.#parts = parts;
  }

  /**
   * Does all that was asked for.
   * @param events length of the run, in notifications
   * @param received how many of them were read so far
   */
  async run(
    { kill, cut, cutHub, rotate }: FaultCounts,
    events: number,
    received: () => number,
  ): Promise<void> {
    const spread = (times: number, act: Act): [number, Act][] =>
      Array.from({ length: times }, (_, at) => [((at + 1) / (times + 1)) * events, act]);
    const faults = [
      ...spread(kill, () => this.#killService()),
      ...spread(cut, () => this.#cutSockets()),
      ...spread(cutHub, () => this.#cutHubConnections()),
      ...spread(rotate, () => this.#rotateCredentials()),
    ];
    const { progress } = this.#parts;
    for (const [position, act] of faults.sort(([left], [right]) => left - right)) {
      await progress.whileRunning(() => received() >= position);
      if (progress.over.aborted) return;
      await act();
    }
  }

  async #killService(): Promise<void> {
    this.#parts.say('killing the service (SIGKILL) and starting it again');
    await this.#parts.restart();
  }

  async #cutSockets(): Promise<void> {
    this.#parts.say('cutting the sockets between Cumulocity and the service');
    this.#parts.world.cumulocity.faults.cutConsumerSockets();
  }

  async #cutHubConnections(): Promise<void> {
    this.#parts.say('cutting the connections to the event hubs');
    this.#parts.world.access.cut();
  }

  async #rotateCredentials(): Promise<void> {
    const { world, progress, connectedAnew, say } = this.#parts;
    say('giving the service new credentials for the event hubs');
    const before = connectedAnew();
    world.access.renew();
    for (const { tenant, options } of world.tenants) world.cumulocity.setOptions(tenant.id, options());
    await progress.whileRunning(() => connectedAnew() > before);
  }
}
