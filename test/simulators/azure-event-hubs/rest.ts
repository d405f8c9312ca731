/** The HTTPS send API (Event Hubs REST, api-version 2014-01): single events and batches. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseAddress } from './addresses.js';
import type { Broker } from './broker.js';
import type { LocalHub } from './hub.js';
import { condition } from './hub-errors.js';
import { PartitionLog } from './partition-log.js';
import { authorize, type Refusal, respond } from './rest-answers.js';
import { answerDescription } from './rest-description.js';
import { batchContentType, batchEvents, RestBodyError, type RestEvents, singleEvent } from './rest-events.js';
import type { AmqpError } from './rhea-wire.js';

/** Where a request is to. */
interface RestTarget {
  readonly hub: LocalHub;
  readonly partition: string | undefined;
  readonly publisher: string | undefined;
}

/**
 * Answers one request. Send faults and the ingress limit strike it as they strike sends over AMQP.
 */
export function answerRest(request: IncomingMessage, response: ServerResponse, broker: Broker): void {
  if (request.method === 'GET') {
    request.resume();
    answerDescription(request, response, broker);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const fault = broker.faults.take();
    const outcome =
      fault?.kind === 'reject'
        ? refusalFor(fault.error)
        : fault?.kind === 'release'
          ? { status: 500, detail: 'The send was released.' }
          : send(request, Buffer.concat(chunks), broker);
    if (fault?.kind === 'cut') request.socket.destroy();
    else if (outcome instanceof PartitionLog) {
      outcome.whenWritten(() => broker.faults.answer(() => respond(response, undefined)));
    } else broker.faults.answer(() => respond(response, outcome));
  });
}

/** Stores what was sent and gives the log it is in, or says why not. */
function send(request: IncomingMessage, body: Buffer, broker: Broker): PartitionLog | Refusal {
  const [path = ''] = (request.url ?? '').split('?');
  const target = targetOf(path, broker);
  if (request.method !== 'POST' || !target) return { status: 404, detail: `'${path}' could not be found.` };
  const unauthorized = authorize(request, target.hub, 'Send', broker);
  if (unauthorized) return unauthorized;
  if (broker.sendWithdrawn) return { status: 401, detail: 'Unauthorized access.' };
  if (target.hub.refusesSends)
    return refusalFor({ condition: condition.entityDisabled, description: 'Disabled.' });
  if (target.partition !== undefined && !target.hub.hasPartition(target.partition)) {
    return { status: 404, detail: `Partition '${target.partition}' could not be found.` };
  }
  if (body.length > broker.maxMessageBytes) return { status: 413, detail: 'The request is too large.' };
  return store(request, body, target, broker);
}

function store(
  request: IncomingMessage,
  body: Buffer,
  target: RestTarget,
  broker: Broker,
): PartitionLog | Refusal {
  let events: RestEvents;
  try {
    const isBatch = request.headers['content-type']?.startsWith(batchContentType);
    events = isBatch ? batchEvents(body) : singleEvent(body, request.headers);
  } catch (error) {
    if (!(error instanceof RestBodyError)) throw error;
    return { status: 400, detail: error.message };
  }
  if (!broker.faults.admit(events.encoded.length))
    return { status: 503, detail: 'Error code : 50002. Throttled.' };
  const { hub, partition, publisher } = target;
  const refusal = broker.faults.refusalOf(hub.name, events.encoded);
  if (refusal) return refusalFor(refusal);
  const key = events.partitionKey ?? publisher;
  const log = partition === undefined ? hub.route(key) : hub.partition(partition);
  log.append(events.encoded, key);
  return log;
}

/** `/hub/messages`, `/hub/partitions/0/messages` and `/hub/publishers/name/messages`. */
function targetOf(path: string, broker: Broker): RestTarget | undefined {
  const match = /^\/(.+)\/messages\/?$/i.exec(path);
  if (!match?.[1]) return undefined;
  const address = parseAddress(match[1].replace(/\/publisher\//i, '/publishers/'));
  if (address?.kind !== 'hub' && address?.kind !== 'partition' && address?.kind !== 'publisher')
    return undefined;
  const hub = broker.findHub(address.hub);
  if (!hub) return undefined;
  return {
    hub,
    partition: address.kind === 'partition' ? address.partition : undefined,
    publisher: address.kind === 'publisher' ? address.publisher : undefined,
  };
}

function refusalFor(error: AmqpError): Refusal {
  const statuses: Record<string, number> = {
    [condition.serverBusy]: 503,
    [condition.unauthorized]: 401,
    [condition.notFound]: 404,
    [condition.messageTooLarge]: 413,
    [condition.argumentError]: 400,
    [condition.resourceLimit]: 403,
    [condition.entityDisabled]: 403,
  };
  return { status: statuses[error.condition] ?? 500, detail: error.description };
}
