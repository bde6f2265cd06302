/**
 * Probing clients: they confirm what the state says of a quiescent cluster, and give it something to lose.
 *
 * One producer for each topic sends, when told to, one acks=all record to each of some partitions. The clients of the
 * scenario itself take no part in a long run: availability is a property of the cluster, and what is lost of their
 * records would depend on their rates.
 */
import { ClientOpcode, SendCommand, type ClusterDefinition } from '../../model/index.js';
import type { Plan, ProducerPlan } from '../language/plan.js';
import type { Run } from '../run/run.js';
import { Watcher } from '../run/watcher.js';

/** A probe that is not acknowledged after this long contradicts the state that calls writes served. */
export const PROBE_PATIENCE_US = 2_000_000;
/** Partitions that are probed at a time, in turn where there are more. */
const PROBED_AT_ONCE = 64;
const LOOK_AGAIN_US = 5_000;

/**
 * No retry is slower than the patience. A probe that a broker left without an answer (its power went, and nobody told
 * the client) is sent again to the leader of the day after `request.timeout.ms`.
 */
const PROBE_CONFIG = {
  acks: 'all',
  'linger.ms': 0,
  'enable.idempotence': false,
  'request.timeout.ms': 400,
  'delivery.timeout.ms': PROBE_PATIENCE_US / 1000,
  'retry.backoff.ms': 20,
  'reconnect.backoff.ms': 20,
  'reconnect.backoff.max.ms': 100,
  'socket.connection.setup.timeout.ms': 400,
};

/** The plan as a long run plays it: probing producers instead of its clients, and of the invariants what counts losses. */
export function withProbes(plan: Plan): Plan {
  return {
    ...plan,
    producers: plan.topics.map(({ name }): ProducerPlan => ({
      id: `probe-${name}`,
      baseId: `probe-${name}`,
      topic: name,
      ratePerSecond: null,
      sends: [],
      keys: null,
      valueBytes: 100,
      config: PROBE_CONFIG,
      startUs: 0,
      stopUs: Number.MAX_SAFE_INTEGER,
    })),
    consumers: [],
    probes: null,
    invariants: ['I1'],
  };
}

/** Counts what became of probes. */
export interface ProbeCounts {
  readonly sent: number;
  readonly acknowledged: number;
  /** Not acknowledged in time although the state said all the while that writes are served. */
  readonly disagreements: number;
}

/** Hears of the probes' outcomes. */
export class ProbeWatch extends Watcher<{ open: number[]; sent: number; acknowledged: number }> {
  constructor() {
    super({ open: [], sent: 0, acknowledged: 0 });
  }

  override sendInvoked(_atUs: number, _producer: number, value: number): void {
    this.state.sent++;
    this.state.open.push(value);
  }

  override sendSucceeded(_atUs: number, _producer: number, value: number): void {
    const { open } = this.state;
    const index = open.indexOf(value);
    if (index < 0) return;
    open.splice(index, 1);
    this.state.acknowledged++;
  }
}

/** Sends probes and waits for them. */
export class Prober {
  readonly watch = new ProbeWatch();
  private nextPartition = 0;
  private disagreements = 0;

  get counts(): ProbeCounts {
    const { sent, acknowledged } = this.watch.state;
    return { sent, acknowledged, disagreements: this.disagreements };
  }

  /**
   * Probes partitions that serve writes, waiting at most until a time. What the state called served before and after,
   * and what was not acknowledged within the patience, disagrees.
   */
  probe(run: Run, untilUs: number): void {
    const partitions = this.choose(run);
    if (partitions.length === 0) return;
    send(run, partitions);
    const { open } = this.watch.state;
    const deadlineUs = run.nowUs + PROBE_PATIENCE_US;
    const endUs = Math.min(untilUs, deadlineUs);
    do {
      run.advance(Math.min(run.nowUs + LOOK_AGAIN_US, endUs));
    } while (open.length > 0 && run.nowUs < endUs && !run.exhausted);
    const stillServed = partitions.every((index) => servesWrites(run, index));
    if (endUs === deadlineUs && stillServed) this.disagreements += open.length;
    open.length = 0;
  }

  private choose(run: Run): number[] {
    const { length } = run.definition.partitions;
    const chosen: number[] = [];
    for (let count = Math.min(length, PROBED_AT_ONCE); count > 0; count--) {
      const partition = this.nextPartition;
      this.nextPartition = (partition + 1) % length;
      if (servesWrites(run, partition)) chosen.push(partition);
    }
    return chosen;
  }
}

function servesWrites(run: Run, partition: number): boolean {
  return run.availability.state.partitions[partition]!.up.write;
}

function send(run: Run, partitions: readonly number[]): void {
  const { definition, simulation } = run;
  for (const { host, topic } of definition.producers) {
    const numbers = numbersOf(definition, topic.index, partitions);
    if (numbers.length === 0) continue;
    simulation.act(simulation.hosts[host]!, (_state, context) => {
      context.setTimer(0, ClientOpcode.send, 0, new SendCommand(numbers));
    });
  }
}

function numbersOf(
  definition: ClusterDefinition,
  topic: number,
  partitions: readonly number[],
): number[] {
  return partitions
    .map((index) => definition.partition(index))
    .filter((partition) => partition.topic.index === topic)
    .map(({ number }) => number);
}
