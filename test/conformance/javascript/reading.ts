/** Reading from every kind of position, and readers with owner levels. */
import {
  type EventPosition,
  earliestEventPosition,
  latestEventPosition,
  type ReceivedEventData,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { type Check, describe, expect, until } from './checks.js';
import { closeLater, consumer, order, producer } from './world.js';

/** The checks of this file. */
export const readingChecks: readonly Check[] = [
  { name: 'read earliest', run: readEarliest },
  { name: 'read latest', run: readLatest },
  { name: 'read sequence number', run: () => readFrom(({ sequenceNumber }) => ({ sequenceNumber })) },
  { name: 'read offset', run: () => readFrom(({ offset }) => ({ offset })) },
  { name: 'read time', run: readTime },
  { name: 'runtime metric', run: runtimeMetric },
  { name: 'equal epoch takes over', run: takeover },
  { name: 'lower epoch refused', run: () => refusedBesideTwo(1) },
  { name: 'no epoch refused', run: () => refusedBesideTwo(undefined) },
];

/** What a reader has got. */
export interface Reading {
  readonly events: ReceivedEventData[];
  readonly errors: string[];
  newest: number;
}

/** Reads one partition until the check is over. */
export function read(id: string, startPosition: EventPosition, more: SubscribeOptions = {}): Reading {
  const reading: Reading = { events: [], errors: [], newest: -1 };
  const subscription = consumer().subscribe(
    id,
    {
      processEvents: async (events, context) => {
        reading.events.push(...events);
        reading.newest = context.lastEnqueuedEventProperties?.sequenceNumber ?? -1;
      },
      processError: async (error) => {
        reading.errors.push(describe(error));
      },
      // A reader whose partition was taken stops with this reason and no error.
      processClose: async (reason) => {
        reading.errors.push(reason);
      },
    },
    { startPosition, maxWaitTimeInSeconds: 1, ...more },
  );
  closeLater(subscription);
  return reading;
}

/** Bodies of what a reader has got. */
export function bodiesOf({ events }: Reading): string {
  return events.map(({ body }) => String(body)).join();
}

async function send(id: string, ...texts: string[]): Promise<void> {
  await producer().sendBatch(
    texts.map((body) => ({ body })),
    { partitionId: id },
  );
}

async function readEarliest(): Promise<void> {
  await send('1', 'first', 'second', 'third');
  const reading = read('1', earliestEventPosition);
  await until(() => reading.events.length >= 3, `got ${bodiesOf(reading)} ${reading.errors}`);
  expect(bodiesOf(reading) === 'first,second,third', `got ${bodiesOf(reading)}`);
}

async function readLatest(): Promise<void> {
  const linksBefore = Number(await order('links'));
  const reading = read('1', latestEventPosition);
  for (let tries = 0; tries < 100 && Number(await order('links')) === linksBefore; tries++);
  await send('1', 'fourth');
  await until(() => reading.events.length > 0, `got nothing ${reading.errors}`);
  expect(bodiesOf(reading) === 'fourth', `got ${bodiesOf(reading)}`);
}

async function everything(): Promise<ReceivedEventData[]> {
  const reading = read('1', earliestEventPosition);
  await until(() => reading.events.length >= 4, `got ${bodiesOf(reading)} ${reading.errors}`);
  return reading.events;
}

async function readFrom(position: (event: ReceivedEventData) => EventPosition): Promise<void> {
  const [, second] = await everything();
  if (!second) throw new Error('there is no second event');
  const behind = read('1', position(second));
  const including = read('1', { ...position(second), isInclusive: true });
  await until(() => behind.events.length >= 2 && including.events.length >= 3, 'got too few');
  expect(bodiesOf(behind) === 'third,fourth', `behind it: ${bodiesOf(behind)}`);
  expect(bodiesOf(including) === 'second,third,fourth', `including it: ${bodiesOf(including)}`);
}

async function readTime(): Promise<void> {
  const [, , third, fourth] = await everything();
  if (!third || !fourth) throw new Error('there are too few events');
  const reading = read('1', { enqueuedOn: third.enqueuedTimeUtc.getTime() });
  await until(() => bodiesOf(reading) === 'fourth', `got ${bodiesOf(reading)}`);
}

async function runtimeMetric(): Promise<void> {
  const reading = read('1', earliestEventPosition, { trackLastEnqueuedEventProperties: true });
  await until(() => reading.newest === 3, `the newest is ${reading.newest}`);
}

/** Without a checkpoint store this SDK takes an owner level of 0 for none, so the levels here are 1 and 2. */
async function takeover(): Promise<void> {
  const holder = read('1', earliestEventPosition, { ownerLevel: 1 });
  await until(() => holder.events.length > 0, `the first got nothing ${holder.errors}`);
  const taker = read('1', earliestEventPosition, { ownerLevel: 1 });
  await until(() => taker.events.length > 0, `the second got nothing ${taker.errors}`);
  await until(
    () => /ReceiverDisconnected|OwnershipLost/.test(holder.errors.join()),
    `the first heard ${holder.errors}`,
  );
}

async function refusedBesideTwo(ownerLevel: number | undefined): Promise<void> {
  const holder = read('1', earliestEventPosition, { ownerLevel: 2 });
  await until(() => holder.events.length > 0, `the first got nothing ${holder.errors}`);
  const late = read('1', earliestEventPosition, ownerLevel === undefined ? {} : { ownerLevel });
  await until(
    () => /ReceiverDisconnected|OwnershipLost/.test(late.errors.join()),
    `the second heard ${late.errors}`,
  );
  expect(holder.errors.length === 0, `the first heard ${holder.errors}`);
}
