/**
 * The final drain: what a fresh consumer finds when it reads every partition from its beginning, once all is over.
 *
 * It is a consumer like any other, added to a *fork* of the run, which goes on until it has read up to the high
 * watermarks that the leaders had at the end of the run. The run itself, and its hash, stay as they are. Partitions
 * without a leader are not waited for: what lies there cannot be read, and the history says so.
 *
 * Source: final-polls of jepsen-io/jepsen, jepsen/src/jepsen/tests/kafka.clj.
 */
import {
  ClusterDefinition,
  consumerConfig,
  consumerPositions,
  ConsumerProgram,
  partitionView,
  serverStateOf,
  type ConsumerDefinition,
  type ConsumerState,
} from '../../model/index.js';
import { Forker } from '../../sim/index.js';
import type { ClientHistory } from '../run/client-history.js';
import type { Run } from '../run/run.js';

/** Virtual time after which the drain gives up. */
const DRAIN_US_MAX = 120_000_000;
const SLICE_US = 100_000;
/** It reads on for so long after it has caught up, as a client would that cannot know the end. */
const LINGER_US = 1_000_000;

/** A run's history with the drain at its end. */
export interface Drained {
  /** What all clients saw, the drain's consumer among them. */
  readonly history: ClientHistory;
  /** Number of the drain's consumer: it follows those of the scenario. */
  readonly consumer: number;
  readonly beganUs: number;
  readonly endedUs: number;
  /** False where a partition was not read up to its high watermark in time. */
  readonly caughtUp: boolean;
}

/** Drains a run that is over. Changes nothing of it. */
export function drain(run: Run): Drained {
  const forker = new Forker();
  const simulation = run.simulation.forkWith(forker);
  const history = forker.clone(run.history);
  simulation.observer = history;
  const consumer = drainConsumer(run.definition, simulation.hosts.length);
  const { nodes, topics, producers, consumers, switches, costs } = run.definition;
  const definition = new ClusterDefinition(
    nodes,
    topics,
    producers,
    [...consumers, consumer],
    switches,
    costs,
  );
  const host = simulation.addHost({
    name: `consumer-${consumer.id}`,
    program: new ConsumerProgram(definition),
  });
  const targets = definition.partitions.map(({ index }) => highWatermark(run, index));
  simulation.start(host);
  const hasCaughtUp = (): boolean =>
    consumerPositions(host.state as ConsumerState).every(
      ({ partition, position }) => Math.max(position, 0) >= targets[partition]!,
    );
  const untilUs = run.nowUs + DRAIN_US_MAX;
  while (!hasCaughtUp() && simulation.nowUs < untilUs) {
    simulation.runUntil(simulation.nowUs + SLICE_US);
  }
  simulation.runUntil(simulation.nowUs + LINGER_US);
  return {
    history,
    consumer: consumer.index,
    beganUs: run.nowUs,
    endedUs: simulation.nowUs,
    caughtUp: hasCaughtUp(),
  };
}

function drainConsumer(definition: ClusterDefinition, host: number): ConsumerDefinition {
  return {
    index: definition.consumers.length,
    id: 'final-drain',
    host,
    partitions: definition.partitions.map(({ index }) => index),
    processingUs: 0,
    config: consumerConfig({ 'auto.offset.reset': 'earliest' }),
  };
}

/** As the partition's leader knew it at the end of the run; 0 where nobody leads. */
function highWatermark(run: Run, partition: number): number {
  const leader = run.truth.partition(partition)?.leader ?? -1;
  if (leader < 0) return 0;
  const server = serverStateOf(run.simulation.hosts[run.definition.node(leader).host]!.state);
  return server === null ? 0 : (partitionView(server, partition)?.highWatermark ?? 0);
}
