import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommandLine as readChaosArguments } from '../scripts/chaos/command-line.js';
import { readCommandLine as readDemoArguments } from '../scripts/demo/command-line.js';
import { withOptionTable } from '../scripts/option-docs.js';
import { GAP_REASONS } from '../src/backlog/gap.js';
import { readConfig } from '../src/config.js';
import { Metrics } from '../src/http/metrics.js';
import { ADMIN_ROLE } from '../src/http/tenant-actions.js';
import { ALARM_TYPES } from '../src/tenants/alarm-board.js';
import { ROUTE_OPTIONS, TENANT_OPTIONS } from '../src/tenants/option-table.js';
import { readReplayRequest } from '../src/tenants/replay-request.js';

const ROOT = new URL('..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** Node 20 has no `globSync`. */
function filesIn(folder: string, ending: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith(ending)).map((file) => join(folder, file));
}
const markdownIn = (folder: string): string[] => filesIn(folder, '.md');

/** The part of a document under a heading, down to the next one of the same level. */
function section(document: string, heading: string): string {
  const [, text = ''] = read(document).split(`\n## ${heading}\n`);
  return text.split('\n## ')[0] ?? '';
}
/** The headings of a document, as links name them. */
function headingsOf(document: string): string[] {
  const headings = [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase(),
  );
  return headings.map((heading) => heading.replace(/[^\w\s-]/g, '').replaceAll(' ', '-'));
}

/** What stands in code type in the first column of the tables of a text. */
function firstColumn(text: string): string[] {
  const cells = [...text.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...['docs', 'examples', 'deploy'].flatMap(markdownIn),
];

describe('the documentation', () => {
  it('shows the options that the service reads', () => {
    expect(withOptionTable(read('docs/options.md'))).toBe(read('docs/options.md'));
  });

  it.each(DOCUMENTS)('%s links only to what is there', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g)].map(
      ([, path]) => path ?? '',
    );
    expect(links.filter((path) => !existsSync(join(ROOT, dirname(document), path)))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s links only to headings that there are', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    const missing = links.filter(([, path = '', anchor = '']) => {
      const target = path === '' ? document : join(dirname(document), path);
      return target.endsWith('.md') && !headingsOf(target).includes(anchor);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names only commands that there are', (document) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = [...read(document).matchAll(/npm run ([a-z][\w:-]*)/g)].map(([, name]) => name ?? '');
    expect(commands.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names only files of the project that there are', (document) => {
    const paths = [...read(document).matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+)`/g)].map(
      ([, path]) => path ?? '',
    );
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s shows only options that the demo and the chaos take', (document) => {
    const commands = read(document).matchAll(/npm run (demo|chaos) -- ([^`\n]+)/g);
    for (const [, name, words = ''] of commands) {
      // Help is printed, and has nothing else to be checked.
      if (words.includes('--help')) continue;
      const args = words.trim().split(/\s+/);
      expect(() => (name === 'demo' ? readDemoArguments : readChaosArguments)(args)).not.toThrow();
    }
  });
});

const OPERATIONS = 'docs/operations.md';

describe('README.md', () => {
  it('names every option', () => {
    const named = firstColumn(section('README.md', 'Options'));
    expect(named.sort()).toEqual(Object.keys({ ...TENANT_OPTIONS, ...ROUTE_OPTIONS }).sort());
  });
});

describe(OPERATIONS, () => {
  it('names every variable that the service reads, and no other', () => {
    const asked = new Set<string>();
    for (const given of [{}, { C8Y_MICROSERVICE_ISOLATION: 'PER_TENANT', PROXY_HTTPS_HOST: 'proxy' }]) {
      const environment: Record<string, string> = given;
      const asking = new Proxy(environment, {
        get: (target, name) => {
          asked.add(String(name));
          return target[String(name)];
        },
      });
      expect(() => readConfig(asking)).toThrow('C8Y_BASEURL');
    }
    const variables = firstColumn(section(OPERATIONS, 'Settings of the service'));
    expect(variables.sort()).toEqual([...asked].sort());
  });

  it('names every metric, with its type, and no other', async () => {
    const rows = section(OPERATIONS, 'Metrics').matchAll(/^\| (`[^|]+`) \| (\w+) \|/gm);
    const named = [...rows].flatMap(([, cell = '', type]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => `event_hubs_forwarder_${name} ${type}`),
    );
    const text = await new Metrics(() => []).text();
    const types = [...text.matchAll(/^# TYPE (event_hubs_forwarder_\w+ \w+)$/gm)].map(([, type]) => type);
    expect(named.sort()).toEqual(types.sort());
  });

  it('names every role that the manifest asks for or offers', () => {
    const { requiredRoles, roles } = JSON.parse(read('cumulocity.json')) as Record<string, string[]>;
    expect(firstColumn(section(OPERATIONS, 'Roles'))).toEqual(expect.arrayContaining(requiredRoles ?? []));
    expect(roles?.filter((role) => !section(OPERATIONS, 'Roles').includes(role))).toEqual([]);
    expect(section(OPERATIONS, 'Asking for a replay')).toContain(ADMIN_ROLE);
  });

  it('names every alarm, and every reason of a gap', () => {
    expect(firstColumn(section(OPERATIONS, 'Alarms')).sort()).toEqual(Object.values(ALARM_TYPES).sort());
    expect(firstColumn(section(OPERATIONS, 'Gaps'))).toEqual(expect.arrayContaining([...GAP_REASONS]));
  });

  it('shows a request for a replay that is accepted', () => {
    const [, body = ''] = /-d '([^']+)'/.exec(section(OPERATIONS, 'Asking for a replay')) ?? [];
    const routes = [{ name: 'default', apis: ['events', 'measurements'] }];
    const answer = readReplayRequest(JSON.parse(body), routes, Date.parse('2026-10-01T00:00:00Z'));
    expect(answer).toMatchObject({ gaps: [{ route: 'default', sources: ['111'] }] });
  });

  it('names only lines of the log that the service writes', () => {
    const sources = filesIn('src', '.ts').map(read).join();
    const lines = firstColumn(section(OPERATIONS, 'Logs'));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !sources.includes(line))).toEqual([]);
  });
});
