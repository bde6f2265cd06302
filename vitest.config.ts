import { configDefaults, defineConfig } from 'vitest/config';

/** A path: vitest then also writes its results there as JSON. The continuous integration counts tests from it. */
const jsonResultsFile = process.env['BROKERLAB_TEST_JSON'] ?? '';

const EXCLUDED = [...configDefaults.exclude, 'dist/**', 'dist-bench/**'];
const MOCKING = ['model/zk-controller/*.test.ts'];

export default defineConfig({
  test: {
    setupFiles: ['tooling/property-seeds.ts'],
    projects: [
      // Modules are loaded once for all files: there is nothing in them that a test could change...
      {
        extends: true,
        test: {
          name: 'all',
          include: ['**/*.test.ts'],
          exclude: [...EXCLUDED, ...MOCKING],
          isolate: false,
        },
      },
      // ...but where tests replace a module.
      { extends: true, test: { name: 'mocking', include: MOCKING, exclude: EXCLUDED } },
    ],
    pool: 'threads',
    // All cores: by default one of them is left out, which is half of a machine with two.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: jsonResultsFile === '' ? ['default'] : ['default', 'json'],
    ...(jsonResultsFile === '' ? {} : { outputFile: { json: jsonResultsFile } }),
  },
});
