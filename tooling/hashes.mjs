// @ts-check
/**
 * Prints the hashes of a fixed set of runs as one JSON document: what has to be the same in every process, worker,
 * browser and version of Node. Plays what the build made.
 *
 * Usage: node tooling/hashes.mjs [--first] [DIST]
 *   --first   only leader-crash with seed 42
 *   DIST      a folder with a build (default: dist/ of the checkout)
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** The kernel's corners: crashes, power loss, full and slow disks, quorums, racks, random faults. */
const runs = [
  { scenario: 'leader-crash', seed: 42 },
  { scenario: 'leader-crash', seed: 42, shuffleTies: true },
  { scenario: 'rolling-restart', seed: 7 },
  { scenario: 'leader-power-loss', seed: 7 },
  { scenario: 'disk-full', seed: 7 },
  { scenario: 'gray-disk', seed: 7 },
  { scenario: 'quorum-loss', seed: 7 },
  { scenario: 'combined-nodes', seed: 7 },
  { scenario: 'unclean-election', seed: 7 },
  { scenario: 'survivable-weather', seed: 7 },
  { scenario: 'survivable-weather', seed: 8, shuffleTies: true },
  { scenario: 'unlimited-weather', seed: 7 },
];

/** Months of calendar time, with exponential failures: logarithms, and figures in floating point. */
const longRun = {
  name: 'long-run',
  cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2 } },
  topics: [{ name: 'orders', partitions: 3, 'replication-factor': 3 }],
  failures: {
    'broker-crash': { mttf: '20h', mttr: '2h' },
    'disk-loss': { mttf: '30d', mttr: '4h' },
  },
};
const LONG_RUN_DAYS = 60;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { first: { type: 'boolean', default: false } },
});

const dist = path.resolve(positionals[0] ?? path.join(import.meta.dirname, '..', 'dist'));
/** @type {typeof import('../scenarios/index.js')} */
const { findInCatalogue, resolvePlan, runLong, runScenario } = await import(
  pathToFileURL(path.join(dist, 'scenarios', 'index.js')).href
);

/** @type {Record<string, { hash: string, result: string }>} */
const hashes = {};
for (const { scenario: name, seed, shuffleTies } of values.first ? runs.slice(0, 1) : runs) {
  const entry = findInCatalogue(name);
  if (entry === null) throw new Error(`the catalogue has no ${name}`);
  const { scenario } = entry;
  const run = { ...scenario.run, ...(shuffleTies === true ? { 'shuffle-ties': true } : {}) };
  const result = runScenario({ ...scenario, run }, { seed });
  const title = `${name} seed ${seed}${shuffleTies === true ? ' ties shuffled' : ''}`;
  hashes[title] = { hash: result.hash, result: digest(result) };
}
if (!values.first) {
  const measureUs = LONG_RUN_DAYS * 86_400_000_000;
  const result = runLong(resolvePlan(longRun), { seed: 7, measureUs });
  hashes[`${longRun.name} seed 7, ${LONG_RUN_DAYS} days`] = {
    hash: result.hash,
    result: digest(result),
  };
}

console.log(JSON.stringify({ schema: 1, node: process.version, hashes }, null, 2));

/**
 * Of everything that a result says: figures and verdicts, too, are the same everywhere.
 *
 * @param {unknown} result
 */
function digest(result) {
  return createHash('sha256').update(JSON.stringify(result)).digest('hex').slice(0, 16);
}
