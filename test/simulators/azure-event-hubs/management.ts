/** The `$management` node: properties of hubs and partitions, with the exact AMQP types the SDKs cast to. */
import type { Broker } from './broker.js';
import type { Claims } from './claims.js';
import type { LocalHub } from './hub.js';
import { condition, entityNotFound, partitionOutOfRange, tracked, unauthorized } from './hub-errors.js';
import type { NodeRequest, NodeResponse } from './reply-link.js';
import { type AmqpError, types } from './rhea-wire.js';
import { checkToken } from './tokens.js';

const hubType = 'com.microsoft:eventhub';
const partitionType = 'com.microsoft:partition';

/** Constructor of short strings, for the array of partition ids (AMQP 1.0 section 1.6.20). */
const stringConstructor = 0xa1;

/**
 * Answers one READ request.
 */
export function readProperties(request: NodeRequest, claims: Claims, broker: Broker): NodeResponse {
  const properties = request.message.application_properties ?? {};
  const name = properties['name'];
  if (properties['operation'] !== 'READ')
    return refused(501, problem(condition.notImplemented, 'Expected READ.'));
  if (typeof name !== 'string') return refused(400, problem(condition.argumentError, 'Expected a name.'));
  const hub = broker.findHub(name);
  if (!hub) return refused(404, entityNotFound(name));
  if (!mayRead(hub.name, properties['security_token'], claims, broker)) {
    return refused(401, unauthorized('Listen', broker.resourceUri(hub.name)));
  }
  switch (properties['type']) {
    case hubType:
      return { status: 200, description: 'OK', body: hubProperties(hub) };
    case partitionType:
      return readPartition(hub, properties['partition']);
    default:
      return refused(400, problem(condition.argumentError, `Unknown type '${String(properties['type'])}'.`));
  }
}

/** The Java SDK puts no claim for this node: it hands its token over with the request. */
function mayRead(hub: string, token: unknown, claims: Claims, broker: Broker): boolean {
  if (claims.allow(`${hub}/$management`, 'any', Date.now())) return true;
  return typeof token === 'string' && 'grant' in checkToken(token, hub, broker, Date.now());
}

function readPartition(hub: LocalHub, id: unknown): NodeResponse {
  if (typeof id !== 'string' || !hub.hasPartition(id)) {
    return refused(400, partitionOutOfRange(hub.partitionIds.length));
  }
  return { status: 200, description: 'OK', body: partitionProperties(hub, id) };
}

function hubProperties(hub: LocalHub): object {
  return {
    name: hub.name,
    type: hubType,
    created_at: hub.createdAt,
    partition_count: types.wrap_int(hub.partitionIds.length),
    partition_ids: types.wrap_array(hub.partitionIds, stringConstructor, undefined),
    georeplication_factor: types.wrap_int(1),
  };
}

function partitionProperties(hub: LocalHub, id: string): object {
  const log = hub.partition(id);
  return {
    name: hub.name,
    type: partitionType,
    partition: id,
    begin_sequence_number: types.wrap_long(log.last ? log.firstSequenceNumber : -1),
    last_enqueued_sequence_number: types.wrap_long(log.lastSequenceNumber),
    last_enqueued_offset: log.last?.offset ?? '-1',
    last_enqueued_time_utc: new Date(log.last?.enqueuedTimeMs ?? 0),
    is_partition_empty: log.length === 0,
  };
}

function problem(errorCondition: string, text: string): AmqpError {
  return { condition: errorCondition, description: tracked(text) };
}

function refused(status: number, error: AmqpError): NodeResponse {
  return { status, description: error.description, error };
}
