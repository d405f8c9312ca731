import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile, LogFileError, replaceLogFile } from './log-file.js';

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'));
  path = join(folder, 'made', 'on', 'demand.log');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the log, appends and closes it. */
function write(...texts: string[]): void {
  const log = LogFile.open(path);
  for (const text of texts) log.append(Buffer.from(text));
  log.close();
}

/** Opens the log and closes it again. */
function read(): { readonly texts: readonly string[]; readonly cutBytes: number } {
  const log = LogFile.open(path);
  log.close();
  return { texts: log.recovered.map((payload) => payload.toString()), cutBytes: log.cutBytes };
}

test('a record is its length, the CRC-32 of length and payload, and the payload', () => {
  write('123456789');
  const record = readFileSync(path).subarray('LOGFILE1'.length);
  const length = Buffer.from([0, 0, 0, 9]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(Buffer.concat([length, Buffer.from('123456789')])));
  expect(record).toEqual(Buffer.concat([length, sum, Buffer.from('123456789')]));
});

test('records come back in order, also empty ones and those of several runs', () => {
  write('one', '', 'three');
  write('four');
  expect(read()).toEqual({ texts: ['one', '', 'three', 'four'], cutBytes: 0 });
});

test('a file cut at any byte of its last record loses that record and nothing else', () => {
  write('first', 'second');
  const good = statSync(path).size;
  write('the last one');
  const whole = readFileSync(path);
  for (let size = good; size < whole.length; size++) {
    writeFileSync(path, whole.subarray(0, size));
    expect(read()).toEqual({ texts: ['first', 'second'], cutBytes: size - good });
    expect(statSync(path).size).toBe(good);
    write('next');
    expect(read().texts).toEqual(['first', 'second', 'next']);
  }
});

test('a file cut within its first bytes is an empty log', () => {
  write();
  const whole = readFileSync(path);
  for (let size = 0; size < whole.length; size++) {
    writeFileSync(path, whole.subarray(0, size));
    write('a');
    expect(read().texts).toEqual(['a']);
  }
});

test('one flipped bit anywhere in a record ends the log before it', () => {
  write('first');
  const good = statSync(path).size;
  write('damaged', 'behind it');
  const whole = readFileSync(path);
  const end = whole.length - 'behind it'.length - 8;
  for (let at = good; at < end; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      writeFileSync(path, damaged);
      expect(read().texts).toEqual(['first']);
    }
  }
});

test('zeros behind the last record, as a crash may leave them, are cut off', () => {
  write('first');
  appendFileSync(path, Buffer.alloc(4096));
  // Eight zeros would be an empty record if its sum were 0, and it is not.
  expect(read()).toEqual({ texts: ['first'], cutBytes: 4096 });
});

test('a file of another kind is left alone', () => {
  write();
  writeFileSync(path, 'something else entirely');
  expect(() => LogFile.open(path)).toThrow(LogFileError);
  expect(readFileSync(path, 'utf8')).toBe('something else entirely');
});

test('appends of one turn are written together, and callers hear of it', async () => {
  const log = LogFile.open(path);
  const before = statSync(path).size;
  log.append(Buffer.from('a'));
  log.append(Buffer.from('b'));
  expect(statSync(path).size).toBe(before);
  await new Promise<void>((resolve) => log.whenWritten(resolve));
  expect(statSync(path).size).toBe(before + 2 * 9);
  let heard = false;
  log.whenWritten(() => {
    heard = true;
  });
  expect(heard).toBe(true);
  log.close();
  log.close();
  expect(() => log.append(Buffer.from('c'))).toThrow(LogFileError);
});

test('a replaced log holds the new records only', () => {
  write('old', 'older');
  replaceLogFile(path, [Buffer.from('new')]);
  write('newer');
  expect(read().texts).toEqual(['new', 'newer']);
});
