/** The description of a hub over HTTPS (Event Hubs REST, "Get Event Hub"): an Atom entry, for those who may manage. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Broker } from './broker.js';
import type { LocalHub } from './hub.js';
import { authorize, escapeXml, respond } from './rest-answers.js';

const NAMESPACE = 'http://schemas.microsoft.com/netservices/2010/10/servicebus/connect';

/** Azure's own names of the status (Event Hubs REST, EntityStatus). */
function statusOf({ disabled, sendDisabled }: LocalHub): string {
  if (disabled) return 'Disabled';
  return sendDisabled ? 'SendDisabled' : 'Active';
}

function describe(hub: LocalHub): string {
  const ids = hub.partitionIds.map((id) => `<d2p1:string>${id}</d2p1:string>`).join('');
  return (
    `<entry xmlns="http://www.w3.org/2005/Atom"><title type="text">${escapeXml(hub.name)}</title>` +
    `<content type="application/xml"><EventHubDescription xmlns="${NAMESPACE}">` +
    `<Status>${statusOf(hub)}</Status><CreatedAt>${hub.createdAt.toISOString()}</CreatedAt>` +
    `<PartitionCount>${hub.partitionIds.length}</PartitionCount>` +
    `<PartitionIds xmlns:d2p1="http://schemas.microsoft.com/2003/10/Serialization/Arrays">${ids}</PartitionIds>` +
    '</EventHubDescription></content></entry>'
  );
}

/** Answers one GET request for a hub. */
export function answerDescription(request: IncomingMessage, response: ServerResponse, broker: Broker): void {
  const [path = ''] = (request.url ?? '').split('?');
  const hub = broker.findHub(decodeURIComponent(path.replace(/^\/|\/$/g, '')));
  const refusal =
    hub === undefined
      ? { status: 404, detail: `'${path}' could not be found.` }
      : authorize(request, hub, 'Manage', broker);
  if (refusal !== undefined || hub === undefined) {
    respond(response, refusal);
    return;
  }
  const body = describe(hub);
  response
    .writeHead(200, {
      'Content-Type': 'application/atom+xml;type=entry;charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      Server: 'Microsoft-HTTPAPI/2.0',
    })
    .end(body);
}
