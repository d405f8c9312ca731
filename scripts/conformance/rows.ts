/** What the client programs report, and the table of it. */

/** One check of one client over one transport. */
export interface Row {
  readonly client: string;
  readonly version: string;
  readonly transport: string;
  readonly check: string;
  /** `skip` says that the client has no such thing, or that it cannot be had here; the detail says which. */
  readonly result: 'pass' | 'fail' | 'skip';
  readonly detail?: string;
}

/** Details longer than this are cut in the table; the JSON has them whole. */
const shownDetail = 160;

/**
 * Reads one line of a client program's output.
 *
 * @returns undefined for a line that is no report.
 */
export function readRow(line: string): Row | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const texts = ['client', 'version', 'transport', 'check'].every((name) => typeof fields[name] === 'string');
  const { result } = fields;
  if (!texts || (result !== 'pass' && result !== 'fail' && result !== 'skip')) return undefined;
  return value as Row;
}

/** The table, with the number of each result below it. */
export function describeRows(rows: readonly Row[]): string {
  const head = ['client', 'version', 'transport', 'check', 'result'];
  const cells = rows.map((row) => [row.client, row.version, row.transport, row.check, resultOf(row)]);
  const widths = head.map((title, column) =>
    column === head.length - 1
      ? 0
      : Math.max(title.length, ...cells.map((line) => (line[column] ?? '').length)),
  );
  const lines = [head, ...cells].map((line) =>
    line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '),
  );
  const count = (result: Row['result']) => rows.filter((row) => row.result === result).length;
  const totals = `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} not possible`;
  return `${[...lines, '', totals].join('\n')}\n`;
}

function resultOf({ result, detail }: Row): string {
  if (detail === undefined || result === 'pass') return result;
  const line = detail.replace(/\s+/g, ' ');
  return `${result}: ${line.length > shownDetail ? `${line.slice(0, shownDetail)}...` : line}`;
}
