import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { LogFile, LogFileError, replaceLogFile } from '../../log/log-file.js';
import { store } from '../subscribe/subscriber-fixture.js';
import { FolderInUseError } from './folder-lock.js';
import { Zones } from './zones.js';

const zone = 'z1';
let dataDir = '';

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'predix-data-'));
  return () => rmSync(dataDir, { recursive: true });
});

function open(topics: readonly string[] = [], topicLimit = 10): Zones {
  const zones = Zones.open({ [zone]: topics }, { retentionMs: 86_400_000, dataDir, topicLimit });
  onTestFinished(() => zones.close());
  return zones;
}

function fileOf(name: string, topic = 'topic'): string {
  return join(dataDir, `_${zone}`, `_${topic}`, name);
}

/** Opens the folder, stores messages in the default topic, moves a position and closes the folder again. */
function fill(...ids: readonly string[]): void {
  const zones = open();
  const topic = zones.topic(zone, 'topic');
  for (const id of ids)
    if (topic !== undefined) store(topic, id, Buffer.from(id), Buffer.from('one partition'));
  topic?.positions.set('reader', 0, ids.length);
  zones.close();
}

function idsIn(zones: Zones): readonly string[] {
  return (
    zones
      .topic(zone, 'topic')
      ?.messages()
      .map(({ id }) => id) ?? []
  );
}

/** The file of the partition that {@link fill} fills. */
function filledFile(): string {
  const sizes = [0, 1, 2, 3, 4].map((index) => [statSync(fileOf(`${index}.log`)).size, index] as const);
  return fileOf(`${sizes.toSorted(([left], [right]) => right - left)[0]?.[1]}.log`);
}

/** How many files of this process are open; undefined where that cannot be told. */
function openFiles(): number | undefined {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : undefined;
}

test('a record that is torn is cut off, wherever it is torn, and offsets go on without a gap', () => {
  fill('a');
  const good = statSync(filledFile()).size;
  fill('b');
  for (let torn = 1; statSync(filledFile()).size - torn >= good; torn++) {
    truncateSync(filledFile(), statSync(filledFile()).size - torn);
    const zones = open();
    expect(idsIn(zones)).toEqual(['a']);
    zones.close();
    fill('b');
  }
  const zones = open();
  expect(
    zones
      .topic(zone, 'topic')
      ?.messages()
      .map(({ id, offset }) => [id, offset]),
  ).toEqual([
    ['a', 0],
    ['b', 1],
  ]);
});

test.each(['0.log', '4.log', 'positions.log'])(
  '%s that is something else is named, and left alone',
  (name) => {
    fill('a');
    writeFileSync(fileOf(name), 'a letter to a friend');
    const before = openFiles();
    expect(() => open()).toThrow(LogFileError);
    expect(() => open()).toThrow(`${fileOf(name)} is no log of this kind`);
    expect(openFiles()).toBe(before);
    expect(statSync(fileOf(name)).size).toBe('a letter to a friend'.length);
  },
);

test.each([
  ['too short for a message', Buffer.alloc(3)],
  ['of something else', Buffer.alloc(40, 0xff)],
  ['of another partition', Buffer.concat([Buffer.alloc(8), Buffer.from([0x0a, 1, 0x61])])],
])('a partition with a record %s is named', (_, record) => {
  fill('a');
  replaceLogFile(fileOf('2.log'), [record]);
  const before = openFiles();
  expect(() => open()).toThrow(`${fileOf('2.log')} is no log of partition 2 of topic topic`);
  expect(openFiles()).toBe(before);
});

test('a partition in which offsets come twice is named', () => {
  fill('a', 'b');
  const path = filledFile();
  const log = LogFile.open(path);
  log.close();
  replaceLogFile(path, [...log.recovered, ...log.recovered]);
  expect(() => open()).toThrow(/is no log of partition \d of topic topic/);
});

test.each(['no JSON', 'null', '{}', '{"subscriber":"a","partition":0,"offset":-1}'])(
  'a position that is %s is named',
  (text) => {
    fill('a');
    replaceLogFile(fileOf('positions.log'), [Buffer.from(text)]);
    expect(() => open()).toThrow(`${fileOf('positions.log')} is no log of positions`);
  },
);

test('what else is in the folder is no topic', () => {
  fill('a');
  mkdirSync(join(dataDir, `_${zone}`, 'lost+found'));
  mkdirSync(join(dataDir, `_${zone}`, '_50%'));
  writeFileSync(join(dataDir, `_${zone}`, '_notes'), 'x');
  appendFileSync(join(dataDir, 'README'), 'x');
  expect(open().topics(zone)).toEqual(['topic']);
});

test('two services cannot have one folder at the same time, one after the other can', () => {
  const first = open();
  expect(() => open()).toThrow(FolderInUseError);
  expect(() => open()).toThrow(`${dataDir} is used by process ${process.pid}`);
  first.close();
  first.close();
  open();
});

test.each([
  ['of a process that is gone', '999999999'],
  ['of one that had the number of this one', String(process.pid)],
  ['that was not written to its end', ''],
])('a lock %s is taken over', (_, content) => {
  writeFileSync(join(dataDir, 'service.lock'), content);
  expect(open().topics(zone)).toEqual(['topic']);
});

test('a lock of another process that runs is respected, and what to do is said', () => {
  const path = join(dataDir, 'service.lock');
  writeFileSync(path, String(process.ppid));
  expect(() => open()).toThrow(`${dataDir} is used by process ${process.ppid}; if it is not, remove ${path}`);
});

test('a zone cannot have more topics than it may, or one whose name is none; nothing is kept open then', () => {
  expect(() => open(['a', 'b'], 1)).toThrow('zone z1 has 1 topics, and there is no room for b');
  expect(() => open(['a/b'])).toThrow('a/b is no name of a topic');
  expect(open(['a'], 1).topics(zone)).toEqual(['topic', 'a']);
});
