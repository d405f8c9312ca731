import { describe, expect, test } from 'vitest';
import { readReplayRequest } from '../../src/tenants/replay-request.js';

const ROUTES = [
  { name: 'default', apis: ['alarms', 'events', 'measurements'] },
  { name: 'second', apis: ['events'] },
];
const NOW = Date.parse('2026-11-01T00:00:00Z');
const FROM = '2026-10-01T00:00:00Z';
const TO = '2026-10-02T02:00:00+02:00';

const read = (body: unknown): ReturnType<typeof readReplayRequest> => readReplayRequest(body, ROUTES, NOW);

function gapsOf(body: unknown): readonly unknown[] {
  const answer = read(body);
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems));
  return answer.gaps;
}

function keysOf(body: unknown): readonly string[] {
  const answer = read(body);
  return 'problems' in answer ? answer.problems.map(({ key }) => key) : [];
}

test('a span of time is enough: everything of every route', () => {
  const span = [Date.parse(FROM), Date.parse(TO)];
  expect(gapsOf({ from: FROM, to: TO })).toEqual([
    { route: 'default', reason: 'requested', span, apis: ['alarms', 'events', 'measurements'] },
    { route: 'second', reason: 'requested', span, apis: ['events'] },
  ]);
});

test('it has to be of something that is forwarded', () => {
  expect(keysOf({ from: FROM, to: TO, apis: ['operations'] })).toEqual(['apis']);
  expect(gapsOf({ from: FROM, to: TO, apis: ['alarms'] })).toMatchObject([{ route: 'default' }]);
});

test('route, APIs and devices narrow it', () => {
  const body = {
    from: FROM,
    to: TO,
    route: 'default',
    apis: ['measurements', 'operations'],
    devices: ['7', '8'],
  };
  expect(gapsOf(body)).toMatchObject([{ route: 'default', apis: ['measurements'], sources: ['7', '8'] }]);
});

test('what has not happened yet is not waited for', () => {
  expect(gapsOf({ from: FROM, to: '2026-12-01T00:00:00Z' })).toMatchObject([
    { span: [Date.parse(FROM), NOW] },
    {},
  ]);
});

describe('every mistake is named, with what is accepted', () => {
  test.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['body']],
    ['a list', [], ['body']],
    ['no times', {}, ['from', 'to']],
    ['a time without a zone', { from: '2026-10-01T00:00:00', to: TO }, ['from']],
    ['a number as time', { from: 7, to: TO }, ['from']],
    ['the wrong order', { from: TO, to: FROM }, ['from']],
    ['the future', { from: '2026-11-02T00:00:00Z', to: '2026-11-03T00:00:00Z' }, ['from']],
    ['more than a year', { from: '2020-01-01T00:00:00Z', to: TO }, ['to']],
    ['an unknown API', { from: FROM, to: TO, apis: ['audits'] }, ['apis']],
    ['no API', { from: FROM, to: TO, apis: [] }, ['apis']],
    ['a device that is no id', { from: FROM, to: TO, devices: ['a/b'] }, ['devices']],
    [
      'too many devices',
      { from: FROM, to: TO, devices: Array.from({ length: 1001 }, (_, at) => `${at}`) },
      ['devices'],
    ],
    ['an unknown route', { from: FROM, to: TO, route: 'third' }, ['route']],
    ['an unknown field', { from: FROM, to: TO, device: '7' }, ['device']],
  ])('%s', (_what, body, keys) => {
    expect(keysOf(body)).toEqual(keys);
    const answer = read(body);
    for (const { given, accepted } of 'problems' in answer ? answer.problems : []) {
      expect(given.length).toBeLessThan(120);
      expect(accepted.length).toBeGreaterThan(5);
    }
  });
});
