import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createLog, LOG_LEVELS, type Log, type LogLevel, redact } from '../src/log.js';

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
const JWT = `eyJhbGciOiJSUzI1NiJ9.eyJ0ZW5hbnQiOiJ0MSJ9.${SECRET}`;

/** Every way in which a secret could get into a text. */
const LEAKS = [
  `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=${SECRET}/+==`,
  `SharedAccessKey=${SECRET};EntityPath=hub`,
  `SharedAccessSignature=${SECRET}`,
  `SharedAccessSignature sr=sb%3a%2f%2fns&sig=${SECRET}%3d&se=1&skn=n`,
  `Endpoint=sb://a/;SharedAccessSignature=SharedAccessSignature sr=sb%3a%2f%2fns&sig=${SECRET}%3d&se=1&skn=n`,
  `wss://t1.example.com/notification2/consumer/?token=${SECRET}`,
  `/notification2/unsubscribe?x=1&token=${SECRET}&y=2`,
  `Authorization: Basic ${SECRET}`,
  `{"authorization":"Bearer ${SECRET}"}`,
  `the token ${JWT} is expired`,
];

/** Writes with the real logger and returns what arrived on standard output, line by line. */
function linesOf(level: LogLevel, write: (log: Log) => void): readonly string[] {
  const { _stdout: stdout } = console as unknown as { _stdout: Writable };
  const written: string[] = [];
  const spy = vi.spyOn(stdout, 'write').mockImplementation((chunk: unknown) => {
    written.push(String(chunk));
    return true;
  });
  write(createLog(level));
  spy.mockRestore();
  return written.join('').split('\n').slice(0, -1);
}

function onlyLine(write: (log: Log) => void): Record<string, unknown> {
  const lines = linesOf('debug', write);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('redacted is', () => {
  test.each(LEAKS)('%s', (text) => {
    expect(redact(text)).not.toContain(SECRET);
  });

  test('every one of several secrets', () => {
    expect(redact(LEAKS.join('\n'))).not.toContain(SECRET);
  });

  test('no more than the secret', () => {
    expect(redact(`Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=${SECRET};EntityPath=hub`)).toBe(
      'Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=***;EntityPath=hub',
    );
    expect(redact(`GET /x?token=${SECRET}&y=2`)).toBe('GET /x?token=***&y=2');
    const harmless = 'consumer connected to wss://t1/notification2/consumer as Basic user; Bearer of news';
    expect(redact(harmless)).toBe(harmless);
  });

  test('any key', () => {
    const key = fc.stringMatching(/^[A-Za-z0-9+/]{43}=$/);
    fc.assert(
      fc.property(key, fc.constantFrom('', ';EntityPath=h', '"', ' and more'), (secret, rest) => {
        expect(redact(`SharedAccessKeyName=n;SharedAccessKey=${secret}${rest}`)).not.toContain(
          secret.slice(0, 8),
        );
      }),
    );
  });
});

describe('a line', () => {
  test('is one JSON object that begins with what a person looks for first', () => {
    const line = onlyLine((log) =>
      log.child({ tenant: 't1' }).child({ route: 'a' }).warn('hello', { count: 7 }),
    );
    expect(line).toMatchObject({ level: 'warn', message: 'hello', tenant: 't1', route: 'a', count: 7 });
    expect(Object.keys(line)).toEqual(['timestamp', 'level', 'message', 'tenant', 'route', 'count']);
    expect(Date.parse(String(line['timestamp']))).not.toBeNaN();
  });

  test('stays one line, whatever is in it', () => {
    const text = 'two\nlines\r\n\u2028"quoted"';
    expect(onlyLine((log) => log.info(text, { text }))).toMatchObject({ message: text, text });
  });

  test.each(LEAKS)('shows no secret in its message: %s', (text) => {
    expect(JSON.stringify(onlyLine((log) => log.error(text)))).not.toContain(SECRET);
  });

  test.each(LEAKS)('shows no secret in its fields: %s', (text) => {
    expect(JSON.stringify(onlyLine((log) => log.error('m', { reason: text })))).not.toContain(SECRET);
  });

  test('shows no secret in the fields of a child', () => {
    const line = onlyLine((log) => log.child({ url: LEAKS[5] }).info('m'));
    expect(JSON.stringify(line)).not.toContain(SECRET);
  });

  test('shows no secret in lists and objects within its fields', () => {
    const [first = ''] = LEAKS;
    const line = onlyLine((log) => log.error('m', { problems: [first], nested: { given: { text: first } } }));
    expect(JSON.stringify(line)).not.toContain(SECRET);
    expect(line['problems']).toHaveLength(1);
  });
});

test.each(LOG_LEVELS.map((level, at) => [level, LOG_LEVELS.slice(0, at + 1)] as const))(
  'at level %s the levels %j are written',
  (level, written) => {
    const lines = linesOf(level, (log) => {
      for (const each of LOG_LEVELS) log[each](each);
    });
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(written);
  },
);
