/** `npm run docs:options`: writes the table of tenant options, as the service reads them, into docs/options.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { OptionRow } from '../src/tenants/option-row.js';
import { ROUTE_OPTIONS, TENANT_OPTIONS } from '../src/tenants/option-table.js';

const FILE = new URL('../docs/options.md', import.meta.url);
const BEGIN = '<!-- table: npm run docs:options -->';
const END = '<!-- end of table -->';

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** The table of all options, in Markdown. */
export function renderOptionTable(): string {
  const rows: [string, OptionRow<unknown>][] = [
    ...Object.entries(TENANT_OPTIONS),
    ...Object.entries(ROUTE_OPTIONS),
  ];
  const lines = rows.map(([key, { fallback, accepted, meaning }]) => {
    const shown = fallback === undefined ? '' : `\`${fallback}\``;
    return `| \`${key}\` | ${shown} | ${cell(accepted)} | ${cell(meaning)} |`;
  });
  return ['| key | default | accepted | meaning |', '|---|---|---|---|', ...lines].join('\n');
}

/**
 * Puts the table into a document, in place of the one between its marks.
 * @param document the text of docs/options.md
 */
export function withOptionTable(document: string): string {
  const [before = '', rest = ''] = document.split(BEGIN);
  const after = rest.split(END)[1] ?? '\n';
  return `${before}${BEGIN}\n${renderOptionTable()}\n${END}${after}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(FILE, withOptionTable(readFileSync(FILE, 'utf8')));
}
