// @ts-check
/**
 * Which folder may import which: sim <- model <- scenarios <- reports <- cli, and nothing the other way.
 * Loosening a rule here needs a decision in docs/decisions.
 */
const layers = ['sim', 'model', 'scenarios', 'reports', 'cli'];
const outsiders = ['bench', 'tooling'];
const tests = String.raw`\.test\.ts$`;
const core = '^(sim|model|scenarios|reports)/';

/**
 * One rule per layer: everything to its right in `layers`, and the outsiders, are out of its reach.
 *
 * @type {import('dependency-cruiser').IForbiddenRuleType[]}
 */
const layerRules = layers.map((layer, index) => ({
  name: `${layer}-imports-only-to-the-left`,
  comment: `Imports point one way: ${layers.join(' <- ')}. Move the code, or pass the value in.`,
  severity: 'error',
  from: { path: `^${layer}/` },
  to: { path: `^(${[...layers.slice(index + 1), ...outsiders].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one idea in two places: join or part them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-node-modules-of-node',
      comment:
        'These layers run in a browser: what needs files or threads gets them passed in from cli.',
      severity: 'error',
      from: { path: core, pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'kernel-and-model-stand-alone',
      comment:
        'Whatever sim and model import can change a hash: seedrandom and single @stdlib packages only.',
      severity: 'error',
      from: { path: '^(sim|model)/', pathNot: tests },
      to: {
        dependencyTypes: [
          'npm',
          'npm-dev',
          'npm-optional',
          'npm-peer',
          'npm-no-pkg',
          'npm-unknown',
        ],
        pathNot: 'node_modules/(seedrandom|@types/seedrandom|@stdlib)/',
      },
    },
    {
      name: 'no-development-packages',
      comment: 'What the package ships cannot import what its users do not install.',
      severity: 'error',
      from: { path: `^(${layers.join('|')})/`, pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-imports-of-tests',
      comment: 'A helper that two tests share is a file of its own.',
      severity: 'error',
      from: {},
      to: { path: tests },
    },
    {
      name: 'no-unresolvable',
      comment: 'A path that leads nowhere. (brokerlab.mjs imports what the build makes.)',
      severity: 'error',
      from: { pathNot: '^cli/brokerlab[.]mjs$' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-drawer-for-everything',
      comment: 'A file is named after its main export; utils and helpers are names for nothing.',
      severity: 'error',
      from: {},
      to: { path: '(^|/)(utils?|helpers?|misc)[.]ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|dist-bench|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
