/** What client programs can order from the Predix Event Hub and its UAA. */
import type { LocalPredix } from '../../../test/simulators/predix-event-hub/local-predix.js';
import { rateLimitOff } from '../../../test/simulators/predix-event-hub/publish/rate-limit.js';
import { askToken } from '../../../test/simulators/predix-event-hub/uaa/ask-token.js';
import type { LocalUaa } from '../../../test/simulators/predix-event-hub/uaa/local-uaa.js';
import type { Orders } from '../control.js';

/** Who tokens are made for. */
export interface TokenOwner {
  readonly clientId: string;
  readonly secret: string;
  /** Authority of the UAA's certificate, in PEM. */
  readonly ca: string | undefined;
}

/** The orders. */
export function ordersFor(service: LocalPredix, uaa: LocalUaa, owner: TokenOwner): Orders {
  const { faults, rateLimit } = service;
  const done =
    (act: (argument: number) => void): Orders[string] =>
    (argument) => {
      act(argument);
      return 'done';
    };
  return {
    'fault/cut': done(() => faults.cutStreams()),
    'fault/lose-answers': done((count) => faults.loseAnswers(count)),
    'limit/on': done(() => {
      rateLimit.options = { ...rateLimitOff, mode: 'on' };
    }),
    'limit/off': done(() => {
      rateLimit.options = rateLimitOff;
    }),
    'token/expired': () => expiredToken(uaa, owner),
  };
}

async function expiredToken(uaa: LocalUaa, { clientId, secret, ca }: TokenOwner): Promise<string> {
  const { lifetimeSeconds } = uaa;
  uaa.lifetimeSeconds = -60;
  try {
    return await askToken(uaa.issuer, { clientId, secret, ...(ca === undefined ? {} : { ca }) });
  } finally {
    uaa.lifetimeSeconds = lifetimeSeconds;
  }
}
