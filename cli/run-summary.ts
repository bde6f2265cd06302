/** The result of one run for people to read: the same bytes for the same run. */
import { formatDuration, formatShare } from '../reports/markdown/index.js';
import type { NeighbourResult, Run, RunResult } from '../scenarios/index.js';
import { lossText } from './breach-text.js';
import { colours, columns, counted } from './terminal.js';

/** Rows that are shown of a long list. */
const SHOWN = 12;

/** Story, faults, outages, clients, cluster, breaches, verdict; ends in a line break. */
export function runSummary(result: RunResult, run: Run): string {
  const lines = [
    heading(result),
    ...section(
      'story',
      run.plan.description.split('\n').filter((line) => line !== ''),
    ),
    ...section('faults', faultLines(run)),
    ...section('outages', outageLines(result)),
    ...section('clients', clientLines(result)),
    ...section('cluster', clusterLines(result)),
    ...(result.neighbours ?? []).flatMap(neighbourSection),
    ...section('expected losses', atMost(result.expectedLosses.map(lossText))),
    ...section('pending after the settling', atMost(result.pending)),
    '',
    `hash ${result.hash}, ${counted(result.events, 'event')}, ${String(result.simulatedMs / 1000)} s simulated`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `ok`, or what went wrong, in a few words. */
export function verdict({
  violations,
  pending,
  expectedLosses,
}: Pick<RunResult, 'violations' | 'pending' | 'expectedLosses'>): string {
  if (violations.length > 0) return colours.red(counted(violations.length, 'violation'));
  if (pending.length > 0)
    return colours.yellow(`${counted(pending.length, 'thing')} still pending`);
  const losses = counted(expectedLosses.length, 'expected loss', 'expected losses');
  return colours.green(expectedLosses.length === 0 ? 'ok' : `ok, with ${losses}`);
}

function heading(result: RunResult): string {
  const name = colours.bold(result.scenario);
  return `${name}, seed ${String(result.seed)}, Kafka ${result.kafka} (${result.metadata}): ${verdict(result)}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', colours.bold(title), ...lines.map((line) => `  ${line}`)];
}

function faultLines(run: Run): string[] {
  const { hosts } = run.simulation;
  const struck = run.director.notes.filter(({ skipped }) => !skipped);
  const rows = struck.map(({ fromUs, untilUs, text, hosts: indexes }) => {
    const names = indexes.map((index) => hosts[index]?.name ?? String(index)).join(' ');
    const end = untilUs > fromUs ? `until ${seconds(untilUs / 1000)}` : 'at once';
    return [seconds(fromUs / 1000), text, names, end];
  });
  const skipped = run.director.notes.length - struck.length;
  const note = `${counted(skipped, 'random fault')} left out: the budget forbade it, or it had no target`;
  return [...atMost(columns(rows)), ...(skipped === 0 ? [] : [note])];
}

/** Outages of several partitions with the same kind, time and cause are one line. */
/** A cluster on the same ensemble: what its clients and partitions saw. */
function neighbourSection(neighbour: NeighbourResult): string[] {
  const { name, chroot } = neighbour;
  return section(`neighbour ${name}, at ${chroot}`, [
    ...outageLines(neighbour),
    ...clientLines(neighbour),
    ...clusterLines(neighbour),
  ]);
}

function outageLines(result: Pick<RunResult, 'availability'>): string[] {
  const { write, read, outages } = result.availability;
  if (write === null || read === null)
    return ['the cluster never warmed up: availability was not measured'];
  const share = `of the time until the faults were healed: acks=all writes ${formatShare(write)}, reads ${formatShare(read)}`;
  const groups = new Map<string, { partitions: string[]; row: string[] }>();
  for (const { partition, kind, fromMs, toMs, cause } of outages) {
    const row = [
      kind,
      `${seconds(fromMs)} to ${seconds(toMs)}`,
      `(${formatDuration((toMs - fromMs) * 1000)})`,
      cause,
    ];
    const key = row.join('|');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { partitions: [partition], row });
    else group.partitions.push(partition);
  }
  const rows = [...groups.values()].map(({ partitions, row }) => [someOf(partitions), ...row]);
  return [...atMost(columns(rows)), `available ${share}`];
}

function clientLines({ clients }: Pick<RunResult, 'clients'>): string[] {
  if (clients.sent === 0 && clients.delivered === 0) return [];
  const { sent, ok, failed, unknown, latencyMs, errors, delivered, lag } = clients;
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
  const lines = [
    `sent ${String(sent)}: ok ${String(ok)}, failed ${String(failures)}${listed(failed)}, unknown ${String(unknown)}`,
    `acknowledged and lost ${String(clients.ackedLost)}, duplicates ${String(clients.duplicates)}`,
  ];
  if (latencyMs !== null) {
    const { p50, p99, max } = latencyMs;
    lines.push(`latency p50 ${millis(p50)}, p99 ${millis(p99)}, max ${millis(max)}`);
  }
  if (Object.keys(errors).length > 0)
    lines.push(`errors in responses, retries included${listed(errors)}`);
  const lags = Object.entries(lag).map(([id, records]) => `${id} ${String(records)}`);
  if (lags.length > 0)
    lines.push(`delivered ${String(delivered)}, lag at the end: ${lags.join(', ')}`);
  return lines;
}

function clusterLines({ cluster }: Pick<RunResult, 'cluster'>): string[] {
  const { leaderElections, uncleanElections, isrShrinks, isrExpands, controllerFailovers } =
    cluster;
  return [
    `leader elections ${String(leaderElections)} (unclean ${String(uncleanElections)}), ISR shrinks ${String(isrShrinks)}, ` +
      `ISR expansions ${String(isrExpands)}, controller failovers ${String(controllerFailovers)}`,
  ];
}

function listed(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${String(count)}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function someOf(names: readonly string[]): string {
  return names.length <= 4
    ? names.join(' ')
    : `${names.slice(0, 3).join(' ')} and ${String(names.length - 3)} more`;
}

function atMost(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN) return [...lines];
  return [...lines.slice(0, SHOWN - 1), `... and ${String(lines.length - SHOWN + 1)} more`];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

function millis(ms: number): string {
  return formatDuration(ms * 1000);
}
