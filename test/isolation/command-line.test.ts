import { describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../scripts/command-line.js';
import { readCommandLine } from '../../scripts/isolation/command-line.js';
import { FAULTS } from '../../scripts/isolation/faults.js';

describe('the command line of npm run isolation', () => {
  it('has defaults: twenty tenants, every fault', () => {
    expect(readCommandLine([])).toMatchObject({ tenants: 20, faults: FAULTS, json: false });
  });

  it('takes the faults that are named, each once', () => {
    const options = readCommandLine(['--faults', 'wrong-key, dead-hub,wrong-key', '--seconds', '2']);
    expect(options?.faults.map(({ name }) => name)).toEqual(['wrong-key', 'dead-hub']);
    expect(options?.seconds).toBe(2);
  });

  it.each([
    [
      ['--faults', 'pigeon'],
      /--faults: given "pigeon"; accepted: none, large, dead-hub, oversize, wrong-key/,
    ],
    [['--seconds', '0'], /--seconds: given "0"; accepted: 1 to/],
    [['--tenants', '1'], /--tenants: given "1"; accepted: 2 to/],
    [['--rate', 'fast'], /--rate: given "fast"; accepted: a whole number/],
    [['--storm'], /Unknown option '--storm'/],
  ])('refuses %j and says what is accepted', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(message);
  });

  it('names every fault in its help', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(readCommandLine(['--help'])).toBeUndefined();
    const help = String(write.mock.calls[0]?.[0]);
    for (const { name, what } of FAULTS) {
      expect(help).toContain(`${name} `);
      expect(help).toContain(what);
    }
  });
});
