import { describe, expect, test } from 'vitest';
import { captureWith } from '../../src/replay/captured.js';
import { storedRecord } from '../support/stored-records.js';

const ALL = { apis: ['events', 'measurements'], typeFilter: undefined, fragmentsToCopy: [] };

function fieldsOf(body: Buffer | undefined): readonly string[] {
  return Object.keys(JSON.parse(body?.toString() ?? '{}') as object);
}

test('a record of an API that is not asked for is left out', () => {
  const capture = captureWith(ALL);
  expect(capture(storedRecord('events', '1', 0))).toBeDefined();
  expect(capture(storedRecord('alarms', '1', 0))).toBeUndefined();
});

describe('a type filter', () => {
  test.each([
    ['c8y_T', true],
    [' c8y_T ', true],
    ["'c8y_T'", true],
    ["'a' or 'c8y_T' or 'b'", true],
    ["'a' or 'b'", false],
    ['c8y_Temperature', false],
    ["'it''s' or 'x'", false],
  ])('%s', (typeFilter, isCaptured) => {
    const captured = captureWith({ ...ALL, typeFilter })(storedRecord('events', '1', 0));
    expect(captured !== undefined).toBe(isCaptured);
  });

  test('lets nothing through that has no type', () => {
    const record = { ...storedRecord('events', '1', 0), type: undefined };
    expect(captureWith({ ...ALL, typeFilter: 'c8y_T' })(record)).toBeUndefined();
    expect(captureWith(ALL)(record)).toBeDefined();
  });
});

describe('fragments to copy', () => {
  const record = storedRecord('events', '1', 0, '7', {
    time: 't',
    text: 'x',
    c8y_Keep: { a: 1.0 },
    c8y_Drop: [1],
  });

  test('are kept beside the standard fields, the others are not', () => {
    const captured = captureWith({ ...ALL, fragmentsToCopy: ['c8y_Keep', 'c8y_None'] })(record);
    expect(fieldsOf(captured?.body)).toEqual(['id', 'type', 'source', 'time', 'text', 'c8y_Keep']);
  });

  test('none named: the bytes that came', () => {
    expect(captureWith(ALL)(record)?.body).toBe(record.notification.body);
  });
});
