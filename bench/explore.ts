/**
 * `npm run explore`: visits every state of a tiny cluster within stated bounds, breadth first and depth first, and looks
 * for the shortest counterexample of each mutation, and of bugs of older versions of Kafka. Exit code 1 where a promise is
 * broken without a mutation or a bug, a frontier stays open, the two orders count differently, or a mutation or a bug is
 * missed.
 *
 *     npm run explore                          the large exploration, all mutations and all bugs
 *     npm run explore -- --only mutations      or: exhaustive, bugs
 *     npm run explore -- B01 truncation        these bugs and mutations
 *     npm run explore -- --compare             and what a random search finds and shrinks to, beside each counterexample
 *     npm run explore -- --json                one JSON document on stdout
 */
import { cpuUsage, stderr, stdout } from 'node:process';

import { Command, Option } from 'commander';

import { printJson } from '../cli/terminal.js';
import { explore, type Exploration, type ExploreOptions } from '../scenarios/explore/index.js';
import { shrunkLength, type ShrunkLength } from './shrunk-length.js';
import { BUGS, EXHAUSTIVE, MUTATIONS, type Bounds, type Rules } from './explore-cases.js';

interface Flags {
  readonly json: boolean;
  readonly compare: boolean;
  readonly only?: 'exhaustive' | 'mutations' | 'bugs';
}

interface Measured {
  readonly name: string;
  readonly bounds: Bounds;
  readonly rules: Rules;
  /** Whether a promise is to be found broken. */
  readonly isBroken: boolean;
  readonly order: ExploreOptions['order'];
  readonly result: Exploration;
  readonly userSeconds: number;
  /** What a random search's finding shrinks to; null where it was not asked for, or nothing was found. */
  readonly shrunk: ShrunkLength | null;
}

const program = new Command('explore')
  .description('bounded exhaustive exploration of a tiny cluster')
  .option('--json', 'one JSON document', false)
  .option('--compare', 'search for each mutation at random, too, and shrink what is found', false)
  .addOption(new Option('--only <part>', 'one part').choices(['exhaustive', 'mutations', 'bugs']))
  .argument('[names...]', 'bugs and mutations; all, where none is named')
  .parse();
const flags = program.opts<Flags>();

const explorations: Measured[] = [];
const { args: names } = program;
const known = [...MUTATIONS, ...BUGS].map(({ name }) => name);
for (const name of names) if (!known.includes(name)) program.error(`no such exploration: ${name}`);
if (names.length === 0 && isWanted('exhaustive')) {
  for (const order of ['breadth-first', 'depth-first'] as const) {
    explorations.push(measure('exhaustive', EXHAUSTIVE, {}, false, order));
  }
}
for (const { name, value, bounds } of MUTATIONS) {
  if (!isWanted('mutations', name)) continue;
  const rules = { switches: { [name]: value } };
  explorations.push(measure(`${name}=${value}`, bounds, rules, true, 'breadth-first'));
}
for (const { name, broken, fixed, bounds } of BUGS) {
  if (!isWanted('bugs', name)) continue;
  for (const rules of [broken, ...fixed]) {
    const isBroken = rules === broken;
    // A fix keeps the larger promise: nobody who may lead lacks anything.
    const judged = isBroken ? bounds.judged : 'candidates';
    const space = judged === undefined ? bounds : { ...bounds, judged };
    explorations.push(measure(`${name}, ${named(rules)}`, space, rules, isBroken, 'breadth-first'));
  }
}
if (flags.json) printJson({ explorations });
process.exitCode = isGood(explorations) ? 0 : 1;

function isWanted(part: NonNullable<Flags['only']>, name?: string): boolean {
  if (flags.only !== undefined && flags.only !== part) return false;
  return name === undefined || names.length === 0 || names.includes(name);
}

/** `0.10 truncate=epochRequest`. */
function named({ kafka, switches = {} }: Rules): string {
  const parts = Object.entries(switches).map(([name, value]) => `${name}=${value}`);
  return [kafka, ...parts].join(' ');
}

function measure(
  name: string,
  bounds: Bounds,
  rules: Rules,
  isBroken: boolean,
  order: ExploreOptions['order'],
): Measured {
  const began = cpuUsage();
  const { restarts, maxStates, ...rest } = bounds;
  const { records, crashes, powerLosses, lagChecks, falseExpiries, elections, refreshes, holds } =
    rest;
  const faults = { crashes, powerLosses, lagChecks, falseExpiries };
  const result = explore({
    cluster: { ...rest, switches: {}, ...rules },
    allowance: { records, ...faults, elections, refreshes, holds },
    restarts,
    order,
    maxStates,
    onProgress: (states, frontier) => {
      if (stderr.isTTY) stderr.write(`\r${name}: ${states} states, ${frontier} ahead   `);
    },
  });
  const userSeconds = Math.round(cpuUsage(began).user / 10_000) / 100;
  const isMutated = isBroken && rules.kafka === undefined;
  const shrunk = flags.compare && isMutated ? shrunkLength(name) : null;
  const measured = { name, bounds, rules, isBroken, order, result, userSeconds, shrunk };
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
    for (const step of counterexample.story) lines.push(`    ${step}`);
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
  for (const { name, isBroken, result } of all) {
    if (isBroken !== (result.counterexample !== null)) return false;
    if (!isBroken && !result.closed) return false;
    if (name === 'exhaustive') sizes.add(result.states);
  }
  return sizes.size <= 1;
}
