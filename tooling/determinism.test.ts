/**
 * Holds the build to what the design promises of it: the first four layers need nothing but the language and their
 * packages, and a hash does not depend on how, or how tightly, the engine runs. Plays `dist/`: run `npm run build` first.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const layers = ['sim', 'model', 'scenarios', 'reports'] as const;

interface Hashes {
  readonly hashes: Readonly<Record<string, { readonly hash: string; readonly result: string }>>;
}

/** Hashes of the fixed runs, played by a new process. */
async function hashesWith(flags: readonly string[], which: readonly string[]): Promise<Hashes> {
  const script = path.join(import.meta.dirname, 'hashes.mjs');
  const { stdout } = await run(process.execPath, [...flags, script, ...which, dist]);
  return JSON.parse(stdout) as Hashes;
}

/** What the files of a layer import: files, and packages or modules by their specifiers. */
function importsOf(layer: string): {
  readonly files: ReadonlySet<string>;
  readonly bare: ReadonlySet<string>;
} {
  const files = new Set<string>();
  const bare = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) visit(path.resolve(path.dirname(file), fileName));
      else bare.add(fileName);
    }
  };
  for (const entry of readdirSync(path.join(dist, layer), { recursive: true, encoding: 'utf8' })) {
    if (entry.endsWith('.js')) visit(path.join(dist, layer, entry));
  }
  return { files, bare };
}

beforeAll(() => {
  expect(existsSync(path.join(dist, 'scenarios', 'index.js')), 'npm run build').toBe(true);
});

describe('what the build imports', () => {
  it.each(layers)('%s: nothing of Node, and no layer to its right', (layer) => {
    const { files, bare } = importsOf(layer);
    const isOfNode = (name: string): boolean =>
      name.startsWith('node:') || builtinModules.includes(name.split('/')[0]!);
    const folders = new Set([...files].map((file) => path.relative(dist, file).split(path.sep)[0]));

    expect(files.size).toBeGreaterThan(5);
    expect([...bare].filter(isOfNode)).toEqual([]);
    const toTheRight = [...layers.slice(layers.indexOf(layer) + 1), 'cli'];
    expect(toTheRight.filter((other) => folders.has(other))).toEqual([]);
  });

  it('sim and model: seedrandom and single @stdlib packages only', () => {
    const bare = [...importsOf('sim').bare, ...importsOf('model').bare];

    expect(bare).toContain('@stdlib/math-base-special-ln');
    expect(
      bare.filter((name) => !/^(seedrandom\/lib\/tychei\.js|@stdlib\/[a-z-]+)$/.test(name)),
    ).toEqual([]);
  });
});

describe('a run without any global of the host', () => {
  const script = path.join(import.meta.dirname, 'testdata', 'bare-run.mjs');

  it.each([
    ['leader-crash', 42],
    ['survivable-weather', 7],
  ])('%s seed %i: the same hash', async (scenario, seed) => {
    const { stdout } = await run(process.execPath, [script, dist, scenario, String(seed)]);
    const { stdout: usual } = await run(process.execPath, [
      path.join(root, 'cli', 'brokerlab.mjs'),
      ...['run', scenario, '--seed', String(seed), '--json'],
    ]);

    expect(stdout.trim()).toBe((JSON.parse(usual) as { readonly hash: string }).hash);
  });

  it.each([
    ['Date.now()', 'Date.now was used'],
    ['new Date()', 'new Date was used'],
    ['Math.random()', 'Math.random was used'],
    ['2 + Math.pow(2, 3)', 'Math.pow was used'],
    ['performance.now()', 'performance is not defined'],
    ['process.pid', 'process is not defined'],
    ['setTimeout(() => 0, 1)', 'setTimeout is not defined'],
  ])('would not get by with %s', async (code, message) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'brokerlab-bare-'));
    await mkdir(path.join(folder, 'scenarios'));
    const lab = `export const findInCatalogue = () => ({}); export const runScenario = () => ({ hash: ${code} });`;
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(path.join(folder, 'scenarios', 'index.js'), lab);

    const playing = run(process.execPath, [script, folder, 'any', '1']);

    await expect(playing).rejects.toThrow(message);
    await rm(folder, { recursive: true });
  });
});

describe('a hash, and all figures of the run', () => {
  let usual: Hashes;

  beforeAll(async () => {
    usual = await hashesWith([], ['--first']);
  });

  it.each([
    ['a tiny young generation', ['--max-semi-space-size=1']],
    ['collections all the time', ['--gc-interval=5000']],
    ['no optimizing compiler', ['--no-opt']],
    ['an interpreter alone', ['--jitless']],
    ['other hash seeds', ['--hash-seed=12345', '--random-seed=7']],
    ['one thread', ['--single-threaded', '--predictable']],
  ])('are the same with %s', async (_title, flags) => {
    expect((await hashesWith(flags, ['--first'])).hashes).toEqual(usual.hashes);
  });

  it('are the same in a worker with little memory', async () => {
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { findInCatalogue, runScenario } = await import(workerData);
      parentPort.postMessage(runScenario(findInCatalogue('leader-crash').scenario, { seed: 42 }).hash);
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      workerData: pathToFileURL(path.join(dist, 'scenarios', 'index.js')).href,
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 96 },
    });
    const hash = await new Promise((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
    });

    expect(hash).toBe(usual.hashes['leader-crash seed 42']?.hash);
  });
});
