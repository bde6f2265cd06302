/**
 * The documents tell the truth: every command that they show is run and its output compared, every scenario is parsed,
 * every TypeScript snippet is type-checked and run, and every file that they name exists.
 *
 * `npx vitest run cli/docs.test.ts -u` (`-u` last) writes the outputs anew; read what changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify, parse } from 'yaml';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';

import {
  CATALOGUE,
  FAILURE_KINDS,
  FAULT_VERBS,
  formatProblem,
  MARKS,
  parseScenario,
  resolvePlan,
} from '../scenarios/index.js';
import { scenarioSchema } from '../scenarios/language/schema.js';
import * as limits from '../scenarios/language/limits.js';
import { DEFAULT_MAX_EVENTS } from '../scenarios/run/run.js';
import { Scratch } from './testdata/spawn-cli.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

interface Fence {
  readonly language: string;
  readonly body: string;
}

function fences(text: string): Fence[] {
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', body = '']) => ({
    language,
    body,
  }));
}

/** A folder as a user has it: the examples lie in it, and `npx brokerlab` is the lab that was just built. */
function userFolder(): { cwd: string; env: NodeJS.ProcessEnv } {
  const bin = scratch.path('bin');
  mkdirSync(bin);
  symlinkSync(join(ROOT, 'docs'), scratch.path('docs'));
  const script = `#!/bin/sh\nshift\nexec '${process.execPath}' '${join(ROOT, 'cli/brokerlab.mjs')}' "$@"\n`;
  scratch.write('bin/npx', script, 0o755);
  const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`;
  return { cwd: scratch.folder, env: { ...process.env, PATH: path, FORCE_COLOR: '' } };
}

/** The block with what its commands really print; commands that do not end with 0 are noted in `failing`. */
function performed(body: string, where: ReturnType<typeof userFolder>, failing: string[]): string {
  const commands = body.split('\n').filter((line) => line.startsWith('$ '));
  expect(commands.length).toBeGreaterThan(0);
  const shown = commands.map((line) => {
    const { status, stdout } = spawnSync('sh', ['-c', `{ ${line.slice(2)}\n} 2>&1`], {
      ...where,
      encoding: 'utf8',
    });
    if (status !== 0) failing.push(`${line} ended with ${String(status)}`);
    return `${line}\n${stdout.endsWith('\n') ? stdout : `${stdout}\n`}`;
  });
  return shown.join('');
}

/** Runs a snippet as a module of this package, after the compiler has accepted it. */
function printedBy(snippet: string): string {
  const file = join(ROOT, 'cli', 'readme-snippet.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const plain = ts.createCompilerHost(options);
  host.readFile = (name) => (name === file ? snippet : plain.readFile(name));
  host.fileExists = (name) => name === file || plain.fileExists(name);
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  expect(
    problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  ).toEqual([]);
  const { outputText } = ts.transpileModule(snippet, {
    compilerOptions: { ...options, module: ts.ModuleKind.ESNext },
  });
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', outputText],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return stdout;
}

describe('commands and snippets', () => {
  it('README: what is shown is what happens', { timeout: 900_000 }, async () => {
    const where = userFolder();
    const failing: string[] = [];
    const blocks = /^```(console|ts)\n([^]*?)^```$(\n\n^```text\n[^]*?^```$)?/gm;
    const actual = textOf('README.md').replace(
      blocks,
      (whole, language: string, body: string, output: string | undefined) => {
        if (language === 'console')
          return `\`\`\`console\n${performed(body, where, failing)}\`\`\`${output ?? ''}`;
        if (output === undefined) return whole;
        return `\`\`\`ts\n${body}\`\`\`\n\n\`\`\`text\n${printedBy(body)}\`\`\``;
      },
    );
    await expect(actual).toMatchFileSnapshot('../README.md');
    expect(failing).toEqual([]);
  });

  it('npm start is the command that the README shows', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    expect(scripts['start']).toBe('node cli/brokerlab.mjs why brokers --quick');
    expect(textOf('README.md')).toContain('$ npx brokerlab why brokers --quick\n');
  });

  it('other documents show no console blocks that nobody runs', () => {
    for (const document of DOCUMENTS.filter((name) => name !== 'README.md')) {
      expect(fences(textOf(document)).filter(({ language }) => language === 'console')).toEqual([]);
    }
  });
});

