import { describe, expect, it } from 'vitest';
import type { CopyRecord, RouteRecord } from '../../src/tenants/copy-records.js';
import { LeftTopics, type LeftTopicsParts } from '../../src/tenants/left-topics.js';

const QUOTA = 1000;
const HEARTBEAT_MS = 60_000;
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const routeAt = (minute: number): RouteRecord => ({
  safeUntil: at(minute),
  subscribedAt: at(minute + 1),
  bytesPerSecond: 10,
  isGuessed: false,
  bytes: 0,
});
const copyAt = (minute: number, change: Partial<CopyRecord> = {}): CopyRecord => ({
  beat: 1,
  hasStopped: false,
  seenAt: at(minute),
  routes: { default: routeAt(minute - 1) },
  ...change,
});

function leftBy(records: readonly CopyRecord[], change: Partial<LeftTopicsParts> = {}): LeftTopics {
  const recordsBefore = new Map(records.map((record, index) => [`copy ${index}`, record]));
  return new LeftTopics({
    copies: { recordsBefore, copies: 1 },
    heartbeatMs: HEARTBEAT_MS,
    isNewcomer: false,
    userMark: 'a1b2',
    ...change,
  });
}

describe('a topic', () => {
  it('that nobody has read was not left', () => {
    expect(leftBy([]).of('default', QUOTA)).toBeUndefined();
    expect(leftBy([copyAt(5)]).of('other', QUOTA)).toBeUndefined();
  });

  it('is safe as far as the copies have brought it that were at work together last', () => {
    const left = leftBy([copyAt(10), copyAt(11), copyAt(2)]).of('default', QUOTA);
    expect(left).toMatchObject({
      safeUntil: Date.parse(at(9)),
      subscribedAt: Date.parse(at(11)),
      bytesPerSecond: 20,
      quotaBytes: QUOTA,
      isRead: false,
      isGivenUp: false,
    });
  });

  it('is given up when the tenant was seen to be gone, or has another service user now', () => {
    const ofSame = [copyAt(5, { userMark: 'a1b2' })];
    const ofAnother = [copyAt(5, { userMark: 'ffff' })];
    expect(leftBy(ofSame).of('default', QUOTA)).toMatchObject({ wasGone: false, isGivenUp: false });
    expect(leftBy(ofAnother).of('default', QUOTA)).toMatchObject({ wasGone: false, isGivenUp: true });
    const seen = leftBy(ofSame, { isNewcomer: true });
    expect(seen.of('default', QUOTA)).toMatchObject({ wasGone: true, isGivenUp: true });
  });

  it('is as its last run in this process has left it, whatever an earlier one has written', () => {
    const topics = leftBy([copyAt(5)], { isNewcomer: true });
    topics.stopped('default', routeAt(30));
    const own = { safeUntil: Date.parse(at(30)), isRead: true, wasGone: false, isGivenUp: false };
    expect(topics.of('default', QUOTA)).toMatchObject(own);
    topics.removed('default');
    expect(topics.of('default', QUOTA)).toBeUndefined();
  });
});
