import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { store } from '../subscribe/subscriber-fixture.js';
import { Topic } from './topic.js';

const retentionMs = 86_400_000;

/** In microseconds. */
function timesOf(topic: Topic): number[] {
  const times = topic
    .messages()
    .map(({ timestamp: { seconds, nanos } }) => Number(seconds) * 1e6 + nanos / 1e3);
  return times.sort((left, right) => left - right);
}

it('stores no two messages at the same time, over all partitions, also when the clock runs back', () => {
  const topic = new Topic('topic', { retentionMs, folder: undefined });
  const now = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
  for (let at = 0; at < 20; at++) store(topic, `m${at}`);
  now.mockReturnValue(1_699_999_999_000);
  for (let at = 20; at < 40; at++) store(topic, `m${at}`);

  const ids = [...topic.messages()]
    .sort((left, right) => left.timestamp.nanos - right.timestamp.nanos)
    .map(({ id }) => id);
  expect(ids).toEqual(Array.from({ length: 40 }, (_, at) => `m${at}`));
});

it('goes on behind the times of what it has on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'topic-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const nowMs = Date.now();
  const now = vi.spyOn(Date, 'now').mockReturnValue(nowMs);
  const before = new Topic('topic', { retentionMs, folder });
  for (let at = 0; at < 20; at++) store(before, `m${at}`);
  before.close();

  now.mockReturnValue(nowMs - 1000);
  const after = new Topic('topic', { retentionMs, folder });
  onTestFinished(() => after.close());
  const latest = timesOf(after).at(-1) ?? 0;
  store(after, 'new');

  expect(timesOf(after)).toHaveLength(21);
  expect(timesOf(after).at(-1)).toBeGreaterThan(latest);
  expect(after.messages().at(0)?.id).toBe('m0');
});
