/**
 * Probing clients: they confirm what the state says of a quiescent cluster, and give it something to lose.
 *
 * One producer for each topic sends, when told to, one acks=all record to each of some partitions. Between probes it is
 * paused: it would only look for brokers that are gone, ten times a second. The clients of the scenario itself take no
 * part in a long run: availability is a property of the cluster, and what is lost of their records would depend on their
 * rates.
 */
import { ClientOpcode, SendCommand, type ClusterDefinition } from '../../model/index.js';
import { cover, uncover } from '../faults/coverage.js';
import type { Plan, ProducerPlan } from '../language/plan.js';
import type { Run } from '../run/run.js';
import { Watcher } from '../run/watcher.js';

/** A record that a leader has got and not acknowledged after this long contradicts the state that calls writes served. */
const LEADER_PATIENCE_US = 2_000_000;
/**
 * A client whose records reach no leader for so long knows only brokers that are gone. It is started anew, with all
 * brokers to ask: hours have passed on the calendar, and metadata.recovery.rebootstrap.trigger.ms is 5 minutes.
 */
const CLIENT_PATIENCE_US = 1_000_000;
/**
 * And one that was started anew may ask a silent host first, to which it tries to connect for 10 s, give or take a
 * fifth (socket.connection.setup.timeout.ms), and then another one.
 */
const NEW_CLIENT_PATIENCE_US = 30_000_000;
/** Partitions that are probed at a time, in turn where there are more. */
const PROBED_AT_ONCE = 64;
const LOOK_AGAIN_US = 5_000;

/** A record that a broker left without an answer is sent again soon, and given up when the patience is over. */
const PROBE_CONFIG = {
  acks: 'all',
  'linger.ms': 0,
  'enable.idempotence': false,
  'request.timeout.ms': 400,
  'delivery.timeout.ms': NEW_CLIENT_PATIENCE_US / 1000,
  'retry.backoff.ms': 20,
  'reconnect.backoff.ms': 20,
  'reconnect.backoff.max.ms': 100,
  'socket.connection.setup.timeout.ms': 400,
  'socket.connection.setup.timeout.max.ms': 400,
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

/** What became of probes. */
export interface ProbeCounts {
  readonly sent: number;
  readonly acknowledged: number;
  /** Not acknowledged in time although the state said all the while that writes are served. */
  readonly disagreements: number;
}

/** A probe without an outcome. */
interface OpenProbe {
  readonly value: number;
  readonly partition: number;
  /** When a leader first got it, or -1. */
  reachedUs: number;
}

interface ProbeState {
  open: OpenProbe[];
  sent: number;
  acknowledged: number;
}

/** Hears of what becomes of probes. */
export class ProbeWatch extends Watcher<ProbeState> {
  constructor() {
    super({ open: [], sent: 0, acknowledged: 0 });
  }

  override sendInvoked(_atUs: number, _producer: number, value: number, partition: number): void {
    this.state.sent++;
    this.state.open.push({ value, partition, reachedUs: -1 });
  }

  override leaderAppended(atUs: number, _broker: number, partition: number): void {
    this.reached(atUs, partition);
  }

  override produceAnswered(atUs: number, _broker: number, partition: number): void {
    this.reached(atUs, partition);
  }

  override sendSucceeded(_atUs: number, _producer: number, value: number): void {
    const { open } = this.state;
    const index = open.findIndex((probe) => probe.value === value);
    if (index < 0) return;
    open.splice(index, 1);
    this.state.acknowledged++;
  }

  /** There are no producers but the probing ones, and no partition has two probes open. */
  private reached(atUs: number, partition: number): void {
    for (const probe of this.state.open) {
      if (probe.partition === partition && probe.reachedUs < 0) probe.reachedUs = atUs;
    }
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

  /** Probes partitions that serve writes, waiting at most until a time. */
  probe(run: Run, untilUs: number): void {
    const { state } = this.watch;
    wakeProducers(run);
    send(run, this.choose(run), state.sent);
    this.wait(run, Math.min(untilUs, run.nowUs + CLIENT_PATIENCE_US), Infinity);
    if (state.open.some(({ reachedUs }) => reachedUs < 0) && run.nowUs < untilUs) {
      const partitions = state.open.map(({ partition }) => partition);
      state.open = [];
      restartProducers(run);
      send(run, partitions, state.sent);
    }
    this.wait(run, untilUs, run.nowUs + NEW_CLIENT_PATIENCE_US);
    state.open = [];
    pauseProducers(run);
  }

  private wait(run: Run, untilUs: number, giveUpUs: number): void {
    while (this.watch.state.open.length > 0 && run.nowUs < untilUs && !run.exhausted) {
      run.advance(Math.min(run.nowUs + LOOK_AGAIN_US, untilUs));
      this.giveUp(run, giveUpUs);
    }
  }

  /** Counts the probes that have waited too long, if writes are still said to be served, and forgets them. */
  private giveUp(run: Run, giveUpUs: number): void {
    const { state } = this.watch;
    state.open = state.open.filter(({ partition, reachedUs }) => {
      const dueUs = reachedUs < 0 ? giveUpUs : reachedUs + LEADER_PATIENCE_US;
      if (run.nowUs < dueUs) return true;
      if (servesWrites(run, partition)) this.disagreements++;
      return false;
    });
  }

  private choose(run: Run): number[] {
    const { length } = run.definition.partitions;
    const chosen: number[] = [];
    if (run.truth.state.lostPartitions.length > 0) return chosen;
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

/** `firstRecord`: more records than that no producer has made. */
function send(run: Run, partitions: readonly number[], firstRecord: number): void {
  const { definition, simulation } = run;
  for (const { host, topic } of definition.producers) {
    const numbers = numbersOf(definition, topic.index, partitions);
    if (numbers.length === 0) continue;
    simulation.act(simulation.hosts[host]!, (_state, context) => {
      context.setTimer(0, ClientOpcode.send, 0, new SendCommand(numbers, firstRecord));
    });
  }
  run.advance(run.nowUs);
}

/** Stops the producers in their tracks; their connections live. */
export function pauseProducers(run: Run): void {
  for (const { host } of run.definition.producers)
    cover(run, run.director.coverage, host, 'paused');
}

function wakeProducers(run: Run): void {
  for (const { host } of run.definition.producers)
    uncover(run, run.director.coverage, host, 'paused');
}

function restartProducers(run: Run): void {
  for (const { host } of run.definition.producers) {
    cover(run, run.director.coverage, host, 'crashed');
    uncover(run, run.director.coverage, host, 'crashed');
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
