import { expect, it } from 'vitest';
import type { PlatformClient, PlatformRequest } from '../../src/cumulocity/platform-client.js';
import { type Capture, ensureSubscription } from '../../src/cumulocity/subscriptions.js';
import { PlatformError } from '../../src/errors.js';

const CAPTURE: Capture = { name: 'forwarder', apis: ['alarms'], typeFilter: undefined, fragmentsToCopy: [] };

interface One {
  readonly id: string;
  readonly context: string;
  readonly subscription: string;
  readonly subscriptionFilter: { apis: string[]; typeFilter?: string };
}

/**
 * A platform that, unlike the local one, looks for a duplicate before it looks at the filter; which of the two the
 * real one does is not established. It refuses the type `refused`.
 */
class DuplicatesFirst {
  #all: One[] = [];
  onDelete: (id: string) => void = () => undefined;

  get names(): readonly string[] {
    return this.#all.map(({ subscription }) => subscription);
  }

  /** The two methods of a client that subscriptions are made with. */
  get client(): PlatformClient {
    const json = async (): Promise<object> => ({ subscriptions: this.#all });
    const call = async (request: PlatformRequest): Promise<void> => this.#call(request);
    return { json, call } as unknown as PlatformClient;
  }

  #call({ method, path, body, signal }: PlatformRequest): void {
    signal?.throwIfAborted();
    if (method === 'DELETE') {
      const id = path.split('/').at(-1) ?? '';
      this.#all = this.#all.filter((each) => each.id !== id);
      this.onDelete(id);
      return;
    }
    const asked = body as One;
    if (this.names.includes(asked.subscription)) throw new PlatformError('POST', path, 409, '');
    if (asked.subscriptionFilter.typeFilter === 'refused') throw new PlatformError('POST', path, 422, '');
    this.#all.push({ ...asked, id: `${asked.subscription}${this.#all.length}` });
  }
}

it('a refused filter does not cost the subscription', async () => {
  const platform = new DuplicatesFirst();
  await ensureSubscription(platform.client, CAPTURE);
  const replacing = ensureSubscription(platform.client, { ...CAPTURE, typeFilter: 'refused' });

  await expect(replacing).rejects.toMatchObject({ status: 422 });
  expect(platform.names).toEqual(['forwarder']);
});

it('nor does it where a crash has left a trial behind', async () => {
  const platform = new DuplicatesFirst();
  await ensureSubscription(platform.client, CAPTURE);
  await ensureSubscription(platform.client, { ...CAPTURE, name: 'forwarderTrial' });
  await ensureSubscription(platform.client, { ...CAPTURE, typeFilter: 'refused' }).catch(() => undefined);

  expect(platform.names).toEqual(['forwarder']);
});

it('a stop in the middle of a replacement does not lose the subscription', async () => {
  const platform = new DuplicatesFirst();
  await ensureSubscription(platform.client, CAPTURE);
  const stop = new AbortController();
  platform.onDelete = (id) => {
    if (id.startsWith('forwarder') && !id.includes('Trial')) stop.abort();
  };
  await ensureSubscription(platform.client, { ...CAPTURE, apis: ['events'] }, { signal: stop.signal }).catch(
    () => undefined,
  );

  expect(stop.signal.aborted).toBe(true);
  expect(platform.names).toEqual(['forwarder']);
});
