import { describe, expect, it } from 'vitest';
import { type Expected, expectedOf, type Sighting } from '../../scripts/chaos/expected.js';
import { describeTrail, type Spell, type Traces } from '../../scripts/chaos/trail.js';
import { emittedObservation } from '../../scripts/demo/observation.js';

const SECRET = 'what is in the body';

/** Emitted at so many seconds, by device `d` unless said otherwise. */
function entry(id: string, second: number, reads: readonly Partial<Sighting>[], device = 'd'): Expected {
  const channel = `/t1/events/${device}`;
  const body = JSON.stringify({ id, text: SECRET });
  const observation = emittedObservation({ tenant: 't1', channel, action: 'CREATE', body });
  const made = expectedOf({ observation, position: Number(id), atMs: second * 1000, kind: 'sent' });
  for (const read of reads) made.sightings.push(sighting(read));
  return made;
}

function sighting(more: Partial<Sighting>): Sighting {
  const place = { partitionId: '3', enqueuedAtMs: 0, offset: '77' };
  return { atMs: 0, ...place, messageId: 'id1', isReplayed: false, ...more };
}

function spell(fault: string, from: number, to: number | undefined): Spell {
  return {
    fault,
    target: 'all',
    beganAtMs: from * 1000,
    endedAtMs: to === undefined ? undefined : to * 1000,
  };
}

function trail(expected: readonly Expected[], more: Partial<Traces> = {}): string {
  return describeTrail({ expected, unknown: [], spells: [], originMs: 10_000, ...more }).join('\n');
}

describe('the trail', () => {
  it('is empty when nothing went wrong', () => {
    expect(trail([entry('1', 11, [{}])])).toBe('');
  });

  it('says of what was lost what it was, when it was emitted, and what came before and after', () => {
    const read = { atMs: 13_000 };
    const text = trail([
      entry('1', 11, [read]),
      entry('2', 12, [read]),
      entry('3', 12, [read]),
      entry('4', 12, [read], 'other'),
      entry('5', 12.25, []),
      entry('6', 12.5, [read]),
    ]);
    expect(text).toContain('lost: tenant t1, source d, events CREATE, object 5');
    expect(text).toContain('emitted at 2.250 s\n  never read');
    expect(text).toContain('object 3: emitted at 2.000 s; read at 3.000 s, partition 3, offset 77, id id1');
    expect(text).toContain('> events CREATE, object 5');
    expect(text).toContain('object 6');
    for (const far of ['object 1', 'object 4']) expect(text).not.toContain(far);
    expect(text).not.toContain(SECRET);
  });

  it('names the faults around it, and not those that were over long before', () => {
    const spells = [
      spell('cut', 1, 2),
      spell('kill', 11, 12),
      spell('restart', 14, undefined),
      spell('busy', 40, 41),
    ];
    const text = trail([entry('5', 12, [])], { spells });
    expect(text).toContain('kill (all), 1.000 s to 2.000 s');
    expect(text).toContain('restart (all), 4.000 s to the end');
    expect(text).not.toContain('cut (all)');
    expect(text).not.toContain('busy (all)');
  });

  it('says when a lost one was discarded', () => {
    const lost = entry('5', 12, []);
    lost.discardedAtMs = 15_000;
    expect(trail([lost])).toContain('discarded with its subscriber at 5.000 s');
  });

  it('shows the worst that there is, and only one', () => {
    const outOfOrder = entry('1', 11, [{}]);
    outOfOrder.isOutOfOrder = true;
    const underTwoIds = entry('2', 12, [{ messageId: 'one' }, { messageId: 'two' }]);
    const lost = entry('3', 13, []);
    expect(trail([outOfOrder, underTwoIds, lost])).toMatch(/^lost: /);
    expect(trail([underTwoIds, outOfOrder])).toMatch(/^first copy out of order: .*object 1/);
    expect(trail([underTwoIds])).toMatch(/^repeated under another id: .*object 2/);
    expect(trail([underTwoIds])).toContain('id one');
  });

  it('says of what was never emitted where it was read', () => {
    const { observation } = {
      observation: emittedObservation({
        tenant: 't1',
        channel: '/t1/events/d',
        action: 'CREATE',
        body: '{"id":"9"}',
      }),
    };
    const text = trail([], { unknown: [{ observation, ...sighting({ atMs: 12_000 }) }] });
    expect(text).toContain(
      'never emitted: read from the hub of tenant t1, events CREATE, source d, object 9',
    );
    expect(text).toContain('read at 2.000 s, partition 3, offset 77, id id1');
  });
});
