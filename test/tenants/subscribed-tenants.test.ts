import { afterEach, describe, expect, test } from 'vitest';
import { SubscribedTenants } from '../../src/tenants/subscribed-tenants.js';
import { RecordingLog } from '../support/log.js';
import {
  ScriptedChanges,
  ScriptedTenantReads,
  serviceUser,
  type TenantReading,
} from '../support/scripted-tenant-reads.js';

const [a, b] = [serviceUser('a'), serviceUser('b')];
const running: SubscribedTenants[] = [];

function watch(
  { read }: Pick<ScriptedTenantReads, 'read'>,
  changes: ScriptedChanges,
  { log = new RecordingLog(), pollMs = 0 } = {},
): SubscribedTenants {
  const tenants = new SubscribedTenants({ read, pollMs, changes, log });
  running.push(tenants);
  tenants.start();
  return tenants;
}

async function changesAfter(...script: readonly TenantReading[]): Promise<readonly string[]> {
  const [reads, changes] = [new ScriptedTenantReads(...script), new ScriptedChanges()];
  const tenants = watch(reads, changes);
  await reads.over;
  await tenants.stop();
  return changes.seen;
}

afterEach(async () => {
  for (const tenants of running.splice(0)) await tenants.stop();
});

describe('a tenant', () => {
  test('is added once, however often it is read', async () => {
    expect(await changesAfter([a], [a, b], [b, a])).toEqual(['added a first', 'added b first']);
  });

  test('whose password has changed is rotated, and not added again', async () => {
    expect(await changesAfter([a], [serviceUser('a', 'second')])).toEqual([
      'added a first',
      'rotated a second',
    ]);
  });

  test('whose user has changed is rotated', async () => {
    expect(await changesAfter([a], [{ ...a, user: 'another' }])).toEqual([
      'added a first',
      'rotated a first',
    ]);
  });

  test('that one reading does not name stays', async () => {
    expect(await changesAfter([a], [], [a], [], [a])).toEqual(['added a first']);
  });

  test('is removed after two readings in a row that do not name it, once', async () => {
    expect(await changesAfter([a, b], [b], [b], [b])).toEqual([
      'added a first',
      'added b first',
      'removed a',
    ]);
  });

  test('that comes back after it was removed is added again', async () => {
    expect(await changesAfter([a], [], [], [a])).toEqual(['added a first', 'removed a', 'added a first']);
  });

  test('whose password changed while it was absent once is rotated', async () => {
    const seen = await changesAfter([a], [], [serviceUser('a', 'second')]);
    expect(seen).toEqual(['added a first', 'rotated a second']);
  });
});

describe('a tenant that is being removed', () => {
  const failure = new Error('platform away');

  /** What the removal of `a` is told when it asks, with these readings from then on. */
  async function toldAfter(...script: readonly TenantReading[]): Promise<readonly boolean[]> {
    const told: boolean[] = [];
    const asking = new ScriptedTenantReads(...script);
    const polled = new ScriptedTenantReads([a], [], []);
    const changes = new ScriptedChanges();
    let read = polled.read;
    let noteTold: () => void = () => undefined;
    const wasTold = new Promise<void>((resolve) => {
      noteTold = resolve;
    });
    changes.duringRemoval = async (isStillGone) => {
      // From here on the regular reading hangs, and takes nothing of what the removal is to read.
      await polled.over;
      read = asking.read;
      told.push(await isStillGone());
      noteTold();
    };
    const tenants = watch({ read: (signal) => read(signal) }, changes);
    await wasTold;
    await tenants.stop();
    return told;
  }

  test('is still gone when one more reading does not name it either', async () => {
    expect(await toldAfter([b])).toEqual([true]);
  });

  test('is not gone any more when that one names it again', async () => {
    expect(await toldAfter([serviceUser('a', 'second')])).toEqual([false]);
  });

  test('counts as back when the service stops and no reading succeeds', async () => {
    const told: boolean[] = [];
    const reads = new ScriptedTenantReads([a], [], []);
    const changes = new ScriptedChanges();
    changes.duringRemoval = async (isStillGone) => {
      told.push(await isStillGone());
    };
    const tenants = watch(reads, changes);
    await reads.over;
    await tenants.stop();
    expect(told).toEqual([false]);
  });

  test('is looked for until a reading succeeds', async () => {
    expect(await toldAfter(failure, failure, failure, [a])).toEqual([false]);
  });
});