/** What a fragment leaves out, so that it is a scenario. */
const BASE = {
  name: 'fragment',
  cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2 } },
};

describe('scenarios', () => {
  const snippets = DOCUMENTS.flatMap((document) =>
    fences(textOf(document))
      .filter(({ language }) => language === 'yaml')
      .map(({ body }, index) => ({ document, index, body })),
  );

  it.each(snippets)('$document, YAML block $index is valid', ({ document, body }) => {
    const isWhole = body.startsWith('name:');
    const text = isWhole ? body : stringify({ ...BASE, ...(parse(body) as object) });
    const parsed = parseScenario(text, document);
    expect(parsed.ok ? [] : parsed.problems.map(formatProblem)).toEqual([]);
    if (parsed.ok) expect(resolvePlan(parsed.scenario).brokers.length).toBeGreaterThan(0);
  });

  it('there are some, and the README shows the file that it measures', () => {
    expect(snippets.length).toBeGreaterThan(5);
    const shown = snippets.find(({ document }) => document === 'README.md')?.body;
    expect(shown).toBe(textOf('docs/examples/three-brokers.yaml'));
  });
});

describe('docs/scenario-language.md', () => {
  const text = textOf('docs/scenario-language.md');

  it('has every key, verb, kind of failure and mark', () => {
    for (const name of [
      ...Object.keys(scenarioSchema.shape),
      ...FAULT_VERBS,
      ...FAILURE_KINDS,
      ...Object.keys(MARKS),
    ]) {
      expect(text, name).toContain(`\`${name}\``);
    }
  });
});

describe('docs/limits.md', () => {
  it('has the numbers of the code', () => {
    const text = textOf('docs/limits.md');
    const counts = [
      limits.BROKERS_MAX,
      limits.CONTROLLERS_MAX,
      limits.TOPICS_MAX,
      limits.REPLICAS_MAX,
      limits.CLIENTS_MAX,
      limits.FAULTS_MAX,
      limits.SENDS_MAX,
      limits.YAML_ALIASES_MAX,
      DEFAULT_MAX_EVENTS,
    ];
    for (const count of counts) expect(text).toContain(`| ${count.toLocaleString('en')} |`);
    expect([limits.SCENARIO_BYTES_MAX, limits.PROPERTIES_BYTES_MAX]).toEqual([2 ** 20, 2 ** 20]);
    expect(limits.TOPICS_DESCRIPTION_BYTES_MAX).toBe(64 * 2 ** 20);
    expect(limits.RUN_US_MAX).toBe(366 * 86_400 * 1_000_000);
  });
});

describe('links and names', () => {
  it.each(DOCUMENTS)('%s: links lead to files that exist', (document) => {
    const links = [...textOf(document).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, to = '']) => to,
    );
    for (const link of links.filter((each) => !/^https?:/.test(each))) {
      expect(existsSync(join(ROOT, dirname(document), link)), link).toBe(true);
    }
  });

  it('ARCHITECTURE.md names files and folders that exist', () => {
    const tracked = ['sim', 'model', 'scenarios', 'reports', 'cli', 'tooling'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map(
        (name) => `${folder}/${String(name)}`,
      ),
    );
    const names = [
      ...textOf('ARCHITECTURE.md').matchAll(/`([\w./-]+\.(?:ts|mjs)|[a-z]+\/[\w./-]*)`/g),
    ]
      .map(([, name = '']) => name.replace(/\/$/, ''))
      .filter((name) => !name.includes('>'));
    expect(names.length).toBeGreaterThan(40);
    const unknown = names.filter(
      (name) =>
        !existsSync(join(ROOT, name)) &&
        !tracked.some((path) => path.endsWith(`/${name}`)) &&
        !name.startsWith('network/broker') &&
        !name.startsWith('disk/broker'),
    );
    expect(unknown).toEqual([]);
  });

  it('README: every scenario of the catalogue is in its table', () => {
    for (const { scenario } of CATALOGUE)
      expect(textOf('README.md')).toContain(`\n${scenario.name} `);
  });
});
