/** What the answers of the admin API mean (Predix contract, section 13). */
import { z } from 'zod';
import { DEFAULT_TOPIC } from '../../src/destinations/predix-event-hub/hub-address.js';
import { ReceiveError } from '../../src/receive/failures.js';
import { withoutSecret } from '../../src/receive/predix/failures.js';
import type { AdminReply } from './admin-client.js';
import type { TopicsCommand } from './command-line.js';

/** What came of it, as a text for a person and as fields for a program. */
export interface Outcome {
  readonly text: string;
  readonly json: object;
}

const TopicList = z.object({ topics: z.array(z.string()), topicLimit: z.number().optional() });

const LONGEST_DETAIL = 300;

/**
 * Says what an answer means.
 * @throws ReceiveError when it is a refusal
 */
export function outcomeOf(command: TopicsCommand, reply: AdminReply): Outcome {
  const { action } = command;
  if (action.kind === 'list' && reply.status === 200) return listed(command, reply);
  if (action.kind === 'create' && reply.status === 201) return created(command, action.topic);
  if (action.kind === 'create' && reply.status === 200) {
    return {
      text: `topic ${action.topic} is there already`,
      json: { topic: action.topic, outcome: 'exists' },
    };
  }
  if (action.kind === 'delete' && reply.status === 200) return deleted(action.topic);
  throw refusalOf(command, reply);
}

function listed(command: TopicsCommand, reply: AdminReply): Outcome {
  const list = topicList(reply.text);
  if (list === undefined) {
    throw failure(
      command,
      '--admin',
      'the answer is no list of topics',
      'the address of the admin API',
      'look at --admin',
    );
  }
  const { topics, topicLimit } = list;
  const limit = topicLimit === undefined ? '' : `\ntopicLimit ${topicLimit}`;
  return { text: `${topics.join('\n')}${limit}`, json: { topics, topicLimit } };
}

function topicList(text: string): z.infer<typeof TopicList> | undefined {
  try {
    return TopicList.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function created({ connection }: TopicsCommand, topic: string): Outcome {
  const base = `predix-event-hub.zones.${connection.zoneId}.${topic}`;
  const scopes = ['wss.publish', 'grpc.publish', 'grpc.subscribe'].map((name) => `${base}.${name}`);
  const text = [`topic ${topic} is created. Give those who use it these scopes:`, ...scopes].join('\n  ');
  return { text, json: { topic, outcome: 'created', scopes } };
}

/** The API answers 200 even if a deletion fails (seed, "Deleting Topics"). */
function deleted(topic: string): Outcome {
  const text =
    topic === DEFAULT_TOPIC
      ? `topic ${topic} is the default one, which cannot be deleted; it is still there`
      : `topic ${topic} is deleted, or was not there; npm run topics -- list shows what is left`;
  return { text, json: { topic, outcome: topic === DEFAULT_TOPIC ? 'kept' : 'deleted' } };
}

function refusalOf(command: TopicsCommand, { status, text }: AdminReply): ReceiveError {
  const { action, connection } = command;
  const detail = `the admin API answered ${status}${detailOf(text)}`;
  const { zoneId, clientId } = connection;
  switch (status) {
    case 400:
      return failure(
        command,
        action.kind === 'create' ? `topic ${action.topic}` : 'topics',
        detail,
        'as many topics as topicLimit of the list says; names of 1 to 100 letters, digits, "-", "_" and "."',
        'see npm run topics -- list; at the limit, delete one that is not used before another is created',
      );
    case 401:
      return failure(
        command,
        'token or scopes',
        `client "${clientId}": ${detail}`,
        `a token that the Event Hub trusts, with predix-event-hub.zones.${zoneId}.user and .admin`,
        'have whoever administers the UAA give the client these authorities; look at --zone',
      );
    case 404:
      return failure(
        command,
        '--zone',
        `${zoneId}: ${detail}`,
        'the zone id of an Event Hub',
        'look at --zone and --admin',
      );
    default:
      return failure(
        command,
        '--admin',
        detail,
        '200, 201, 400, 401 or 404',
        'try again, or look at --admin',
      );
  }
}

/** Its own words, where it has any. */
function detailOf(text: string): string {
  try {
    const fields = z
      .object({ error_description: z.string().optional(), message: z.string().optional() })
      .safeParse(JSON.parse(text)).data;
    const words = fields?.error_description ?? fields?.message;
    return words === undefined ? '' : `: ${words.slice(0, LONGEST_DETAIL)}`;
  } catch {
    return '';
  }
}

function failure(
  { connection }: TopicsCommand,
  key: string,
  given: string,
  accepted: string,
  next: string,
): ReceiveError {
  const problem = { key, given: withoutSecret(given, connection), accepted };
  return new ReceiveError('RECEIVE_FAILED', problem, next);
}