describe('a reading that fails', () => {
  const failure = new Error('platform away');

  test('changes nothing, however often', async () => {
    expect(await changesAfter([a], failure, failure, failure, [a])).toEqual(['added a first']);
  });

  test('is no absence', async () => {
    expect(await changesAfter([a], [], failure, failure, [a])).toEqual(['added a first']);
  });

  test('is logged once per reason', async () => {
    const log = new RecordingLog();
    const reads = new ScriptedTenantReads(failure, failure, [a], failure, new Error('other'));
    const tenants = watch(reads, new ScriptedChanges(), { log });
    await reads.over;
    await tenants.stop();
    expect(log.lines.map(({ fields }) => fields['reason'])).toEqual([
      'platform away',
      'platform away',
      'other',
    ]);
  });

  test('is a failure only until the tenants are known', async () => {
    const [early, late] = [new ScriptedTenantReads(failure), new ScriptedTenantReads(failure, [a], failure)];
    const unknown = watch(early, new ScriptedChanges());
    expect(unknown.failure).toBeDefined();
    const known = watch(late, new ScriptedChanges());
    await Promise.all([early.over, late.over]);
    expect(unknown.failure).toBe('platform away');
    expect(known.failure).toBeUndefined();
  });
});

describe('the changes', () => {
  test('of one tenant run one after another, and do not hold up another tenant', async () => {
    const changes = new ScriptedChanges();
    let finishAdding: () => void = () => undefined;
    const adding = new Promise<void>((resolve) => {
      finishAdding = resolve;
    });
    changes.during = (change) => (change === 'added a first' ? adding : Promise.resolve());
    const reads = new ScriptedTenantReads([a], [serviceUser('a', 'second'), b], [b], [b]);
    const tenants = watch(reads, changes);
    await reads.over;
    expect(changes.seen).toEqual(['added a first', 'added b first']);
    finishAdding();
    await tenants.stop();
    expect(changes.seen).toEqual(['added a first', 'added b first', 'rotated a second', 'removed a']);
  });

  test('that fail are logged and hold nothing up', async () => {
    const changes = new ScriptedChanges();
    changes.during = (change) =>
      change.startsWith('added') ? Promise.reject(new Error('no luck')) : Promise.resolve();
    const log = new RecordingLog();
    const reads = new ScriptedTenantReads([a], [serviceUser('a', 'second')]);
    const tenants = watch(reads, changes, { log });
    await reads.over;
    await tenants.stop();
    expect(changes.seen).toEqual(['added a first', 'rotated a second']);
    expect(log.lines).toEqual([
      { level: 'error', message: 'change of a tenant failed', fields: { tenant: 'a', reason: 'no luck' } },
    ]);
  });
});

describe('stopping', () => {
  test('waits for what a change set off', async () => {
    const changes = new ScriptedChanges();
    let finish: () => void = () => undefined;
    changes.during = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const reads = new ScriptedTenantReads([a]);
    const tenants = watch(reads, changes);
    await reads.over;
    let isStopped = false;
    const stopped = tenants.stop().then(() => {
      isStopped = true;
    });
    await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    finish();
    await stopped;
  });

  test('cuts the wait until the next reading short, and reads no more', async () => {
    const changes = new ScriptedChanges();
    const tenants = watch(new ScriptedTenantReads([a], [a, b]), changes, { pollMs: 3_600_000 });
    await new Promise(setImmediate);
    await tenants.stop();
    expect(changes.seen).toEqual(['added a first']);
  });
});
