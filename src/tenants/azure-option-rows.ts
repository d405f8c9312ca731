/** The options of a route to an Azure event hub that say which hub, and how to get in. */
import { CONNECTION_STRING_FORM } from '../destinations/azure-event-hubs/connection-string.js';
import { TRANSPORTS, type Transport } from '../destinations/azure-event-hubs/hub-address.js';
import { identifierOf, oneOf, row } from './option-row.js';

/** Limits of Azure: an event hub's name (Event Hubs quotas). */
const HUB_NAME = /^[A-Za-z0-9](?:[\w./-]{0,254}[A-Za-z0-9])?$/;
/** Reads the name of an event hub. */
export function hubNameOf(text: string): string | undefined {
  return HUB_NAME.test(text.trim()) ? text.trim() : undefined;
}

function partitionCountOf(text: string): number | undefined {
  return /^[1-9]\d{0,3}$/.test(text.trim()) ? Number(text) : undefined;
}

/** The options of Entra ID: all of them, or none. */
export const ENTRA_OPTIONS = {
  namespace: row({
    fallback: undefined,
    accepted: 'the host of the namespace, e.g. my-namespace.servicebus.windows.net',
    meaning: 'With Entra ID: the namespace.',
    read: (text) => (/^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i.test(text.trim()) ? text.trim() : undefined),
  }),
  entraTenantId: row({
    fallback: undefined,
    accepted: 'the id or domain of the directory',
    meaning: 'With Entra ID: the directory of the application.',
    read: identifierOf,
  }),
  entraClientId: row({
    fallback: undefined,
    accepted: 'the client id of the application',
    meaning: 'With Entra ID: an application with the role "Azure Event Hubs Data Sender".',
    read: identifierOf,
  }),
  'credentials.entraClientSecret': row({
    fallback: undefined,
    accepted: 'the client secret of the application',
    meaning: 'With Entra ID: its secret.',
    isSecret: true,
    read: (text) => text,
  }),
} as const;

/** All of them. */
export const AZURE_OPTIONS = {
  'credentials.connectionString': row({
    fallback: undefined,
    accepted: CONNECTION_STRING_FORM,
    meaning:
      'Where the events go and the key to it: the connection string of the namespace or of the event hub.',
    isSecret: true,
    read: (text) => text.trim(),
  }),
  'credentials.secondaryConnectionString': row({
    fallback: undefined,
    accepted: 'a connection string of the same hub with another key',
    meaning: 'Used when the hub refuses the first, and the other way round.',
    isSecret: true,
    read: (text) => text.trim(),
  }),
  ...ENTRA_OPTIONS,
  hubName: row({
    fallback: undefined,
    accepted: 'the name of an event hub; may be left out when the connection string has an EntityPath',
    meaning: 'The event hub within the namespace.',
    read: hubNameOf,
  }),
  transport: row<Transport>({
    fallback: 'auto',
    accepted: TRANSPORTS.join(', '),
    meaning:
      'How the event hub is reached. `amqp` needs port 5671 outbound, `websocket` (AMQP within it) and `https` (REST) ' +
      'port 443. `auto`: AMQP, and WebSocket where AMQP cannot be reached.',
    read: oneOf(...TRANSPORTS),
  }),
  partitionCount: row({
    fallback: undefined,
    accepted: 'a number from 1 to 9999',
    meaning:
      'How many partitions the hub has. Only for `https`, where a credential that may only send cannot ask for it.',
    read: partitionCountOf,
  }),
} as const;
