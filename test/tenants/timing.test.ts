import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.js';
import { DRAIN_SHARE } from '../../src/service.js';
import { FORWARDING_TIMING } from '../../src/tenants/timing.js';

it('an orderly stop ends within its time, whatever does not answer meanwhile', () => {
  const { stopMs } = readConfig({
    C8Y_BASEURL: 'https://example.cumulocity.com',
    C8Y_BOOTSTRAP_TENANT: 't1',
    C8Y_BOOTSTRAP_USER: 'user',
    C8Y_BOOTSTRAP_PASSWORD: 'password',
  });
  const { consumer, predix, connector } = FORWARDING_TIMING;
  const closeMs = Math.max(consumer.closeMs, predix.closeMs);
  // The progress of a replay, and the record that this copy has stopped.
  const lastWordsMs = 2 * connector.lastWordMs;
  expect(stopMs * DRAIN_SHARE + closeMs + lastWordsMs).toBeLessThanOrEqual(stopMs);
});
