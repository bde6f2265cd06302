/** What a run says at its end: the document of `run --json`, as plain data. */
import {
  consumerPositions,
  partitionView,
  serverStateOf,
  type ConsumerState,
  type RecordBatch,
} from '../../model/index.js';
import type { DiskFile } from '../../sim/index.js';
import { auditLogs, clientFigures, type ClientFigures } from './client-history.js';
import type { Breach } from '../invariants/index.js';
import type { Neighbour } from './neighbour.js';
import type { Run } from './run.js';

/** A promise that did not hold. */
export interface BreachReport {
  /** `I1`. */
  readonly invariant: string;
  readonly name: string;
  readonly atMs: number;
  /** Number of the event at which it was noticed: `--until-event` stops there. */
  readonly event: number;
  readonly message: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** A breach that a broken assumption explains. */
export interface ExpectedLoss extends BreachReport {
  readonly broken: string;
}

/** A time in which a partition could not be written (acks=all) or not be read; `cause` is the last act before it. */
export interface OutageReport {
  readonly partition: string;
  readonly kind: 'write' | 'read';
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: string;
}

/** What came of a run, up to the moment at which it is asked for. */
export interface RunResult {
  readonly schema: 1;
  readonly scenario: string;
  readonly seed: number;
  readonly kafka: string;
  readonly metadata: string;
  /** No violation and nothing pending. Expected losses alone leave it true. */
  readonly ok: boolean;
  /** 16 hexadecimal digits: what "the same run" means. */
  readonly hash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly violations: readonly BreachReport[];
  readonly expectedLosses: readonly ExpectedLoss[];
  /** What had not recovered when the settling was over: a liveness failure names it here. */
  readonly pending: readonly string[];
  readonly clients: ClientFigures;
  readonly availability: {
    /** Mean over partitions of the share of time, from the end of the warm-up to the healing; null if it never warmed up. */
    readonly write: number | null;
    readonly read: number | null;
    readonly outages: readonly OutageReport[];
  };
  readonly cluster: {
    readonly leaderElections: number;
    readonly uncleanElections: number;
    readonly isrShrinks: number;
    readonly isrExpands: number;
    readonly controllerFailovers: number;
    readonly rebalances: number;
  };
  /** Other clusters on the same ensemble; only where there are any. What they broke or lack is in the lists above. */
  readonly neighbours?: readonly NeighbourResult[];
}

/** What came of a neighbour. */
export type NeighbourResult = Pick<RunResult, 'clients' | 'availability' | 'cluster'> & {
  readonly name: string;
  readonly chroot: string;
};

/** A cluster of a run, as results are made from it. */
type PlayedCluster = Pick<
  Neighbour,
  | 'plan'
  | 'definition'
  | 'simulation'
  | 'truth'
  | 'history'
  | 'availability'
  | 'endOfFaults'
  | 'nowUs'
  | 'invariants'
>;

/** The result of a run that was played to its end; of one that stopped earlier what was found so far. */
export function resultOf(run: Run): RunResult {
  const { neighbours } = run;
  const isOver = run.phase === 'over';
  const judged = [
    judgedOf(run, isOver, ''),
    ...neighbours.map((one) => judgedOf(one, isOver, `${one.name}: `)),
  ];
  const violations = judged.flatMap((one) => one.violations);
  const expectedLosses = judged.flatMap((one) => one.expectedLosses);
  const awaited = judged.flatMap((one) => one.pending);
  const pending = run.exhausted
    ? [`the run ended at its bound of ${run.simulation.eventCount} events`, ...awaited]
    : awaited;
  return {
    schema: 1,
    scenario: run.plan.name,
    seed: run.seed,
    kafka: run.plan.kafka,
    metadata: run.plan.metadata,
    ok: violations.length === 0 && pending.length === 0,
    hash: run.simulation.hash.digest(),
    events: run.simulation.eventCount,
    simulatedMs: run.nowUs / 1000,
    violations,
    expectedLosses,
    pending,
    ...figuresOf(run),
    ...(neighbours.length === 0
      ? {}
      : {
          neighbours: neighbours.map((neighbour) => ({
            name: neighbour.name,
            chroot: neighbour.definition.plane.chroot,
            ...figuresOf(neighbour),
          })),
        }),
  };
}

/** What a cluster broke and lacks; messages begin with the prefix. */
function judgedOf(
  { invariants, nowUs }: PlayedCluster,
  isOver: boolean,
  prefix: string,
): Pick<RunResult, 'violations' | 'expectedLosses' | 'pending'> {
  const { pending, expected } = invariants.unfinished(nowUs);
  const { violations, expectedLosses } = invariants.breaches;
  const named = (breach: Breach): BreachReport => {
    const report = reported(breach);
    return { ...report, message: prefix + report.message };
  };
  return {
    violations: violations.map(named),
    expectedLosses: [...expectedLosses, ...(isOver ? expected : [])].map(({ breach, broken }) => ({
      ...named(breach),
      broken,
    })),
    pending: pending.map((message) => prefix + message),
  };
}

function figuresOf(
  cluster: PlayedCluster,
): Pick<RunResult, 'clients' | 'availability' | 'cluster'> {
  const { history, definition, truth } = cluster;
  const { leaderElections, uncleanElections, isrShrinks, isrExpands, controllerFailovers } =
    truth.state;
  return {
    clients: clientFigures(
      history,
      auditLogs(history, definition, finalLogs(cluster)),
      lagOf(cluster),
    ),
    availability: availabilityOf(cluster),
    cluster: {
      leaderElections,
      uncleanElections,
      isrShrinks,
      isrExpands,
      controllerFailovers,
      rebalances: 0,
    },
  };
}

function reported({ invariant, name, atUs, event, message, evidence }: Breach): BreachReport {
  return { invariant, name, atMs: atUs / 1000, event, message, evidence };
}

/** Values in the log of each partition's leader, or of its longest replica where nobody leads. */
function finalLogs(run: PlayedCluster): number[][] {
  return run.definition.partitions.map(({ index, name }) => {
    const partition = run.truth.partition(index);
    if (partition === null) return [];
    const logs = partition.replicas.map((id) => valuesOnDisk(run, id, name));
    const leader = partition.replicas.indexOf(partition.leader);
    return leader >= 0 ? logs[leader]! : logs.reduce((a, b) => (b.length > a.length ? b : a));
  });
}

function valuesOnDisk(run: PlayedCluster, brokerId: number, name: string): number[] {
  const { disk } = run.simulation.hosts[run.definition.node(brokerId).host]!;
  const file = disk.files.get(name) as DiskFile<RecordBatch> | undefined;
  if (file === undefined) return [];
  const values: number[] = [];
  for (const batch of file.entries) values.push(...batch.values);
  return values;
}

/** Records between the leader's high watermark and the consumers' positions, summed by consumer as the scenario names it. */
function lagOf(run: PlayedCluster): Record<string, number> {
  const lag: Record<string, number> = {};
  for (const [index, consumer] of run.definition.consumers.entries()) {
    const name = run.plan.consumers[index]!.baseId;
    const state = run.simulation.hosts[consumer.host]!.state as ConsumerState;
    let behind = 0;
    for (const { partition, position } of consumerPositions(state)) {
      behind += Math.max(0, highWatermark(run, partition) - Math.max(position, 0));
    }
    lag[name] = (lag[name] ?? 0) + behind;
  }
  return lag;
}

function highWatermark(run: PlayedCluster, partition: number): number {
  const leader = run.truth.partition(partition)?.leader ?? -1;
  if (leader < 0) return 0;
  const server = serverStateOf(run.simulation.hosts[run.definition.node(leader).host]!.state);
  return server === null ? 0 : (partitionView(server, partition)?.highWatermark ?? 0);
}

function availabilityOf(run: PlayedCluster): RunResult['availability'] {
  const totals = run.endOfFaults;
  const partitions = run.definition.partitions.length;
  if (totals === null || totals.measuredUs === 0 || partitions === 0)
    return { write: null, read: null, outages: [] };
  const share = (downUs: number): number => 1 - downUs / (totals.measuredUs * partitions);
  const outages: OutageReport[] = [];
  for (const { partition, kind, fromUs, untilUs, cause } of run.availability.state.outages) {
    if (kind !== 'write' && kind !== 'read') continue;
    const toUs = untilUs < 0 ? run.nowUs : untilUs;
    const { name } = run.definition.partition(partition);
    outages.push({ partition: name, kind, fromMs: fromUs / 1000, toMs: toUs / 1000, cause });
  }
  return { write: share(totals.downUs.write), read: share(totals.downUs.read), outages };
}
