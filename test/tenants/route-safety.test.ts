import { expect, onTestFinished, test } from 'vitest';
import type { LeftTopic } from '../../src/backlog/absence.js';
import { PlatformClock } from '../../src/platform-clock.js';
import { RouteSafety, type SafetyNet } from '../../src/tenants/route-safety.js';
import type { RouteOptions } from '../../src/tenants/tenant-options.js';
import { FORWARDING_TIMING } from '../../src/tenants/timing.js';
import { hubAddress } from '../support/hub-address.js';
import { RecordingLog } from '../support/log.js';
import { waitUntil } from '../support/wait.js';

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
const HUB = 'Endpoint=sb://localhost;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true';

const OPTIONS: RouteOptions = {
  name: 'default',
  hub: hubAddress(HUB, 'hub'),
  apis: ['events'],
  typeFilter: undefined,
  fragmentsToCopy: [],
  format: 'flat',
  partitionBy: 'source',
  whenBacklogFills: 'protect',
  backlogQuotaBytes: 25 * MIB,
  trimFragments: [],
  contentEncoding: 'none',
  deadLetterHubName: undefined,
};

/** A route whose topic nobody has read for so many hours; gaps that it finds are written when the test says so. */
function leftFor(hours: number): {
  safety: RouteSafety;
  safeUntil: number;
  written: (isWritten: boolean) => void;
} {
  const safeUntil = Date.now() - hours * HOUR_MS;
  const left: LeftTopic = {
    ...{ safeUntil, subscribedAt: undefined, bytesPerSecond: 0, isGuessed: false },
    ...{ quotaBytes: 25 * MIB, isRead: false, wasGone: false, isGivenUp: false },
  };
  let resolve: (isWritten: boolean) => void = () => undefined;
  const promise = new Promise<boolean>((settle) => {
    resolve = settle;
  });
  const tenant: SafetyNet = {
    copyName: 'copy',
    clock: new PlatformClock(),
    checkMs: HOUR_MS,
    write: async () => undefined,
    isLeading: () => true,
    looksForTopics: () => true,
    left: () => left,
    seenRate: () => 0,
    leftOpen: () => [],
    openGap: () => promise,
    beginGap: async () => () => undefined,
    isAlone: () => true,
    isElsewhere: () => false,
    hasGap: () => false,
    onGap: () => undefined,
    onStopped: () => undefined,
    onRemoved: () => undefined,
    announce: () => undefined,
    onBacklog: () => undefined,
    onRejected: () => undefined,
    readBacklogBytes: async () => undefined,
  };
  const safety = new RouteSafety({
    options: OPTIONS,
    topic: 'topic',
    tenant,
    facts: () => ({ isOpen: true, isPaused: false, notifications: 0, bytes: 0, oldestMs: 0 }),
    hub: { isStuck: () => false, accepted: () => 0, refusal: () => undefined },
    relieve: () => undefined,
    readAgain: () => undefined,
    checkSubscription: async () => undefined,
    subscribedAt: () => undefined,
    timing: FORWARDING_TIMING,
    log: new RecordingLog(),
  });
  onTestFinished(() => safety.stop());
  return { safety, safeUntil, written: resolve };
}

test('what is found missing at the start can be found again by a later run, until it is written down', async () => {
  const { safety, safeUntil, written } = leftFor(50);
  safety.connected();
  expect(Date.parse(safety.record.safeUntil)).toBeLessThanOrEqual(safeUntil);
  written(true);
  await waitUntil('the record says what is safe now', () => Date.parse(safety.record.safeUntil) > safeUntil);
});

test('a run that has ended before it could write it down leaves it to the next', async () => {
  const { safety, safeUntil, written } = leftFor(50);
  safety.connected();
  written(false);
  await Promise.resolve();
  expect(Date.parse(safety.record.safeUntil)).toBeLessThanOrEqual(safeUntil);
});

test('where nothing is missing, the record says what is safe', () => {
  const { safety, safeUntil } = leftFor(2);
  safety.connected();
  expect(Date.parse(safety.record.safeUntil)).toBeGreaterThanOrEqual(safeUntil);
});
