// @ts-check
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { bannedEverywhere, determinism, determinismInTests } from './tooling/determinism-rules.mjs';

/** The layers that run unchanged in a browser and in a worker. */
const pureLayers = ['sim', 'model', 'scenarios', 'reports'];
const pureFiles = pureLayers.map((layer) => `${layer}/**/*.ts`);
const testFiles = ['**/*.test.ts'];

export default defineConfig(
  globalIgnores(['dist/', 'dist-bench/', 'coverage/', 'reports-out/']),

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      // Lines of code: a long explanation never makes a file too long.
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...bannedEverywhere],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],

      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],

      // `while (true)` with a return inside is the clearest form of several loops of the kernel.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // A step function dispatches with `return onFetch(...)`, void like itself.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Numbers and booleans print the same everywhere; objects in a template stay errors.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // noUncheckedIndexedAccess types every element of a typed array as possibly undefined. In the
      // kernel's loops, whose indices are in range by construction, `!` is the form without a cost.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A message is told apart by its `kind`, an integer, and then cast to its class: the rule takes each for a mistake.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A counted loop over a typed array is several times as fast as its iterator.
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },

  { files: pureFiles, ignores: testFiles, rules: determinism },
  {
    files: pureFiles.map((files) => files.replace('*.ts', '*.test.ts')),
    rules: determinismInTests,
  },

  {
    files: testFiles,
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' },
  },
  {
    // Their tools ask for a default export.
    files: ['*.config.ts', 'types/**/*.d.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
