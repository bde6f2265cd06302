/**
 * `npm run explore`: visits every state of a tiny cluster within stated bounds, breadth first and depth first, and looks
 * for the shortest counterexample of each mutation. Exit code 1 where a promise is broken without a mutation, a frontier
 * stays open, the two orders count differently, or a mutation is missed.
 *
 *     npm run explore                          the large exploration and all mutations
 *     npm run explore -- --only mutations      or: exhaustive
 *     npm run explore -- --compare             and what a random search finds and shrinks to, beside each counterexample
 *     npm run explore -- --json                one JSON document on stdout
 */
import { cpuUsage, stderr, stdout } from 'node:process';

import { Command, Option } from 'commander';

import { printJson } from '../cli/terminal.js';
import { explore, type Exploration, type ExploreOptions } from '../scenarios/explore/index.js';
import { shrunkLength, type ShrunkLength } from './shrunk-length.js';
import { EXHAUSTIVE, MUTATIONS, type Bounds } from './explore-cases.js';

interface Flags {
  readonly json: boolean;
  readonly compare: boolean;
  readonly only?: 'exhaustive' | 'mutations';
}

interface Measured {
  readonly name: string;
  readonly bounds: Bounds;
  readonly switches: Readonly<Record<string, string>>;
  readonly order: ExploreOptions['order'];
  readonly result: Exploration;
  readonly userSeconds: number;
  /** What a random search's finding shrinks to; null where it was not asked for, or nothing was found. */
  readonly shrunk: ShrunkLength | null;
}

const flags = new Command('explore')
  .description('bounded exhaustive exploration of a tiny cluster')
  .option('--json', 'one JSON document', false)
  .option('--compare', 'search for each mutation at random, too, and shrink what is found', false)
  .addOption(new Option('--only <part>', 'one part').choices(['exhaustive', 'mutations']))
  .parse()
  .opts<Flags>();

const explorations: Measured[] = [];
if (flags.only !== 'mutations') {
  for (const order of ['breadth-first', 'depth-first'] as const) {
    explorations.push(measure('exhaustive', EXHAUSTIVE, {}, order));
  }
}
if (flags.only !== 'exhaustive') {
  for (const { name, value, bounds } of MUTATIONS) {
    explorations.push(measure(`${name}=${value}`, bounds, { [name]: value }, 'breadth-first'));
  }
}
if (flags.json) printJson({ explorations });
process.exitCode = isGood(explorations) ? 0 : 1;

function measure(
  name: string,
  bounds: Bounds,
  switches: Readonly<Record<string, string>>,
  order: ExploreOptions['order'],
): Measured {
  const began = cpuUsage();
  const { brokers, minInsyncReplicas, restarts, maxStates, ...allowance } = bounds;
  const result = explore({
    cluster: { brokers, minInsyncReplicas, switches },
    allowance,
    restarts,
    order,
    maxStates,
    onProgress: (states, frontier) => {
      if (stderr.isTTY) stderr.write(`\r${name}: ${states} states, ${frontier} ahead   `);
    },
  });
  const userSeconds = Math.round(cpuUsage(began).user / 10_000) / 100;
  const isMutated = Object.keys(switches).length > 0;
  const shrunk = flags.compare && isMutated ? shrunkLength(name) : null;
  const measured = { name, bounds, switches, order, result, userSeconds, shrunk };
  if (!flags.json) stdout.write(describe(measured));
  return measured;
}

function describe({ name, bounds, order, result, userSeconds, shrunk }: Measured): string {
  const { states, transitions, depth, closed, hostStates, messages, counterexample } = result;
  const end = closed ? 'frontier closed' : 'frontier open';
  const lines = [
    `${name} (${order})`,
    `  bounds: ${JSON.stringify(bounds)}`,
    `  ${states} states, ${transitions} transitions, depth ${depth}, ${end}, ${userSeconds} s`,
    `  ${hostStates} states of single hosts, ${messages} messages`,
  ];
  if (counterexample === null) lines.push('  every promise held');
  else {
    lines.push(`  ${counterexample.invariant}: ${counterexample.message}`);
    lines.push(`  ${counterexample.steps.length} steps:`);
    for (const step of counterexample.steps) lines.push(`    ${step}`);
  }
  if (shrunk !== null) {
    const { invariant, faults, records, messages } = shrunk;
    lines.push(
      `  a random search's finding, shrunk: ${invariant}, ${faults + records + messages} steps (${faults} faults, ${records} records, ${messages} messages)`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}

function isGood(all: readonly Measured[]): boolean {
  const sizes = new Set<number>();
  for (const { name, result } of all) {
    if (name !== 'exhaustive') {
      if (result.counterexample === null) return false;
      continue;
    }
    if (!result.closed || result.counterexample !== null) return false;
    sizes.add(result.states);
  }
  return sizes.size <= 1;
}
