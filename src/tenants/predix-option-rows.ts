/** The options of a route to a Predix Event Hub that say which hub, and how to get in. */
import { authUrlOf, hostOf, isTopicName } from '../destinations/predix-event-hub/forms.js';
import { PREDIX_PROTOCOLS, type PredixProtocol } from '../destinations/predix-event-hub/hub-address.js';
import { identifierOf, oneOf, row } from './option-row.js';

/** All of them. */
export const PREDIX_OPTIONS = {
  'predix.host': row({
    fallback: undefined,
    accepted: 'a host, with or without a port, e.g. event-hub.example.predix.io:443',
    meaning: 'With Predix: where the Event Hub is, for the protocol that is used.',
    read: hostOf,
  }),
  'predix.zoneId': row({
    fallback: undefined,
    accepted: 'the id of the zone, as `zone-http-header-value` of the binding has it',
    meaning: 'With Predix: the zone.',
    read: identifierOf,
  }),
  'predix.authUrl': row({
    fallback: undefined,
    accepted: 'an https:// URL that ends in /oauth/token',
    meaning: 'With Predix: where the UAA issues tokens.',
    read: authUrlOf,
  }),
  'predix.clientId': row({
    fallback: undefined,
    accepted: 'the id of a client of the UAA',
    meaning: 'With Predix: a client with the scopes for publishing.',
    read: (text) => text.trim() || undefined,
  }),
  'credentials.predix.clientSecret': row({
    fallback: undefined,
    accepted: 'the secret of the client',
    meaning: 'With Predix: its secret.',
    isSecret: true,
    read: (text) => text,
  }),
  'credentials.predix.vcapServices': row({
    fallback: undefined,
    accepted: 'the JSON of VCAP_SERVICES, with one `predix-event-hub` and one `predix-uaa`',
    meaning:
      'With Predix: the binding of an application, in the place of `predix.host`, `predix.zoneId` and `predix.authUrl`.',
    isSecret: true,
    read: (text) => text,
  }),
  'predix.protocol': row<PredixProtocol>({
    fallback: 'grpc',
    accepted: PREDIX_PROTOCOLS.join(', '),
    meaning:
      'With Predix: how events are published. `websocket` has no place for a key: the service spreads the events of a ' +
      'device over its partitions.',
    read: oneOf(...PREDIX_PROTOCOLS),
  }),
  'predix.topic': row({
    fallback: 'topic',
    accepted: 'the name of a topic: 1 to 100 of letters, digits, `-`, `_` and `.`',
    meaning: 'With Predix: the topic; `topic` is the one that every zone has.',
    read: (text) => (isTopicName(text.trim()) ? text.trim() : undefined),
  }),
} as const;
