import { describe, expect, it, onTestFinished } from 'vitest';
import type { PredixHubAddress } from '../../../src/destinations/predix-event-hub/hub-address.js';
import { PredixHub } from '../../../src/destinations/predix-event-hub/predix-hub.js';
import type { SendError } from '../../../src/errors.js';
import type { HubEvent } from '../../../src/mapping/hub-event.js';
import { eventOf, FAST, startPredix, ZONE } from '../../support/predix.js';
import { NEVER } from '../../support/sample-event.js';

function connect(address: PredixHubAddress): PredixHub {
  const hub = new PredixHub(address, { predixTls: 'none', proxyUrl: undefined }, FAST);
  onTestFinished(() => hub.close());
  return hub;
}

async function send(hub: PredixHub, events: readonly HubEvent[]): Promise<(SendError | undefined)[]> {
  const batch = await hub.createBatch();
  for (const event of events) expect(batch.tryAdd(event)).toBe(true);
  const answers: (SendError | undefined)[] = Array.from({ length: events.length });
  await hub.send(batch, NEVER, (index, failure) => {
    answers[index] = failure;
  });
  return answers;
}

describe('a Predix hub over gRPC', () => {
  it('stores each message with its key, tags and zone, and answers for each', async () => {
    const { service, address } = await startPredix();
    const hub = connect(address());
    expect(await hub.open(NEVER)).toEqual(['0', '1', '2', '3', '4']);
    expect(await send(hub, [eventOf('7', 'a'), eventOf('8', 'b')])).toEqual([undefined, undefined]);
    const messages = service.topic(ZONE).messages();
    expect(messages).toHaveLength(2);
    const stored = messages.find(({ id }) => id === 'a');
    expect(stored).toMatchObject({
      zoneId: ZONE,
      tags: { tenant: 't1', api: 'events', messageId: 'a', contentType: 'application/json' },
    });
    expect(stored?.key.toString()).toBe('7');
    expect(stored?.body.toString()).toBe('{"id":"a"}');
  });
});
