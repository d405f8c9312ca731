import { expect, it } from 'vitest';
import { EventCounter } from '../../../src/receive/event-counter.js';
import { HandOver } from '../../../src/receive/predix/hand-over.js';
import type { DeliveredMessage } from '../../../src/receive/predix/subscriber-wire.js';

function message(offset: number, change: Partial<DeliveredMessage> = {}): DeliveredMessage {
  return {
    ...{ id: `m${offset}`, body: Buffer.from('{}'), zone_id: 'z', tags: {}, key: Buffer.alloc(0) },
    ...{ topic: 'topic', partition: 0, offset: String(offset), timestamp: null },
    ...{ isMetricMsg: false, metric: null },
    ...change,
  };
}

function messages(count: number, from = 0): readonly DeliveredMessage[] {
  return Array.from({ length: count }, (_, at) => message(from + at));
}

/** A hand-over whose output leaves when it is told to, and what it does, in order. */
function scene(max = Number.POSITIVE_INFINITY): {
  readonly handOver: HandOver;
  readonly log: string[];
  leave(failure?: Error): void;
} {
  const log: string[] = [];
  let leave: (failure?: Error) => void = () => undefined;
  const filter = { tenant: [], api: [], source: [] };
  const handOver = new HandOver(
    {
      acknowledge: (acked) => log.push(`ack ${acked.map(({ offset }) => offset).join(' ')}`),
      pause: () => log.push('pause'),
      resume: () => log.push('resume'),
    },
    {
      zoneId: 'z',
      counter: new EventCounter({ filter, isUnique: false, max, rememberedIds: 0 }),
      output: {
        show: (event) => log.push(`show ${event.offset}`),
        flush: () =>
          new Promise((resolve, reject) => {
            leave = (failure) => (failure === undefined ? resolve() : reject(failure));
          }),
        notice: (text) => log.push(text),
      },
      handled: () => undefined,
      end: (failure) => log.push(`end ${failure?.message ?? 'well'}`),
    },
  );
  return { handOver, log, leave: (failure) => leave(failure) };
}

it('a batch is acknowledged in one piece, when its lines have left', async () => {
  const { handOver, log, leave } = scene();
  handOver.take(messages(3));
  expect(log).toEqual(['show 0', 'show 1', 'show 2']);
  leave();
  await handOver.finish();
  expect(log.slice(3)).toEqual(['ack 0 1 2']);
});

it('metric messages are neither shown nor acknowledged', async () => {
  const { handOver, log, leave } = scene();
  const metric = { metricmap: { 'z_topic-0': '5' } };
  handOver.take([message(0), message(0, { isMetricMsg: true, metric })]);
  leave();
  await handOver.finish();
  expect(log).toEqual(['show 0', 'metrics: z_topic-0=5', 'ack 0']);
});

it('behind the last one asked for, nothing is shown or acknowledged, and the end comes after the acknowledgement', async () => {
  const { handOver, log, leave } = scene(2);
  handOver.take(messages(5));
  leave();
  handOver.take(messages(5, 5));
  await handOver.stop();
  expect(log).toEqual(['show 0', 'show 1', 'ack 0 1', 'end well']);
});

it('what waits when it is stopped is dropped; what is leaving is acknowledged', async () => {
  const { handOver, log, leave } = scene();
  handOver.take(messages(1));
  handOver.take(messages(1, 1));
  const stopped = handOver.stop();
  leave();
  await stopped;
  expect(log).toEqual(['show 0', 'ack 0']);
});

it('an output that takes nothing stops the stream, until it takes something again', async () => {
  const { handOver, log, leave } = scene();
  handOver.take(messages(1));
  for (let at = 0; at < 3; at++) handOver.take(messages(400, 1 + at * 400));
  expect(log).toEqual(['show 0', 'pause']);
  leave();
  await expect.poll(() => log.includes('resume')).toBe(true);
});

it('an output that fails ends it, and nothing is acknowledged', async () => {
  const { handOver, log, leave } = scene();
  handOver.take(messages(1));
  leave(new Error('full'));
  await handOver.finish();
  expect(log).toEqual(['show 0', 'end full']);
});
