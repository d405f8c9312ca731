import { describe, expect, it } from 'vitest';
import { readVcapServices } from '../../../src/destinations/predix-event-hub/vcap-services.js';
import { vcapServices, wrapped } from '../../simulators/predix-event-hub/vcap.js';

const OPTIONS = {
  zone: 'z1',
  grpcUri: 'event-hub.example.predix.io:443',
  wssUri: 'wss://event-hub-ws.example.predix.io/v1/stream/messages/',
  adminUri: 'admin.example.predix.io',
  issuer: 'https://uaa.example.predix.io/oauth/token',
};
const BINDING = {
  zoneId: 'z1',
  grpc: OPTIONS.grpcUri,
  webSocketUrl: OPTIONS.wssUri,
  authUrl: OPTIONS.issuer,
};

interface Mutable {
  'predix-event-hub': {
    credentials: { publish: { protocol_details: { protocol: string; uri: string }[] } };
  }[];
  'predix-uaa'?: unknown[];
}

function changed(change: (services: Mutable) => void): string {
  const services = structuredClone(vcapServices(OPTIONS)) as Mutable;
  change(services);
  return JSON.stringify(services);
}

describe('a binding', () => {
  it('[seed 337-377] is read in the form of the environment', () => {
    expect(readVcapServices(JSON.stringify(vcapServices(OPTIONS)))).toEqual(BINDING);
  });

  it('[seed 337-377] is read in the form that `cf env` prints', () => {
    expect(readVcapServices(JSON.stringify(wrapped(OPTIONS)))).toEqual(BINDING);
  });

  it('is read by the names of its protocols, in whatever order', () => {
    const text = changed((services) => {
      services['predix-event-hub'][0]?.credentials.publish.protocol_details.reverse();
    });
    expect(readVcapServices(text)).toEqual(BINDING);
  });

  it('[seed 71] gives the URL of the WebSocket also where it is written without a scheme', () => {
    const text = changed((services) => {
      for (const details of services['predix-event-hub'][0]?.credentials.publish.protocol_details ?? []) {
        if (details.protocol === 'wss') details.uri = ':ws.example.predix.io/v1/stream/messages/';
      }
    });
    expect(readVcapServices(text).webSocketUrl).toBe('wss://ws.example.predix.io/v1/stream/messages/');
  });

  it('may lack a UAA', () => {
    const text = changed((services) => {
      delete services['predix-uaa'];
    });
    expect(readVcapServices(text).authUrl).toBeUndefined();
  });

  it.each([
    ['no JSON', '{', 'a text that is not JSON'],
    ['something else', '[]', /is not as it should be|expected object/],
    ['no event hub', '{}', 'JSON without a predix-event-hub'],
    [
      'two event hubs',
      changed((services) => void services['predix-event-hub'].push(...services['predix-event-hub'])),
      /a binding with 2 of predix-event-hub/,
    ],
    ['an event hub without credentials', '{"predix-event-hub":[{}]}', /predix-event-hub\.0\.credentials/],
  ])('that is %s is refused, and nothing of it is shown', (_, text, message) => {
    expect(() => readVcapServices(text)).toThrow(message);
  });
});
