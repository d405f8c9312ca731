/** Decides on every attach to a hub: address, right, existence, terms. */
import { type NodeAddress, parseAddress, parseResource } from './addresses.js';
import type { Broker } from './broker.js';
import type { Claims, NeededRight } from './claims.js';
import { FilterError, startPosition } from './filter.js';
import type { LocalHub } from './hub.js';
import {
  condition,
  entityDisabled,
  entityNotFound,
  partitionOutOfRange,
  tracked,
  unauthorized,
} from './hub-errors.js';
import { acceptAttach, desires, type HubLink, refuseAttach } from './hub-link.js';
import { LinkPublisher } from './link-publisher.js';
import { type ReadTerms, ReceiverLink } from './receiver-link.js';
import type { AmqpError, WireReceiver, WireSender } from './rhea-wire.js';
import { SenderLink, type SendTarget } from './sender-link.js';

const metricCapability = 'com.microsoft:enable-receiver-runtime-metric';

/** What an attach is judged by. */
export interface AttachScope {
  readonly broker: Broker;
  readonly claims: Claims;
}

/**
 * Admits a link on which the client sends, or refuses it.
 *
 * @returns the served link, or undefined when it was refused.
 */
export function attachSender(link: WireReceiver, scope: AttachScope): HubLink | undefined {
  const text = link.target?.address ?? '';
  const target = sendTarget(text, scope);
  if ('error' in target) return refuse(link, target.error);
  acceptAttach(link, scope.broker.maxMessageBytes);
  if (!LinkPublisher.isAskedFor(link) || target.partition === undefined) {
    return new SenderLink(link, target, scope.broker, undefined);
  }
  const publisher = LinkPublisher.open(link, target.hub.publishers(target.partition));
  if (publisher) return new SenderLink(link, target, scope.broker, publisher);
  const description = tracked('A producer with the same id and a higher epoch is known.');
  return refuse(link, { condition: condition.producerEpochStolen, description });
}

/**
 * Admits a link on which the client reads, or refuses it.
 *
 * @returns the served link, or undefined when it was refused.
 */
export function attachReceiver(link: WireSender, scope: AttachScope): HubLink | undefined {
  const terms = readTerms(link, scope);
  if ('error' in terms) return refuse(link, terms.error);
  const { readers, maxMessageBytes } = scope.broker;
  const place = `${terms.path.toLowerCase()}`;
  const reader = new ReceiverLink(link, terms, (gone) => readers.remove(place, gone));
  const refusal = readers.admit(place, reader);
  if (refusal) {
    reader.release();
    return refuse(link, refusal);
  }
  acceptAttach(link, maxMessageBytes);
  if (terms.metric) link.local.attach.offered_capabilities = metricCapability;
  return reader;
}

type Refused = { readonly error: AmqpError };

function sendTarget(text: string, scope: AttachScope): SendTarget | Refused {
  const address = parseAddress(text);
  if (address?.kind !== 'hub' && address?.kind !== 'partition' && address?.kind !== 'publisher') {
    return { error: entityNotFound(text) };
  }
  const partition = address.kind === 'partition' ? address.partition : undefined;
  const found = openHub(address, text, 'Send', scope);
  if ('error' in found) return found;
  if (partition !== undefined && !found.hub.hasPartition(partition)) {
    return { error: partitionOutOfRange(found.hub.partitionIds.length) };
  }
  return { ...found, partition, publisher: address.kind === 'publisher' ? address.publisher : undefined };
}

function readTerms(link: WireSender, scope: AttachScope): ReadTerms | Refused {
  const text = link.source?.address ?? '';
  const address = parseAddress(text);
  if (address?.kind !== 'reader') return { error: entityNotFound(text) };
  const found = openHub(address, text, 'Listen', scope);
  if ('error' in found) return found;
  const { hub, path } = found;
  if (!hub.hasConsumerGroup(address.group)) {
    return { error: entityNotFound(`local:eventhub:${hub.name}~0|${address.group}`) };
  }
  if (!hub.hasPartition(address.partition)) return { error: partitionOutOfRange(hub.partitionIds.length) };
  const log = hub.partition(address.partition);
  const start = startOf(link, log);
  if (typeof start !== 'number') return start;
  const properties = link.properties ?? {};
  const name = properties['com.microsoft:receiver-name'];
  return {
    hub: hub.name,
    path,
    log,
    start,
    epoch: epochOf(properties['com.microsoft:epoch']),
    name: typeof name === 'string' ? name : 'nil',
    metric: desires(link, metricCapability),
  };
}

function startOf(link: WireSender, log: ReadTerms['log']): number | Refused {
  try {
    return log.resolve(startPosition(link.source?.filter));
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { error: { condition: condition.argumentError, description: tracked(error.message) } };
  }
}

/** Rights come before existence: who may not use the namespace learns nothing about it. */
function openHub(
  address: NodeAddress & { readonly hub: string },
  text: string,
  right: NeededRight,
  { broker, claims }: AttachScope,
): { readonly hub: LocalHub; readonly path: string } | Refused {
  const { path } = parseResource(text);
  const isAllowed = claims.allow(path, right, Date.now()) && !(right === 'Send' && broker.sendWithdrawn);
  if (!isAllowed) return { error: unauthorized(right, broker.resourceUri(path)) };
  const hub = broker.findHub(address.hub);
  if (!hub) return { error: entityNotFound(`local:eventhub:${address.hub}~0`) };
  if (right === 'Send' ? hub.refusesSends : hub.disabled) return { error: entityDisabled(hub.name) };
  return { hub, path };
}

function refuse(link: WireReceiver | WireSender, error: AmqpError): undefined {
  refuseAttach(link, error);
  return undefined;
}

/** The owner level is a long, which rhea gives as its eight bytes when it does not fit a number. */
function epochOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (Buffer.isBuffer(value) && value.length === 8) return Number(value.readBigInt64BE());
  return undefined;
}
