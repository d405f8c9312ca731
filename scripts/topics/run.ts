/** Does what was asked for: one token, one request. */
import { adminScopes } from '../../src/destinations/predix-event-hub/scopes.js';
import { ConnectionLoss } from '../../src/destinations/predix-event-hub/send-failure.js';
import { PREDIX_TIMING } from '../../src/destinations/predix-event-hub/timing.js';
import { Uaa } from '../../src/destinations/predix-event-hub/uaa.js';
import { ReceiveError } from '../../src/receive/failures.js';
import { refusal, withoutSecret } from '../../src/receive/predix/failures.js';
import { AdminUnreachable, callAdmin } from './admin-client.js';
import type { TopicsCommand } from './command-line.js';
import { type Outcome, outcomeOf } from './outcome.js';

const METHODS = { list: 'GET', create: 'PUT', delete: 'DELETE' } as const;

/**
 * See the head of this file.
 * @param signal gives up
 * @throws ReceiveError
 */
export async function runTopics(command: TopicsCommand, signal: AbortSignal): Promise<Outcome> {
  const { connection, adminUrl, action } = command;
  const { zoneId, settings } = connection;
  const scopes = adminScopes(zoneId);
  try {
    const token = await new Uaa({ ...connection, scopes }, settings, PREDIX_TIMING.renewMs).token();
    const topic = action.kind === 'list' ? undefined : action.topic;
    const access = { url: adminUrl, zoneId, token, settings };
    return outcomeOf(command, await callAdmin(access, METHODS[action.kind], topic, signal));
  } catch (thrown) {
    if (thrown instanceof ConnectionLoss && thrown.kind === 'refused') {
      throw refusal(thrown, { connection, topics: [], scopes });
    }
    if (thrown instanceof ConnectionLoss || thrown instanceof AdminUnreachable) {
      throw unreachable(withoutSecret(thrown.message, connection));
    }
    throw thrown;
  }
}

function unreachable(given: string): ReceiveError {
  const accepted = 'a UAA and an admin API that this machine can reach';
  const problem = { key: 'connection', given, accepted };
  return new ReceiveError(
    'RECEIVE_FAILED',
    problem,
    'look at --auth-url, --admin and --tls-pem, or try again',
  );
}
