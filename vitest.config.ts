import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most of a test is waiting for a socket: all processors, where the default leaves one of two idle.
    maxWorkers: '100%',
    // A hung wait must name its test well before CI gives up; it is a bound, never a measure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
