import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AckStatus, type WireAck } from '../protocol.js';
import { Topic } from '../store/topic.js';
import { Publication, type Submitted } from './publication.js';
import { RateLimit, rateLimitOff } from './rate-limit.js';

function publish(topic: Topic, id: string, onAck: (ack: WireAck) => void): void {
  const rateLimit = new RateLimit(rateLimitOff);
  const faults = { intercept: () => undefined };
  const publication = new Publication({ zone: 'z1', topic, rateLimit, faults, onLimited: () => undefined });
  const [body, key] = [Buffer.from('{}'), Buffer.from('7')];
  const message: Submitted = { id, body, zone_id: '', tags: {}, key, timestamp: null };
  publication.submit([message], body.length, onAck);
}

it('a message that comes when the service has let go of its files is neither stored nor answered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'publication-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const storage = { retentionMs: 3_600_000, folder };
  const topic = new Topic('topic', storage);
  const stored = await new Promise<WireAck>((resolve) => publish(topic, 'in time', resolve));
  expect(stored.status_code).toBe(AckStatus.accepted);
  topic.close();
  const answers: WireAck[] = [];
  publish(topic, 'too late', (ack) => answers.push(ack));
  expect(answers).toEqual([]);
  const again = new Topic('topic', storage);
  onTestFinished(() => again.close());
  expect(again.messages().map(({ id }) => id)).toEqual(['in time']);
});
