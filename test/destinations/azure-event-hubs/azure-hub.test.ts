import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AzureHub } from '../../../src/destinations/azure-event-hubs/azure-hub.js';
import {
  type AzureSettings,
  NO_AZURE_SETTINGS,
} from '../../../src/destinations/azure-event-hubs/azure-settings.js';
import type { AzureHubAddress, Transport } from '../../../src/destinations/azure-event-hubs/hub-address.js';
import { HubPool } from '../../../src/destinations/hub-pool.js';
import { SendError } from '../../../src/errors.js';
import {
  LocalEventHubs,
  type LocalEventHubsOptions,
} from '../../simulators/azure-event-hubs/local-event-hubs.js';
import { selfSignedCertificate } from '../../simulators/azure-event-hubs/self-signed-certificate.js';
import { LocalEntra } from '../../simulators/entra/local-entra.js';
import { startConnectProxy } from '../../support/connect-proxy.js';
import { hubAddress } from '../../support/hub-address.js';
import { EVENT, NEVER } from '../../support/sample-event.js';

async function startHubs(options: Partial<LocalEventHubsOptions> = {}): Promise<LocalEventHubs> {
  const hubs = await LocalEventHubs.start({ hubs: [{ name: 'h1', partitionCount: 4 }], ...options });
  onTestFinished(() => hubs.stop());
  return hubs;
}

function connect(address: AzureHubAddress, settings: AzureSettings = NO_AZURE_SETTINGS): AzureHub {
  const hub = new AzureHub(address, settings);
  onTestFinished(() => hub.close());
  return hub;
}

/** Opens and sends one event, as a lane would: a failed call is made again. */
async function sendOne(hub: AzureHub): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const ids = await hub.open(NEVER);
      const batch = await hub.createBatch(hub.partitionFor('7', ids), NEVER);
      batch.tryAdd(EVENT);
      await hub.send(batch, NEVER);
      return;
    } catch (thrown) {
      if (attempt === 5 || !(thrown instanceof SendError)) throw thrown;
    }
  }
}

/** Trusts the certificates that the local servers make for themselves. */
function trustLocalCertificates(): void {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
}

const withWrongKey = (text: string): string =>
  text.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');

describe('credentials', () => {
  it('uses the secondary when the hub refuses the primary, and goes back when it refuses that', async () => {
    const hubs = await startHubs();
    const good = hubs.connectionString();
    const hub = connect(hubAddress([withWrongKey(good), good], 'h1'));
    await sendOne(hub);
    expect(hub.way).toEqual({ transport: 'amqp', credential: 'secondary' });

    const other = connect(hubAddress([good, withWrongKey(good)], 'h1'));
    await sendOne(other);
    expect(other.way.credential).toBe('primary');
    expect(hubs.hub('h1').eventCount).toBe(2);
  });

  it('calls a batch stale that was made before the credential was changed', async () => {
    const hubs = await startHubs();
    const good = hubs.connectionString();
    const hub = connect(hubAddress([good, good], 'h1'));
    await hub.open(NEVER);
    const batch = await hub.createBatch('0', NEVER);
    batch.tryAdd(EVENT);
    expect(batch.isStale).toBe(false);
    hubs.faults.rejectNext(1, 'amqp:unauthorized-access');
    await expect(hub.send(batch, NEVER)).rejects.toMatchObject({ condition: 'UnauthorizedError' });

    expect(batch.isStale).toBe(true);
    expect(hub.way.credential).toBe('secondary');
  });

  it('stays with its only credential and fails with the reason', async () => {
    const hubs = await startHubs();
    const hub = connect(hubAddress(withWrongKey(hubs.connectionString()), 'h1'));

    await expect(hub.open(NEVER)).rejects.toMatchObject({ retryable: true, condition: 'UnauthorizedError' });
    expect(hub.way.credential).toBe('primary');
  });

  it('needs the right to send, not only the right to look', async () => {
    const rules = [{ name: 'listen', key: 'a2V5', rights: ['Listen' as const] }];
    const hubs = await startHubs({ rules });
    const hub = connect(hubAddress(hubs.connectionString({ rule: 'listen' }), 'h1'));

    await expect(hub.open(NEVER)).rejects.toMatchObject({ condition: 'UnauthorizedError' });
  });
});

