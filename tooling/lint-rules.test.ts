/**
 * Holds the lint rules to what they promise: each ban fires in the four pure layers, names its replacement, and leaves
 * `cli` alone; each arrow between the layers is one-way.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cruiserConfiguration from '../.dependency-cruiser.mjs';

const pureLayers = ['sim', 'model', 'scenarios', 'reports'] as const;

/** The project's own configuration, without the rules that need types: a snippet belongs to no TypeScript project. */
const eslint = new ESLint({
  overrideConfig: [{ ...tseslint.configs.disableTypeChecked, files: ['**/*.ts'] }],
});

/** The messages of the determinism rules (the `no-restricted-*` family) for a snippet in a file of that name. */
async function bans(code: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  const messages = result?.messages ?? [];
  expect(messages.filter((message) => message.fatal)).toEqual([]);
  return messages
    .filter((message) => message.ruleId?.startsWith('no-restricted-'))
    .map((message) => message.message);
}

/** What is banned in the pure layers, and a part of the message that names the replacement. */
const banned = [
  { code: 'export const t = Date.now();', names: 'context.nowUs()' },
  { code: 'export const t = new Date();', names: 'context.nowUs()' },
  { code: 'export const t = performance.now();', names: 'context.nowUs()' },
  { code: 'export const t = globalThis.performance.now();', names: 'way around' },
  { code: 'setTimeout(() => undefined, 1);', names: 'virtual clock' },
  { code: 'setInterval(() => undefined, 1);', names: 'virtual clock' },
  { code: 'setImmediate(() => undefined);', names: 'virtual clock' },
  { code: 'queueMicrotask(() => undefined);', names: 'virtual clock' },
  { code: 'export const r = Math.random();', names: 'named stream' },
  { code: 'const { random } = Math; export const r = random();', names: 'named stream' },
  { code: 'const m = Math; export const r = m.random();', names: 'under another name' },
  { code: "export const r = Math['random']();", names: 'Math[...]' },
  { code: 'export const id = crypto.randomUUID();', names: 'named stream' },
  { code: 'export const id = globalThis.crypto.randomUUID();', names: 'way around' },
  { code: "import { randomUUID } from 'crypto'; randomUUID();", names: 'let cli do it' },
  { code: 'export const x = Math.pow(2, 3);', names: 'multiply' },
  { code: 'export const x = 2 ** 3;', names: 'multiply' },
  { code: 'export let x = 2; x **= 3;', names: 'multiply' },
  { code: 'export const x = Math.log(2);', names: '@stdlib/math-base-special-ln' },
  { code: 'export const x = Math.exp(2);', names: '@stdlib/math-base-special-exp' },
  { code: 'export const x = Math.sin(2);', names: '@stdlib/math-base-special-' },
  { code: 'export const x = Math.hypot(1, 2);', names: '@stdlib/math-base-special-' },
  { code: 'export const v = process.env;', names: 'let cli do it' },
  { code: "console.log('x');", names: 'cli prints it' },
  { code: "import { readFileSync } from 'node:fs'; readFileSync('x');", names: 'let cli do it' },
  { code: "import { readFileSync } from 'fs'; readFileSync('x');", names: 'let cli do it' },
  { code: "import { readFile } from 'fs/promises'; readFile('x');", names: 'let cli do it' },
  { code: "export { Worker } from 'node:worker_threads';", names: 'let cli do it' },
  { code: "export const fs = await import('node:fs');", names: 'import statically' },
  { code: "export const c = 'a'.localeCompare('b');", names: 'locale' },
  { code: 'export const s = (1).toLocaleString();', names: 'locale' },
  { code: 'export const b = Buffer.alloc(1);', names: 'Uint8Array' },
] as const;

describe.each(pureLayers)('determinism rules: in %s', (layer) => {
  it.each(banned)('$code is refused', async ({ code, names }) => {
    const messages = await bans(code, `${layer}/snippet.ts`);

    expect(messages.join('\n')).toContain(names);
  });

  it('exact arithmetic, own modules and packages pass', async () => {
    const code = `
      import { parse } from 'yaml';
      import { wheel } from './event-queue.js';
      export const x = Math.floor(Math.sqrt(Math.imul(3, 5))) + Math.max(1, 2) + parse(wheel);
    `;

    expect(await bans(code, `${layer}/snippet.ts`)).toEqual([]);
  });

  it('a test may read a golden, but no clock and no hidden randomness', async () => {
    const golden = "import { readFileSync } from 'node:fs'; readFileSync('testdata/x');";

    expect(await bans(golden, `${layer}/snippet.test.ts`)).toEqual([]);
    expect(await bans('export const t = Date.now();', `${layer}/snippet.test.ts`)).toHaveLength(1);
    expect(await bans('export const r = Math.random();', `${layer}/snippet.test.ts`)).toHaveLength(
      1,
    );
  });
});

