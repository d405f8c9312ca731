import { expect, test } from 'vitest';
import { subscribeRules } from './rules.js';
import {
  readSubscriptionOptions,
  type SubscribeMethod,
  type SubscriptionOptions,
} from './subscription-options.js';

function read(
  method: SubscribeMethod,
  headers: Readonly<Record<string, string>> = {},
  requestedName = '',
): SubscriptionOptions & { readonly logged: readonly string[] } {
  const logged: string[] = [];
  const options = readSubscriptionOptions({
    ...{ method, requestedName, rules: subscribeRules },
    header: (name) => headers[name],
    log: (line) => void logged.push(line),
  });
  return { ...options, logged };
}

test('without any metadata there are the defaults of the SDK', () => {
  const common = {
    name: 'default-subscriber-name',
    isNewest: false,
    metricsIntervalMs: undefined,
    logged: [],
  };
  const acks = { beforeRetryMs: 30_000, retryIntervalMs: 30_000, maxRetries: 5 };
  expect(read('receive')).toEqual({ ...common, acks: undefined, batch: undefined });
  expect(read('receiveWithAcks')).toEqual({ ...common, acks, batch: undefined });
  const batch = { size: 500, intervalMs: 100, isUnion: false };
  expect(read('subscribe')).toEqual({ ...common, acks: undefined, batch });
  expect(read('subscribe', { acks: 'true' })).toEqual({ ...common, acks, batch });
  expect(read('subscribe', { metrics: 'true' })).toMatchObject({
    ...{ metricsIntervalMs: 300_000, batch: { isUnion: true } },
  });
});

test.each([
  ['duration-before-retry', '20s', 'beforeRetryMs', 30_000, 20_000],
  ['duration-before-retry', '2m', 'beforeRetryMs', 60_000, 120_000],
  ['max-retries', '1', 'maxRetries', 2, 1],
  ['max-retries', '11', 'maxRetries', 10, 11],
  ['max-retries', '-1', 'maxRetries', 2, -1],
  ['retry-interval', '0s', 'retryIntervalMs', 1, 0],
  ['retry-interval', '9999999999m', 'retryIntervalMs', 2 ** 31 - 1, 599_999_999_940_000],
])('%s %s is moved to its limit, which is logged', (header, text, field, value, asked) => {
  const { acks, logged } = read('receiveWithAcks', { [header]: text });
  expect(acks).toMatchObject({ [field]: value });
  expect(logged).toEqual([`${header} ${asked} is out of range: ${value} is used`]);
});

test.each([
  ['batch-size', '10001', { batch: { size: 10_000 } }],
  ['batch-size', '9'.repeat(400), { batch: { size: 10_000 } }],
  ['batch-size', '0', { batch: { size: 1 } }],
  ['batch-interval', '10000', { batch: { intervalMs: 1000 } }],
  ['batch-interval', '10ms', { batch: { intervalMs: 100 } }],
  ['metrics-interval', '61m', { metricsIntervalMs: 3_600_000 }],
  ['metrics-interval', '1s', { metricsIntervalMs: 60_000 }],
])('%s %s is moved to its limit', (header, text, expected) => {
  const options = read('subscribe', { metrics: 'true', [header]: text });
  expect(options).toMatchObject(expected);
  expect(options.logged).toHaveLength(1);
});

test('what is within the limits is taken as it is, and what cannot be read is the default', () => {
  const headers = { 'duration-before-retry': '45s', 'retry-interval': '7s', 'max-retries': 'many' };
  const { acks, logged } = read('receiveWithAcks', headers);
  expect(acks).toEqual({ beforeRetryMs: 45_000, retryIntervalMs: 7000, maxRetries: 5 });
  expect(logged).toEqual([]);
});

test('acknowledgements and metrics mean nothing to receive', () => {
  expect(read('receive', { acks: 'true', metrics: 'true', 'batch-size': '3' })).toMatchObject({
    ...{ acks: undefined, batch: undefined, metricsIntervalMs: undefined },
  });
});

test('the name of the request goes before that of the metadata', () => {
  expect(read('receive', { subscribername: 'other' }, 'asked').name).toBe('asked');
  expect(read('receive', { subscribername: 'other' }).name).toBe('other');
});
