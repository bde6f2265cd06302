// @ts-check
/**
 * Plays the runs of hashes.mjs under several versions of Node and compares. Ends with exit code 1 on any difference.
 * The binaries come from the npm package `node`, installed in a temporary folder outside the checkout.
 *
 * Usage: node tooling/hashes-across-nodes.mjs [--dist DIST] [VERSION...]   (default: dist/ of the checkout; 20 22 24 26)
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

/** @typedef {{ node: string, hashes: Record<string, { hash: string, result: string }> }} Hashes */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string', default: path.join(import.meta.dirname, '..', 'dist') } },
});
const versions = positionals.length > 0 ? positionals : ['20', '22', '24', '26'];
const script = path.join(import.meta.dirname, 'hashes.mjs');
const scratch = mkdtempSync(path.join(tmpdir(), 'brokerlab-nodes-'));

try {
  const played = versions.map((version) => hashesUnder(installNode(version)));
  const differences = compare(played);
  console.log(
    JSON.stringify(
      { schema: 1, nodes: played.map(({ node }) => node), differences, hashes: played[0]?.hashes },
      null,
      2,
    ),
  );
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/**
 * @param {string} version
 * @returns {string} the binary
 */
function installNode(version) {
  const folder = path.join(scratch, `node-${version}`);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts=false'];
  execFileSync('npm', ['install', ...options, `node@${version}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return path.join(folder, 'node_modules', 'node', 'bin', 'node');
}

/**
 * @param {string} binary
 * @returns {Hashes}
 */
function hashesUnder(binary) {
  return JSON.parse(execFileSync(binary, [script, values.dist], { encoding: 'utf8' }));
}

/** @param {readonly Hashes[]} played */
function compare(played) {
  const [first, ...others] = played;
  if (first === undefined) return [];
  return others.flatMap((other) =>
    Object.entries(first.hashes)
      .filter(([run, { hash, result }]) => {
        const there = other.hashes[run];
        return there?.hash !== hash || there.result !== result;
      })
      .map(([run, expected]) => ({
        run,
        [first.node]: expected,
        [other.node]: other.hashes[run] ?? null,
      })),
  );
}
