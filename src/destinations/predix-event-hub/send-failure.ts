/** What the answers of a Predix Event Hub mean for a lane (Predix contract, sections 5, 14 and 15). */
import { SendError } from '../../errors.js';

/** The text of a refusal for being too fast (seed, "Rate Limiting"). */
const TOO_MANY_REQUESTS = 'Too Many Requests';

/** Condition of such a refusal. */
export const THROTTLED = 'too-many-requests';

/** What an acknowledgement says, in either protocol's numbers; proto3 leaves out the number of success. */
type Meaning = 'accepted' | 'refused for good' | 'refused for now';

const LONGEST_TEXT = 200;

function meaningOf(statusCode: number | undefined): Meaning {
  switch (statusCode) {
    case undefined:
    case 0:
    case 202:
      return 'accepted';
    case 1:
    case 2:
    case 400:
      return 'refused for good';
    default:
      return 'refused for now';
  }
}

/**
 * Why the service has not taken a message.
 * @param statusCode of its acknowledgement; `undefined` when that has none
 * @param description the service's own words
 * @returns `undefined` when it has taken the message
 */
export function failureOf(statusCode: number | undefined, description: string): SendError | undefined {
  const meaning = meaningOf(statusCode);
  if (meaning === 'accepted') return undefined;
  const text = description.slice(0, LONGEST_TEXT);
  if (meaning === 'refused for good') {
    const message = `the event hub refuses the message: ${text} (status ${statusCode})`;
    return new SendError({ retryable: false, condition: 'bad-request', message });
  }
  const isThrottled = description === TOO_MANY_REQUESTS;
  const condition = isThrottled ? THROTTLED : 'failed';
  const message = `the event hub has not taken the message: ${text} (status ${statusCode})`;
  return new SendError({ retryable: true, condition, message });
}

/** Why a connection is gone or was not made. `refused`: by the service, for credentials, scope or topic. */
export class ConnectionLoss extends SendError {
  readonly kind: 'lost' | 'refused';

  /**
   * @param kind see above
   * @param condition short name of the cause
   * @param message what happened, without any secret
   */
  constructor(kind: ConnectionLoss['kind'], condition: string, message: string, cause?: unknown) {
    super({ retryable: true, condition, message, cause });
    this.kind = kind;
  }
}
