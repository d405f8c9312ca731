import { describe, expect, it, onTestFinished } from 'vitest';
import type { Mode } from '../../../src/receive/predix/options.js';
import { LocalPredix } from '../../simulators/predix-event-hub/local-predix.js';
import { startPredix, ZONE } from '../../support/predix.js';
import { waitUntil } from '../../support/wait.js';
import { Collected, FAST_READ, folder, ids, optionsOf, store } from './predix-scene.js';

const MODES: readonly Mode[] = ['receive', 'acks', 'batch'];

describe.each(MODES)('mode %s', (mode) => {
  it('reads what is stored, and what comes after that, and unsubscribes at the end', async () => {
    const scene = await startPredix();
    store(scene.service, ids(20));
    const reader = new Collected(optionsOf(scene, { mode }));
    await waitUntil('all is read', () => reader.events.length === 20);
    store(scene.service, ['late']);
    await waitUntil('the late one is read', () => reader.events.length === 21);
    expect(reader.sortedIds).toEqual([...ids(20), 'late'].sort());
    expect(reader.notices).toEqual(['subscribed']);
    await reader.stop();
    await waitUntil('nobody is subscribed', () => scene.service.openStreams('subscribe') === 0);
  });

  it('goes on behind what was read, in another run with the same name', async () => {
    const scene = await startPredix();
    store(scene.service, ids(20));
    const first = new Collected(optionsOf(scene, { mode }));
    await waitUntil('all is read', () => first.events.length === 20);
    await first.stop();
    // In mode receive, what is on its way to one that has just left is lost.
    await waitUntil('it has left', () => scene.service.openStreams('subscribe') === 0);
    store(scene.service, ids(5, 'later'));
    const second = new Collected(optionsOf(scene, { mode }));
    await waitUntil('the later ones are read', () => second.events.length >= 5);
    await second.stop();
    expect(second.sortedIds).toEqual(ids(5, 'later'));
    const other = new Collected(optionsOf(scene, { mode, subscriber: 'other' }));
    await waitUntil('another name reads all', () => other.events.length === 25);
  });
});

describe('with acknowledgements', () => {
  it.each(['acks', 'batch'] as const)(
    '%s: --max acknowledges the last one shown, and no more',
    async (mode) => {
      const scene = await startPredix();
      store(
        scene.service,
        ids(30).map((id) => ({ id, key: 'one' })),
      );
      const first = new Collected(optionsOf(scene, { mode, max: 7 }));
      await first.ended();
      expect(first.ids).toEqual(ids(30).slice(0, 7));
      const second = new Collected(optionsOf(scene, { mode, max: 23 }));
      await second.ended();
      expect(second.ids).toEqual(ids(30).slice(7));
    },
  );

  it('what the filters leave out counts as read', async () => {
    const scene = await startPredix();
    store(scene.service, [
      { id: 'a', key: 'k', tags: { tenant: 't1' } },
      { id: 'b', key: 'k', tags: { tenant: 't2' } },
      { id: 'c', key: 'k' },
      { id: 'd', key: 'k', tags: { tenant: 't1' } },
    ]);
    const filter = { tenant: ['t1'], api: [], source: [] };
    const first = new Collected(optionsOf(scene, { filter, max: 2 }));
    await first.ended();
    expect(first.ids).toEqual(['a', 'd']);
    store(scene.service, ['e']);
    const second = new Collected(optionsOf(scene, { max: 1 }));
    await second.ended();
    expect(second.ids).toEqual(['e']);
  });

  it('nothing is acknowledged before its line has left', async () => {
    const scene = await startPredix();
    store(scene.service, ids(10));
    const blocked = new Collected(optionsOf(scene), () => new Promise(() => undefined));
    await waitUntil('something is shown', () => blocked.events.length > 0);
    scene.service.faults.cutStreams('subscribe');
    const second = new Collected(optionsOf(scene, { max: 10 }));
    await second.ended();
    expect(second.sortedIds).toEqual([...ids(10)].sort());
    await blocked.stop();
  });

  it('a slow output slows reading down, and gets all in the end', async () => {
    const scene = await startPredix({ subscribe: { window: 5000 } });
    store(
      scene.service,
      ids(4000).map((id) => ({ id, key: 'one' })),
    );
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reader = new Collected(optionsOf(scene), () => gate);
    await waitUntil('some are shown', () => reader.events.length > 0);
    expect(reader.events.length).toBeLessThan(4000);
    release();
    await waitUntil('all are read', () => reader.events.length === 4000);
    expect(reader.ids).toEqual(ids(4000));
  });

  it('repeats can be left out', async () => {
    const scene = await startPredix();
    store(scene.service, ['a', 'b', 'a', 'c']);
    const reader = new Collected(optionsOf(scene, { isUnique: true, rememberedIds: 100, max: 3 }));
    await reader.ended();
    expect(reader.sortedIds).toEqual(['a', 'b', 'c']);
  });
});

