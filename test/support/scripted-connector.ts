/** A connector object in memory that fails or holds writes as a test asks for. */
import { type Fragments, Gap } from '../../src/backlog/gap.js';

/** See the head of this file. */
export class ScriptedConnector {
  /** As Cumulocity would keep them: merged, through JSON, without what was set to null. */
  fragments: Record<string, unknown> = {};
  failures = 0;
  #failing = 0;
  #failure = new Error('the connector object is away');
  #failed: Fragments = {};
  #held: (() => void)[] | undefined;
  #onAsked: () => void = () => undefined;

  /** The gaps that stand in it. */
  get gaps(): readonly Gap[] {
    return Gap.readAll(this.fragments, (name) => {
      throw new Error(`${name} cannot be read`);
    });
  }

  /** Fails the next writes; nobody knows whether they were carried out, unless the failure says so. */
  failNext(times: number, failure = new Error('the connector object is away')): void {
    this.#failing = times;
    this.#failure = failure;
  }

  /** Carries out the write that has failed last. */
  carryOutLate(): void {
    this.#merge(this.#failed);
  }

  /** Holds writes until `letGo`. */
  hold(): void {
    this.#held = [];
  }

  /** Lets held writes and all that follow through. */
  letGo(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  /** Lets the write that is held longest through, and goes on holding the others. */
  letOneGo(): void {
    this.#held?.shift()?.();
  }

  /** Resolves when a write is being held. */
  asked(): Promise<void> {
    if ((this.#held?.length ?? 0) > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAsked = resolve;
    });
  }

  async write(fragments: Fragments): Promise<void> {
    if (this.#failing > 0) {
      this.#failing--;
      this.failures++;
      this.#failed = JSON.parse(JSON.stringify(fragments)) as Fragments;
      throw this.#failure;
    }
    const held = this.#held;
    if (held !== undefined) {
      await new Promise<void>((resolve) => {
        held.push(resolve);
        this.#onAsked();
      });
    }
    this.#merge(fragments);
  }

  #merge(fragments: Fragments): void {
    const merged = { ...this.fragments, ...(JSON.parse(JSON.stringify(fragments)) as object) };
    this.fragments = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
  }
}
