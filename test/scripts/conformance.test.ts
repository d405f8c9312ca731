import { describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../scripts/command-line.js';
import { chooseClients } from '../../scripts/conformance/clients.js';
import { readCommandLine } from '../../scripts/conformance/command-line.js';

function read(...args: readonly string[]): NonNullable<ReturnType<typeof readCommandLine>> {
  const options = readCommandLine(args);
  if (options === undefined) throw new Error('help was printed');
  return options;
}

const foldersOf = (...args: readonly string[]): readonly string[] =>
  chooseClients(read(...args)).map(({ folder }) => folder);

describe('npm run conformance', () => {
  it('runs every client of every hub, each in a folder of its own', () => {
    const folders = foldersOf();
    expect(folders).toEqual(['javascript', 'python', 'python-debian', 'go', 'java', 'python-predix']);
    expect(new Set(folders).size).toBe(folders.length);
  });

  it('runs those of a hub, of a language, or of both', () => {
    expect(foldersOf('--hub', 'predix')).toEqual(['python-predix']);
    expect(foldersOf('--only', 'python')).toEqual(['python', 'python-debian', 'python-predix']);
    expect(foldersOf('--hub', 'azure', '--only', 'python, go')).toEqual(['python', 'python-debian', 'go']);
  });

  it('says so when a hub has no client in a language', () => {
    const choose = (): unknown => chooseClients(read('--hub', 'predix', '--only', 'go'));
    expect(choose).toThrow(UsageError);
    expect(choose).toThrow('--only: given "go"; accepted with --hub predix: python.');
  });

  it.each([
    [['--hub', 'kafka'], /--hub: given "kafka"; accepted: azure, predix/],
    [['--only', 'cobol'], /--only: given "cobol"; accepted: javascript, python, go, java/],
    [['--client', 'python'], /Unknown option '--client'/],
  ])('refuses %j and says what is accepted', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(message);
  });

  it('names every hub in its help', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(readCommandLine(['--help'])).toBeUndefined();
    expect(String(write.mock.calls[0]?.[0])).toContain('azure, predix');
  });
});
