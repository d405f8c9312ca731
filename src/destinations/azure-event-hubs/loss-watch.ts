/**
 * Notices at once when the connection or the link under a send is lost. The SDK itself leaves such a send
 * unanswered until it times out (10 s here, 60 s by default), and a lane would stand still for as long. It also
 * goes on renewing the token of a lost link for ever, beside that of the link which replaces it.
 *
 * The SDK has no public way to either, so this looks at some of its fields: the connection, the sender link of a
 * partition and the link's renewal loop. Where a later version names them otherwise, nothing is noticed and the
 * time-out is what is left; tests with real connections that are cut fail then.
 */
import type { EventHubProducerClient } from '@azure/event-hubs';
import { SendError } from '../../errors.js';

/** What rhea's connections, sessions and links have in common. */
interface Emitter {
  on(event: string, listener: (context: unknown) => void): unknown;
}

const CONNECTION_LOST = ['disconnected'];
const LINK_LOST = ['sender_close', 'sender_error'];
const SESSION_LOST = ['session_close', 'session_error'];

function fieldOf(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}

function isEmitter(value: unknown): value is Emitter {
  return typeof fieldOf(value, 'on') === 'function';
}

function stopLoop(loop: unknown): void {
  const stop = fieldOf(loop, 'stop');
  if (typeof stop === 'function') Reflect.apply(stop, loop, []);
}

/** Why something was lost, as far as rhea's event tells: an error of the operating system or an AMQP one. */
function lossError(context: unknown): SendError {
  const causes = ['error', 'sender', 'session', 'connection'].map((name) => fieldOf(context, name));
  const cause = [causes[0], ...causes.slice(1).map((each) => fieldOf(each, 'error'))].find(
    (each) => each !== undefined && each !== null,
  );
  const [condition, detail] = ['condition', 'description'].map((name) => fieldOf(cause, name));
  const code = condition ?? fieldOf(cause, 'code');
  const text = detail ?? fieldOf(cause, 'message');
  return new SendError({
    retryable: true,
    condition: typeof code === 'string' ? code : 'connection-lost',
    message: `the connection or link to the hub was lost${typeof text === 'string' ? `: ${text}` : ''}`,
    cause,
  });
}

/** See the head of this file. */
export class LossWatch {
  readonly #context: unknown;
  /** Sends that depend on an emitter. One listener serves all of them: lanes share a connection. */
  readonly #dependents = new WeakMap<Emitter, Set<AbortController>>();

  /** @param client whose sends are watched */
  constructor(client: EventHubProducerClient) {
    this.#context = fieldOf(client, '_context');
  }

  /**
   * Watches what a call depends on, as it is now.
   * @param linkName the address of the sender link that is used, which has to be open; `undefined`: only the
   *   connection matters
   * @param controller aborted on a loss; the reason is a `SendError`
   * @returns ends the watch
   */
  watch(linkName: string | undefined, controller: AbortController): () => void {
    const sets = this.#dependencies(linkName);
    for (const set of sets) set.add(controller);
    return () => {
      for (const set of sets) set.delete(controller);
    };
  }

  #dependencies(linkName: string | undefined): readonly Set<AbortController>[] {
    const senders = fieldOf(this.#context, 'senders');
    const sender = linkName === undefined ? undefined : fieldOf(senders, linkName);
    const link = fieldOf(sender, '_sender');
    const renewal = fieldOf(sender, 'authLoop');
    const stopRenewal = (): void => stopLoop(renewal);
    return [
      this.#dependentsOf(fieldOf(this.#context, 'connection'), CONNECTION_LOST),
      this.#dependentsOf(link, LINK_LOST, stopRenewal),
      this.#dependentsOf(fieldOf(link, 'session'), SESSION_LOST, stopRenewal),
    ].filter((set) => set !== undefined);
  }

  #dependentsOf(
    emitter: unknown,
    events: readonly string[],
    onLost?: () => void,
  ): Set<AbortController> | undefined {
    if (!isEmitter(emitter)) return undefined;
    const known = this.#dependents.get(emitter);
    if (known !== undefined) return known;
    const dependents = new Set<AbortController>();
    this.#dependents.set(emitter, dependents);
    for (const event of events) {
      emitter.on(event, (context) => {
        onLost?.();
        const error = lossError(context);
        for (const controller of dependents) controller.abort(error);
      });
    }
    return dependents;
  }
}
