/**
 * `npm run explore`: visits every state of a tiny cluster within stated bounds, breadth first and depth first, and looks
 * for the shortest counterexample of each mutation. Exit code 1 where a promise is broken without a mutation, a frontier
 * stays open, the two orders count differently, or a mutation is missed.
 *
 *     npm run explore                          the large exploration and all mutations
 *     npm run explore -- --only mutations      or: exhaustive
 *     npm run explore -- --json                one JSON document on stdout
 */
import { cpuUsage, stderr, stdout } from 'node:process';

import { Command, Option } from 'commander';

import { printJson } from '../cli/terminal.js';
import { explore, type Exploration, type ExploreOptions } from '../scenarios/explore/index.js';
import { EXHAUSTIVE, MUTATIONS, type Bounds } from './explore-cases.js';

interface Flags {
  readonly json: boolean;
  readonly only?: 'exhaustive' | 'mutations';
}

interface Measured {
  readonly name: string;
  readonly bounds: Bounds;
  readonly switches: Readonly<Record<string, string>>;
  readonly order: ExploreOptions['order'];
  readonly result: Exploration;
  readonly userSeconds: number;
}

const flags = new Command('explore')
  .description('bounded exhaustive exploration of a tiny cluster')
  .option('--json', 'one JSON document', false)
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
  const measured = { name, bounds, switches, order, result, userSeconds };
  if (!flags.json) stdout.write(describe(measured));
  return measured;
}

function describe({ name, bounds, order, result, userSeconds }: Measured): string {
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
    for (const step of counterexample.steps) lines.push(`    ${step}`);
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