describe('determinism rules: in cli', () => {
  it.each(banned)('$code is allowed', async ({ code }) => {
    expect(await bans(code, 'cli/snippet.ts')).toEqual([]);
  });
});

describe('rules for all TypeScript', () => {
  it.each(['sim', 'cli', 'bench'])(
    'default exports and enums are refused in %s',
    async (folder) => {
      expect(await bans('export default 1;', `${folder}/snippet.ts`)).toHaveLength(1);
      expect(await bans('export enum Role { Leader }', `${folder}/snippet.ts`)).toHaveLength(1);
    },
  );

  it.each(['sim', 'cli'])(
    'a file of 401 lines and a function of 91 are refused in %s',
    async (folder) => {
      const longFile = 'export {};\n'.repeat(401);
      const longFunction = `export function f(): void {\n${'f();\n'.repeat(90)}}\n`;

      const [file] = await eslint.lintText(longFile, { filePath: `${folder}/snippet.ts` });
      const [fn] = await eslint.lintText(longFunction, { filePath: `${folder}/snippet.ts` });

      expect(file?.messages.map((message) => message.ruleId)).toContain('max-lines');
      expect(fn?.messages.map((message) => message.ruleId)).toContain('max-lines-per-function');
    },
  );
});

describe('layer rules', () => {
  const layers = [...pureLayers, 'cli'] as const;
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'brokerlab-layers-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The names of the rules that a small project of these files breaks. */
  async function brokenRules(files: Readonly<Record<string, string>>): Promise<string[]> {
    const project = await mkdtemp(path.join(folder, 'project-'));
    for (const [name, code] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(project, name)), { recursive: true });
      await writeFile(path.join(project, name), code);
    }
    const { forbidden = [], options } = cruiserConfiguration;
    const cruiseOptions: ICruiseOptions = {
      ...options,
      baseDir: project,
      ruleSet: { forbidden },
      validate: true,
    };
    // The snippets have no tsconfig.json of their own.
    delete cruiseOptions.tsConfig;
    const { output } = await cruise(Object.keys(files), cruiseOptions);
    return (output as ICruiseResult).summary.violations.map((violation) => violation.rule.name);
  }

  const pairs = layers.flatMap((from, i) => layers.map((to, j) => ({ from, to, allowed: j <= i })));

  it.each(pairs)('$from -> $to: allowed=$allowed', async ({ from, to, allowed }) => {
    const broken = await brokenRules({
      [`${from}/one.ts`]: `import type { two } from '../${to}/two.js';\nexport type One = typeof two;\n`,
      [`${to}/two.ts`]: 'export const two = 2;\n',
    });

    expect(broken).toEqual(allowed ? [] : [`${from}-imports-only-to-the-left`]);
  });

  it('bench may import every layer, no layer may import bench', async () => {
    const inward = await brokenRules({
      'bench/one.ts': "export { two } from '../cli/two.js';\n",
      'cli/two.ts': 'export const two = 2;\n',
    });
    const outward = await brokenRules({
      'cli/one.ts': "export { two } from '../bench/two.js';\n",
      'bench/two.ts': 'export const two = 2;\n',
    });

    expect(inward).toEqual([]);
    expect(outward).toEqual(['cli-imports-only-to-the-left']);
  });

  it('a cycle is refused', async () => {
    const broken = await brokenRules({
      'sim/one.ts': "import { two } from './two.js';\nexport const one = two;\n",
      'sim/two.ts': "import { one } from './one.js';\nexport const two = one;\n",
    });

    expect(new Set(broken)).toEqual(new Set(['no-cycles']));
  });

  it("Node's own modules are refused in scenarios, also as types, and allowed in cli", async () => {
    const code = "import type { Stats } from 'node:fs';\nexport type S = Stats;\n";

    expect(await brokenRules({ 'scenarios/one.ts': code })).toEqual(['no-node-modules-of-node']);
    expect(await brokenRules({ 'cli/one.ts': code })).toEqual([]);
  });
});
