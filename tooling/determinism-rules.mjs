// @ts-check
/**
 * The lint rules that keep a run a function of its seed, and the same in Node, a worker and a browser.
 *
 * Every ban names what to use instead. The rules see names, not values: what they cannot see (a callback that
 * reads the clock, handed in by `cli`) is caught by the tests that run every scenario twice.
 */
import { builtinModules } from 'node:module';

const clock = 'use the host clock, context.nowUs()';
const timer = 'set a timer of the host, which the virtual clock fires';
const stream = 'draw from a named stream of the run';
const passedIn = 'let cli do it and pass the result in';
const exact = 'it is not bit-exact between engines';

/** Globals that differ from run to run or from host to host. */
const bannedGlobals = {
  Date: `Date.now and new Date are banned: ${clock}.`,
  performance: `performance is banned: ${clock}.`,
  setTimeout: `setTimeout is banned: ${timer}.`,
  setInterval: `setInterval is banned: ${timer}.`,
  setImmediate: `setImmediate is banned: ${timer}.`,
  queueMicrotask: `queueMicrotask is banned: ${timer}.`,
  requestAnimationFrame: `requestAnimationFrame is banned: ${timer}.`,
  crypto: `crypto is banned: ${stream}; for digests use the run's rolling hash.`,
  process: `process is banned: ${passedIn}.`,
  console: `console is banned: return data or write to the trace; cli prints it.`,
  require: `require is banned: import statically.`,
  Buffer: `Buffer is banned: use Uint8Array, which browsers have too.`,
  fetch: `fetch is banned: ${passedIn}.`,
  navigator: `navigator is banned: ${passedIn}.`,
  Intl: `Intl is banned, it depends on the machine's locale data: format with the reports' own functions.`,
  WeakRef: `WeakRef is banned: it makes a run depend on garbage collection.`,
  FinalizationRegistry: `FinalizationRegistry is banned: it makes a run depend on garbage collection.`,
  globalThis: `globalThis is banned: it is a way around the other bans.`,
  global: `global is banned: it is a way around the other bans.`,
  window: `window is banned: ${passedIn}.`,
  self: `self is banned: ${passedIn}.`,
};

/** What of `Math` gives the same bits in every engine. */
const exactMath = new Set([
  ...['abs', 'ceil', 'clz32', 'floor', 'fround', 'imul', 'max', 'min', 'round', 'sign', 'sqrt'],
  ...['trunc', 'E', 'LN10', 'LN2', 'LOG10E', 'LOG2E', 'PI', 'SQRT1_2', 'SQRT2'],
]);

/** @type {Readonly<Record<string, string>>} */
const mathReplacements = {
  random: stream,
  pow: `${exact}; multiply`,
  log: `${exact}; use @stdlib/math-base-special-ln`,
  exp: `${exact}; use @stdlib/math-base-special-exp`,
};

const stdlib = `${exact}; use a single @stdlib/math-base-special-* package`;

const bannedMathNames = Object.getOwnPropertyNames(Math).filter((name) => !exactMath.has(name));

const bannedMath = bannedMathNames.map((property) => ({
  object: 'Math',
  property,
  message: `Math.${property} is banned: ${mathReplacements[property] ?? stdlib}.`,
}));

const localeMessage =
  "is banned, it depends on the machine's locale: compare with < and >, format with the reports' own functions.";

const bannedMethods = [
  'localeCompare',
  'toLocaleString',
  'toLocaleDateString',
  'toLocaleTimeString',
];

const power = 'is banned: it is not bit-exact between engines; multiply.';

const bannedForms = [
  { selector: 'BinaryExpression[operator="**"]', message: `** ${power}` },
  { selector: 'AssignmentExpression[operator="**="]', message: `**= ${power}` },
  {
    selector: ':not(MemberExpression) > Identifier[name="Math"]',
    message:
      'Math under another name is banned: write Math.floor(x), so that the other bans can see it.',
  },
  {
    selector: 'MemberExpression[computed=true][object.name="Math"]',
    message: 'Math[...] is banned: write Math.floor(x), so that the other bans can see it.',
  },
  {
    selector: 'ImportExpression',
    message: 'import() is banned: when it ends depends on the machine; import statically.',
  },
];

const builtins = builtinModules.map((name) => name.replaceAll('/', String.raw`\/`)).join('|');

/** Bans of syntax that hold for all TypeScript here. */
export const bannedEverywhere = [
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Default exports are banned: export by name, so that a thing has one name everywhere.',
  },
  {
    selector: 'TSEnumDeclaration',
    message: 'enum is banned: use a union of literals, or an object `as const`.',
  },
];

const bannedTimeAndRandomness = [
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
];

/**
 * @param {(name: string) => boolean} isBanned
 * @returns {import('eslint').Linter.RuleEntry}
 */
const restrictedGlobals = (isBanned) => [
  'error',
  ...Object.entries(bannedGlobals)
    .filter(([name]) => isBanned(name))
    .map(([name, message]) => ({ name, message })),
];

/**
 * For `sim`, `model`, `scenarios` and `reports`.
 *
 * @type {import('eslint').Linter.RulesRecord}
 */
export const determinism = {
  'no-restricted-globals': restrictedGlobals(() => true),
  'no-restricted-properties': [
    'error',
    ...bannedMath,
    ...bannedMethods.map((property) => ({ property, message: `${property} ${localeMessage}` })),
  ],
  'no-restricted-syntax': ['error', ...bannedEverywhere, ...bannedForms],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        {
          regex: `^(node:.*|(${builtins})(/.*)?)$`,
          message: `Node's own modules are banned here: ${passedIn}.`,
        },
      ],
    },
  ],
};

/**
 * For the tests of those folders. A test may read goldens and may use an inexact function as an oracle; what it
 * asserts still depends on no clock and no hidden randomness.
 *
 * @type {import('eslint').Linter.RulesRecord}
 */
export const determinismInTests = {
  'no-restricted-globals': restrictedGlobals((name) => bannedTimeAndRandomness.includes(name)),
  'no-restricted-properties': [
    'error',
    ...bannedMath.filter(({ property }) => property === 'random'),
  ],
};
