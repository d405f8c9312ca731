import { describe, expect, it } from 'vitest';
import type { LinkEvents } from '../../../src/destinations/predix-event-hub/link.js';
import { MessageBatch } from '../../../src/destinations/predix-event-hub/message-batch.js';
import { Publisher } from '../../../src/destinations/predix-event-hub/publisher.js';
import { eventOf } from '../../support/predix.js';
import { NEVER } from '../../support/sample-event.js';
import { waitUntil } from '../../support/wait.js';

interface Scene {
  readonly publisher: Publisher;
  /** How many requests were sent. */
  readonly sent: () => number;
  /** The service answers for the message `x`. */
  readonly answer: (statusCode: number) => void;
}

async function openPublisher(answerMs = 10_000): Promise<Scene> {
  let events: LinkEvents | undefined;
  let sent = 0;
  const publisher = await Publisher.open({
    open: async (own) => {
      events = own;
      return { write: () => sent++, close: async () => undefined };
    },
    answerMs,
    events: { answered: () => undefined, lost: () => undefined },
  });
  const answer = (statusCode: number): void => events?.answered({ id: 'x', statusCode, description: '' });
  return { publisher, sent: () => sent, answer };
}

function batchOf(body: string): MessageBatch {
  const batch = new MessageBatch('grpc', 'z1');
  batch.tryAdd(eventOf('7', 'x', body));
  return batch;
}

/** Sends it; gives the status with which it is answered. */
function publish({ publisher }: Scene, body: string, signal = NEVER): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    publisher.publish(batchOf(body), signal, (_, { statusCode }) => resolve(statusCode)).catch(reject);
  });
}

async function giveUp(scene: Scene, body: string): Promise<void> {
  const abort = new AbortController();
  const sending = publish(scene, body, abort.signal);
  await waitUntil('it is sent', () => scene.sent() === 1);
  abort.abort();
  await expect(sending).rejects.toMatchObject({ condition: 'no-answer' });
}

describe('two messages with one id', () => {
  it('are not on their way at once: nobody would know which of them was taken', async () => {
    const scene = await openPublisher();
    const first = publish(scene, '"flat"');
    const second = publish(scene, '"cloudevents"');
    await waitUntil('the first is sent', () => scene.sent() === 1);
    scene.answer(0);
    await waitUntil('the second is sent', () => scene.sent() === 2);
    scene.answer(3);
    expect(await Promise.all([first, second])).toEqual([0, 3]);
  });

  it('of which the first was given up: its late answer is not taken for the second', async () => {
    const scene = await openPublisher();
    await giveUp(scene, '"flat"');
    const second = publish(scene, '"cloudevents"');
    scene.answer(0);
    await waitUntil('the second is sent', () => scene.sent() === 2);
    scene.answer(3);
    expect(await second).toBe(3);
  });

  it('of which the first is never answered: the second waits no longer than for an answer', async () => {
    const scene = await openPublisher(100);
    await giveUp(scene, '"flat"');
    const second = publish(scene, '"cloudevents"');
    await waitUntil('the second is sent', () => scene.sent() === 2);
    scene.answer(0);
    expect(await second).toBe(0);
  });
});

describe('a message that is sent again', () => {
  it('does not wait, and may be released by the late answer: it is the same', async () => {
    const scene = await openPublisher();
    await giveUp(scene, '"flat"');
    const again = publish(scene, '"flat"');
    await waitUntil('it is sent', () => scene.sent() === 2);
    scene.answer(0);
    expect(await again).toBe(0);
  });

  it('is not sent over a link that retires', async () => {
    const scene = await openPublisher();
    await scene.publisher.retire();
    await expect(publish(scene, '"flat"')).rejects.toMatchObject({ condition: 'no-answer', retryable: true });
    expect(scene.sent()).toBe(0);
  });
});
