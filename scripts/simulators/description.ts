/** What `npm run simulators` prints: every address and credential that a program or a person needs to use them. */
import type { Simulated } from './simulated.js';

/** As one object, for programs. */
export function describe({ world, predix, serviceEnvironment }: Simulated): object {
  const { cumulocity, access, authority, tenants } = world;
  const { eventHubs } = access;
  const { service, uaa, clientId, clientSecret } = predix;
  const { caFile } = authority;
  return {
    cumulocity: { url: cumulocity.url },
    eventHubs: {
      host: eventHubs.host,
      amqpPort: eventHubs.amqpPort,
      amqpsPort: eventHubs.amqpsPort,
      httpsPort: eventHubs.httpsPort,
      caFile,
      connectionString: eventHubs.connectionString(),
    },
    predix: {
      grpc: service.grpcUri,
      webSocketUrl: service.wssUri,
      adminUrl: service.adminUrl,
      authUrl: uaa.issuer,
      ...{ caFile, clientId, clientSecret },
    },
    /** What the service needs to run against them with `npm start`. */
    service: serviceEnvironment,
    tenants: tenants.map(({ tenant, hubName }) => ({
      id: tenant.id,
      user: tenant.admin.user,
      password: tenant.admin.password,
      hub: hubName,
      connectionString: eventHubs.connectionString({ hub: hubName }),
      zone: hubName,
      vcapServices: predix.vcap(hubName),
    })),
  };
}

/** As a page, for people. */
export function page(simulated: Simulated): string {
  const { world, serviceEnvironment } = simulated;
  const { caFile } = world.authority;
  const environment = { ...serviceEnvironment, SERVER_PORT: '0' };
  const assignments = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
  return [
    `local Cumulocity     ${world.cumulocity.url}`,
    `trust for TLS ports  NODE_EXTRA_CA_CERTS='${caFile}'`,
    `                     SSL_CERT_FILE='${caFile}'   (Python, Go)`,
    `                     TLS_PEM_FILE='${caFile}'   (Predix SDKs, the service)`,
    ...predixLines(simulated),
    ...world.tenants.flatMap((tenant) => tenantLines(simulated, tenant)),
    '\nto run the service against them:\n',
    `  ${assignments.join(' \\\n  ')} \\\n  npm start\n`,
    'Ctrl-C ends them.',
  ].join('\n');
}

function predixLines({ predix }: Simulated): readonly string[] {
  const { service, uaa, clientId, clientSecret } = predix;
  return [
    '\nPredix Event Hub',
    `  gRPC               ${service.grpcUri}`,
    `  WebSocket          ${service.wssUri}`,
    `  topics             ${service.adminUrl}`,
    `  tokens             ${uaa.issuer}`,
    `  client, secret     ${clientId} ${clientSecret}`,
  ];
}

function tenantLines(
  { world, predix }: Simulated,
  { tenant, hubName }: Simulated['world']['tenants'][number],
): readonly string[] {
  const { eventHubs } = world.access;
  const { user, password } = tenant.admin;
  return [
    `\ntenant ${tenant.id}, administrator ${tenant.id}/${user} ${password}`,
    '  AMQP, no TLS (JavaScript; Python from 5.12; Go; Java)',
    `    ${eventHubs.connectionString({ hub: hubName })}`,
    '  AMQP over TLS (any SDK)',
    `    ${eventHubs.connectionString({ hub: hubName, tls: true })}`,
    '  AMQP over WebSocket (any SDK), REST',
    `    ${eventHubs.connectionString({ hub: hubName, webSocket: true })}`,
    `  Predix zone ${hubName}, VCAP_SERVICES`,
    `    ${predix.vcap(hubName)}`,
  ];
}
