/** One stream with all that goes with it, from its opening to its orderly end. */
import { wait } from '../../backoff.js';
import type { ConnectionLoss } from '../../destinations/predix-event-hub/send-failure.js';
import type { Uaa } from '../../destinations/predix-event-hub/uaa.js';
import { HandOver, type HandOverParts } from './hand-over.js';
import { IdleWatch, idleRemark } from './idle-watch.js';
import type { PredixReadingOptions } from './options.js';
import { SubscriptionStream } from './subscription-stream.js';

/** What a session needs. */
export interface SessionParts extends HandOverParts {
  readonly options: PredixReadingOptions;
  readonly uaa: Uaa;
  /** The service has let this subscriber in. */
  readonly accepted: () => void;
}

/** How a session was. */
export interface SessionEnd {
  /** `undefined`: this side has ended it. */
  readonly loss: ConnectionLoss | undefined;
  /** Whether the service had let this subscriber in. */
  readonly wasAccepted: boolean;
}

/**
 * Reads until the stream is lost, the signal, or a new token is there for another stream.
 * @param parts what it needs
 * @param token to get in
 * @param ended ends it in order
 */
export async function runSession(
  parts: SessionParts,
  token: string,
  ended: AbortSignal,
): Promise<SessionEnd> {
  const { options, output, accepted } = parts;
  const { idleMs } = options.timing;
  const stream = new SubscriptionStream(options, token, {
    accepted,
    received: (messages) => {
      idle.touch();
      handOver.take(messages);
    },
  });
  const handOver = new HandOver(stream, parts);
  const idle = new IdleWatch(idleMs, () => {
    if (!handOver.isBusy) output.notice(idleRemark(idleMs, options.subscriber));
  });
  idle.touch();
  const over = new AbortController();
  const renewed = tokenRenewed(parts, over.signal);
  const loss = await Promise.race([stream.ended, renewed, aborted(ended, over.signal)]);
  over.abort();
  idle.stop();
  await closeInTime(options, close(options, stream, handOver), ended);
  stream.cancel();
  return { loss, wasAccepted: stream.isAccepted };
}

async function close(
  { mode }: PredixReadingOptions,
  stream: SubscriptionStream,
  handOver: HandOver,
): Promise<void> {
  if (mode === 'receive') {
    // For the service, what has come counts as read.
    await stream.close();
    await handOver.finish();
    return;
  }
  // What has left is acknowledged before the stream ends; what has not comes again.
  await handOver.stop();
  await stream.close();
}

/** An output that nobody empties does not keep the process; without the signal, it is waited for. */
async function closeInTime(
  { timing }: PredixReadingOptions,
  closing: Promise<void>,
  ended: AbortSignal,
): Promise<void> {
  const closed = new AbortController();
  const late = aborted(ended, closed.signal).then(() => wait(timing.stopMs, closed.signal));
  await Promise.race([closing.finally(() => closed.abort()), late]);
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const settle = (): void => {
      signal.removeEventListener('abort', settle);
      resolve(undefined);
    };
    if (signal.aborted) settle();
    signal.addEventListener('abort', settle);
    over.addEventListener('abort', settle, { once: true });
  });
}

/**
 * Resolves when another token is there: one is checked when its stream opens. Without acknowledgements an open stream
 * is left alone, as a change would lose what is on its way.
 */
function tokenRenewed({ options, uaa }: SessionParts, over: AbortSignal): Promise<undefined> {
  const { aliveMs, renewMs } = options.timing;
  return new Promise((resolve) => {
    const look = (): void => {
      // Where none is to be had, the stream is good as long as the service leaves it open.
      if (uaa.isDue)
        uaa.token().then(
          () => resolve(undefined),
          () => undefined,
        );
    };
    const timer = options.mode === 'receive' ? undefined : setInterval(look, Math.min(aliveMs, renewMs / 2));
    over.addEventListener('abort', () => clearInterval(timer), { once: true });
  });
}
