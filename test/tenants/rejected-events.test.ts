import { describe, expect, test } from 'vitest';
import { NO_AZURE_SETTINGS } from '../../src/destinations/azure-event-hubs/azure-settings.js';
import type { AzureHubAddress } from '../../src/destinations/azure-event-hubs/hub-address.js';
import { HubPool, type SharedHub } from '../../src/destinations/hub-pool.js';
import { deadLetterHub, deadLettersOf } from '../../src/tenants/rejected-events.js';
import type { RouteOptions } from '../../src/tenants/tenant-options.js';
import { FORWARDING_TIMING } from '../../src/tenants/timing.js';
import { hubAddress } from '../support/hub-address.js';

const STRING = 'Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=a2V5';

/** Notes what is asked for, and connects to nothing. */
class NotingPool extends HubPool {
  readonly asked: AzureHubAddress[] = [];

  override acquire(address: AzureHubAddress): SharedHub {
    this.asked.push(address);
    return super.acquire(address);
  }
}

function optionsOf(hub: AzureHubAddress, deadLetterHubName: string | undefined): RouteOptions {
  return { hub, deadLetterHubName } as RouteOptions;
}

describe('the dead-letter hub of a route', () => {
  test('is reached like the hub itself, and only when it is called for', async () => {
    const pool = new NotingPool({ ...NO_AZURE_SETTINGS, predixTls: undefined });
    const hub = hubAddress(STRING, 'main', { transport: 'websocket' });
    const connect = deadLetterHub(optionsOf(hub, 'dead'), pool);
    expect(pool.asked).toEqual([]);
    await connect?.().close();
    expect(pool.asked).toEqual([{ ...hub, hubName: 'dead' }]);
  });

  test('is thought to have one partition where the credential may not ask', async () => {
    const pool = new NotingPool({ ...NO_AZURE_SETTINGS, predixTls: undefined });
    const hub = hubAddress(STRING, 'main', { transport: 'https', partitionCount: 8 });
    await deadLetterHub(optionsOf(hub, 'dead'), pool)?.().close();
    expect(pool.asked).toEqual([{ ...hub, hubName: 'dead', partitionCount: 1 }]);
  });

  test('is not there where the options name none', () => {
    const options = optionsOf(hubAddress(STRING, 'main'), undefined);
    const pool = new NotingPool({ ...NO_AZURE_SETTINGS, predixTls: undefined });
    expect(deadLettersOf(options, pool, FORWARDING_TIMING)).toBeUndefined();
  });
});
