import { configDefaults, defineConfig } from 'vitest/config';

/** A path: vitest then also writes its results there as JSON. The continuous integration counts tests from it. */
const jsonResultsFile = process.env['BROKERLAB_TEST_JSON'] ?? '';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'dist/**', 'dist-bench/**'],
    setupFiles: ['tooling/property-seeds.ts'],
    pool: 'threads',
    // All cores: by default one of them is left out, which is half of a machine with two.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: jsonResultsFile === '' ? ['default'] : ['default', 'json'],
    ...(jsonResultsFile === '' ? {} : { outputFile: { json: jsonResultsFile } }),
  },
});