describe('transports', () => {
  it.each<[Transport, 'tls' | 'webSocket']>([
    ['amqp', 'tls'],
    ['websocket', 'webSocket'],
    ['https', 'webSocket'],
  ])('%s brings an event into the partition of its key, with a key', async (transport, port) => {
    trustLocalCertificates();
    const hubs = await startHubs({ tls: selfSignedCertificate() });
    const change = { transport, isEmulator: false, partitionCount: 4 };
    const hub = connect(hubAddress(hubs.connectionString({ [port]: true }), 'h1', change));
    await sendOne(hub);

    expect(hub.way.transport).toBe(transport);
    const [stored] = hubs.hub('h1').partition('3').events();
    expect(stored?.body).toEqual(EVENT.body);
    expect(stored?.properties).toMatchObject(EVENT.properties);
  });

  it.each<[Transport]>([['amqp'], ['websocket'], ['https']])(
    '%s does so with Entra ID',
    async (transport) => {
      trustLocalCertificates();
      const tls = selfSignedCertificate();
      const hubs = await startHubs({ tls, acceptJwt: true });
      const entra = await LocalEntra.start({ tls, applications: { app: 'its secret' } });
      onTestFinished(() => entra.stop());
      const credential = {
        kind: 'entra',
        tenantId: 'contoso',
        clientId: 'app',
        clientSecret: 'its secret',
      } as const;
      const port = transport === 'amqp' ? hubs.amqpsPort : hubs.httpsPort;
      const address = hubAddress(hubs.connectionString(), 'h1', {
        transport,
        port,
        isEmulator: false,
        credentials: [credential],
        partitionCount: 4,
      });
      const settings = { proxyUrl: undefined, entraAuthorityHost: entra.url };
      await sendOne(connect(address, settings));

      expect(hubs.hub('h1').eventCount).toBe(1);
      const refused = connect(
        { ...address, credentials: [{ ...credential, clientSecret: 'wrong' }] },
        settings,
      );
      const failure: unknown = await sendOne(refused).catch((thrown: unknown) => thrown);
      expect(failure).toBeInstanceOf(SendError);
      expect(String(failure)).not.toContain('its secret');
    },
  );

  it.each<[Transport]>([['websocket'], ['https']])(
    '%s goes through the proxy that is set',
    async (transport) => {
      trustLocalCertificates();
      const hubs = await startHubs({ tls: selfSignedCertificate() });
      const proxy = await startConnectProxy();
      const address = hubAddress(hubs.connectionString({ webSocket: true }), 'h1', {
        transport,
        isEmulator: false,
      });
      await sendOne(connect(address, { proxyUrl: proxy.url, entraAuthorityHost: undefined }));

      expect(hubs.hub('h1').eventCount).toBe(1);
      expect(new Set(proxy.tunnels)).toEqual(new Set([`localhost:${hubs.httpsPort}`]));
    },
  );

  it('connects anew when nothing answers on the connection any more', async () => {
    const hubs = await startHubs();
    const hub = connect(hubAddress(hubs.connectionString(), 'h1'));
    await sendOne(hub);
    hubs.faults.silenceConnections();
    // The first attempt ends with its time limit, the second one finds another connection.
    await sendOne(hub);

    expect(hubs.hub('h1').eventCount).toBe(2);
  });

  it('auto takes AMQP where that leads to the hub', async () => {
    const hubs = await startHubs();
    const hub = connect(hubAddress(hubs.connectionString(), 'h1', { transport: 'auto' }));
    await sendOne(hub);

    expect(hub.way.transport).toBe('amqp');
  });

  it('auto takes WebSocket where AMQP is refused', async () => {
    trustLocalCertificates();
    const hubs = await startHubs({ tls: selfSignedCertificate() });
    // The port of WebSocket answers AMQP with nothing that AMQP understands: as good as a firewall.
    const change = { transport: 'auto', isEmulator: false } as const;
    const hub = connect(hubAddress(hubs.connectionString({ webSocket: true }), 'h1', change));
    await sendOne(hub);

    expect(hub.way.transport).toBe('websocket');
    expect(hubs.hub('h1').eventCount).toBe(1);
  });
});

describe('the pool', () => {
  it('shares one connection between equal addresses, and closes it with the last user', async () => {
    const hubs = await startHubs();
    const pool = new HubPool({ ...NO_AZURE_SETTINGS, predixTls: undefined });
    const address = hubAddress(hubs.connectionString(), 'h1');
    const [first, second] = [pool.acquire(address), pool.acquire({ ...address })];
    const other = pool.acquire({ ...address, hubName: 'h2' });
    await Promise.all([first.open(NEVER), second.open(NEVER)]);
    expect([pool.size, hubs.connections()]).toEqual([2, 1]);

    await first.close();
    await first.close();
    expect(await second.open(NEVER)).toHaveLength(4);
    await second.close();
    await other.close();
    await vi.waitUntil(() => hubs.connections() === 0);
    expect(pool.size).toBe(0);
  });
});