describe('where reading begins, and what', () => {
  it('--from latest counts for a new name only', async () => {
    const scene = await startPredix();
    store(scene.service, ids(3, 'old'));
    const first = new Collected(optionsOf(scene, { isNewest: true, max: 1 }));
    await waitUntil('it is subscribed', () => first.notices.includes('subscribed'));
    store(scene.service, [
      { id: 'new0', key: 'k' },
      { id: 'new1', key: 'k' },
    ]);
    await first.ended();
    expect(first.ids).toEqual(['new0']);
    const second = new Collected(optionsOf(scene, { isNewest: true, max: 1 }));
    await second.ended();
    expect(second.ids).toEqual(['new1']);
  });

  it('several topics, the default one among them', async () => {
    const scene = await startPredix({ zones: { [ZONE]: ['valves', 'pumps'] } });
    store(scene.service, ['t']);
    store(scene.service, ['v'], 'valves');
    store(scene.service, ['p'], 'pumps');
    const reader = new Collected(optionsOf(scene, { topics: ['topic', 'valves'], max: 2 }));
    await reader.ended();
    expect(reader.events.map(({ topic, messageId }) => [topic, messageId]).sort()).toEqual([
      ['topic', 't'],
      ['valves', 'v'],
    ]);
  });

  it('figures say how far each partition was read', async () => {
    const scene = await startPredix();
    store(
      scene.service,
      ids(3).map((id) => ({ id, key: 'one' })),
    );
    const reader = new Collected(optionsOf(scene, { max: 3 }));
    await reader.ended();
    const [partition = '', ...others] = await reader.reading.figures();
    expect(others).toEqual([]);
    expect(partition).toMatchObject({ read: 2, lag: undefined });
    expect(reader.reading.counts).toEqual({ read: 3, shown: 3, repeats: 0 });
  });

  it('metric messages are remarks', async () => {
    const limits = { fallback: 50, least: 50, most: 50 };
    const scene = await startPredix({ subscribe: { metricsInterval: limits } });
    store(scene.service, ['a']);
    const reader = new Collected(optionsOf(scene, { mode: 'batch', metricsMinutes: 1 }));
    await waitUntil('one has come', () => reader.notices.some((text) => text.startsWith('metrics: ')));
    expect(reader.notices.find((text) => text.startsWith('metrics: '))).toContain(`${ZONE}_topic-0=`);
    await waitUntil('the message is there', () => reader.events.length === 1);
    expect(reader.ids).toEqual(['a']);
  });

  it('who gets nothing is told where to look', async () => {
    const scene = await startPredix();
    const reader = new Collected(optionsOf(scene, { timing: { ...FAST_READ, idleMs: 100 } }));
    await waitUntil('the remark is made', () => reader.notices.length === 2);
    expect(reader.notices[1]).toContain('nothing has come for 0.1 s');
    expect(reader.notices[1]).toContain('another running subscriber with the name "reader"');
  });
});

describe('a lost connection', () => {
  it.each(['acks', 'batch'] as const)(
    '%s: a restart of the service in mid-read misses nothing',
    async (mode) => {
      const dataDir = await folder();
      const scene = await startPredix({ dataDir });
      const { service, uaa } = scene;
      store(service, ids(300));
      const port = Number(service.grpcUri.split(':')[1]);
      const reader = new Collected(
        optionsOf(scene, { mode, batch: { size: 20, intervalMs: 100, isUnion: true } }),
      );
      await waitUntil('some are read', () => reader.events.length > 50);
      await service.stop();
      await waitUntil('it is noticed', () => reader.notices.some((text) => text.includes('trying again in')));
      const options = { zones: { [ZONE]: [] }, trustedIssuers: [uaa.issuer], dataDir, port };
      const again = await startPredixAgain(options);
      store(again, ids(50, 'n'));
      const wanted = [...ids(300), ...ids(50, 'n')].sort();
      await waitUntil('all is read', () => new Set(reader.ids).size === wanted.length);
      expect([...new Set(reader.ids)].sort()).toEqual(wanted);
      expect(reader.notices).toContain('subscribed again');
    },
  );

  it('a service that is not there is tried again, with a remark', async () => {
    const scene = await startPredix();
    const hub = { host: 'localhost', port: 1 };
    const reader = new Collected(optionsOf(scene, { hub }));
    await waitUntil('it was tried twice', () => reader.notices.length >= 2);
    expect(reader.notices[0]).toMatch(
      /^localhost:1 does not serve the subscription: UNAVAILABLE.*; trying again in \d+ s$/,
    );
    await reader.stop();
  });

  it('streams that are cut are opened again, without a repeat where all was acknowledged', async () => {
    const scene = await startPredix();
    store(scene.service, ids(10));
    const reader = new Collected(optionsOf(scene));
    await waitUntil('all is read', () => reader.events.length === 10);
    const isSettled = (): boolean =>
      scene.service.topic(ZONE).partitions.every(({ index, nextOffset }) => {
        return (scene.service.topic(ZONE).positions.get('reader', index) ?? 0) === nextOffset;
      });
    await waitUntil('all is acknowledged', isSettled);
    scene.service.faults.cutStreams('subscribe');
    await waitUntil('it is back', () => reader.notices.includes('subscribed again'));
    store(scene.service, ['after']);
    await waitUntil('the next is read', () => reader.ids.includes('after'));
    expect(reader.events).toHaveLength(11);
  });
});

async function startPredixAgain(options: Parameters<typeof LocalPredix.start>[0]): Promise<LocalPredix> {
  const service = await LocalPredix.start(options);
  onTestFinished(() => service.stop());
  return service;
}
