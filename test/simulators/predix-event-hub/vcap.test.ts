import { expect, test } from 'vitest';
import { vcapServices, wrapped } from './vcap.js';

const zone = '88ec4bd5-e149-4c98-8e8e-952e86ba5fae';
const base = `predix-event-hub.zones.${zone}.`;
const options = {
  zone,
  grpcUri: 'localhost:4443',
  wssUri: 'wss://localhost:4444/v1/stream/messages/',
  adminUri: 'https://predix-event-hub-admin.run.example.predix.io',
  issuer: 'https://localhost:8443/oauth/token',
  instanceName: 'event-hub-admin-demo',
};

const zoneHeader = { 'zone-http-header-name': 'Predix-Zone-Id', 'zone-http-header-value': zone };
const description = {
  label: 'predix-event-hub',
  name: 'event-hub-admin-demo',
  plan: 'Tiered',
  provider: null,
  syslog_drain_url: null,
  tags: ['eventhub', 'event-hub', 'event hub'],
  volume_mounts: [],
};

function admin(uri: string): object {
  const scopes = [`${base}user`, `${base}admin`];
  return { protocol_details: [{ protocol: 'https', uri, 'zone-token-scope': scopes }], ...zoneHeader };
}

test('the layout of the SDKs has admin, publish and subscribe beside the description [seed 71-99]', () => {
  expect(vcapServices(options)).toMatchObject({
    'predix-event-hub': [
      {
        credentials: {
          admin: admin(options.adminUri),
          publish: {
            protocol_details: [
              {
                protocol: 'grpc',
                uri: options.grpcUri,
                'zone-token-scope': [`${base}user`, `${base}grpc.publish`],
              },
              {
                protocol: 'wss',
                uri: options.wssUri,
                'zone-token-scope': [`${base}user`, `${base}wss.publish`],
              },
            ],
            ...zoneHeader,
          },
          subscribe: {
            protocol_details: [
              {
                protocol: 'grpc',
                uri: options.grpcUri,
                'zone-token-scope': [`${base}user`, `${base}grpc.subscribe`],
              },
            ],
            ...zoneHeader,
          },
        },
        ...description,
      },
    ],
    'predix-uaa': [
      { name: 'local-uaa', credentials: { issuerId: options.issuer, uri: 'https://localhost:8443' } },
    ],
  });
});

test('the printed layout is wrapped, nests the description and has a colon before the admin host [seed 337-377]', () => {
  const printed = wrapped(options) as {
    VCAP_SERVICES: { 'predix-event-hub': readonly { readonly credentials: Record<string, unknown> }[] };
  };
  expect(Object.keys(printed)).toEqual(['VCAP_SERVICES']);
  const [hub] = printed.VCAP_SERVICES['predix-event-hub'];
  expect(Object.keys(hub ?? {})).toEqual(['credentials']);
  expect(Object.keys(hub?.credentials ?? {})).toEqual([
    ...['admin', 'publish', 'subscribe'],
    ...['label', 'name', 'plan', 'provider', 'syslog_drain_url', 'tags', 'volume_mounts'],
  ]);
  expect(hub?.credentials).toMatchObject({
    ...description,
    admin: admin(':predix-event-hub-admin.run.example.predix.io'),
  });
});

test('instances are named as wished, and scopes begin with the prefix', () => {
  const text = JSON.stringify(
    vcapServices({ ...options, uaaName: 'my-uaa', scopePrefix: 'event-hub-power.zones.' }),
  );
  expect(text).toContain('"name":"my-uaa"');
  expect(text).toContain(`"event-hub-power.zones.${zone}.user"`);
  expect(text).not.toContain(base);
});
