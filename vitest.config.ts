import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long begin first, or one of them would run alone at the end. */
const LONG = ['test/main-memory', 'test/service/', 'test/chaos/', 'test/demo/', 'test/destinations/'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((path) => moduleId.includes(path));
      return at < 0 ? LONG.length : at;
    };
    return [...files].sort((left, right) => place(left) - place(right));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Loading every module anew for each of 200 files takes longer than running them.
    isolate: false,
    // Half of a test is waiting for a socket: more workers than processors, or they would idle.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // A hung wait must name its test well before CI gives up; it is a bound, never a measure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
