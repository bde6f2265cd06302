/**
 * Availability of one partition in closed form: the theory column beside a measurement.
 *
 * Independent exponential crashes and repairs of brokers, everything else as `partition-protocol.ts`
 * says. The steady state of the chain gives the share of time in which a new produce, or a fetch up
 * to the high watermark, would be served. Derivation and worked examples: docs/theory.md.
 */

import { partitionChain, type PhaseLengths } from './partition-chain.js';
import { type ProtocolRules, servesReads, servesWrites } from './partition-protocol.js';
import { steadyState } from './markov-chain.js';

/** The largest replication factor that is worked out; beyond, the chain grows too large. */
export const LARGEST_REPLICATION_FACTOR = 7;

/** What the theory is asked about. Times are means in microseconds. */
export interface TheoryInput {
  /** Brokers of the cluster. Those without a replica do not matter, but there must be enough. */
  readonly brokers: number;
  readonly replicationFactor: number;
  /** min.insync.replicas as configured; above the replication factor it counts as that (3.7+). */
  readonly minInsyncReplicas: number;
  /** `acks` of the producer. */
  readonly acks: 'all' | 1 | 0;
  /** Mean time from a broker's repair to its next crash. */
  readonly mttfUs: number;
  /** Mean time from a broker's crash to its repair. */
  readonly mttrUs: number;
  /** Mean time from a crash until the ISR is rid of the broker; see `meanDetectUs`. */
  readonly detectUs: number;
  /** Mean time from a leader's crash until its successor serves; as `detectUs` unless given. */
  readonly leaderDetectUs?: number;
  /** Mean time from a repair until the broker is back in the ISR, or leads. */
  readonly returnUs: number;
  /** Eligible leader replicas: on by default in new 4.1 clusters. */
  readonly elr: boolean;
}

/** Shares of time in which writes and reads are served. */
export interface ServedShares {
  readonly write: number;
  readonly read: number;
}

/** What the theory says. `unavailable*` are given too: 1 - 0.9999999 has few digits left. */
export interface WriteReadTheory extends ServedShares {
  /** As if every crash were noticed at once; the time to return still counts. */
  readonly structural: ServedShares;
  /** As if crashes were noticed and brokers returned at once: what no tuning of timeouts can better. */
  readonly ideal: ServedShares;
  /** The complements, summed up state by state and precise however small. */
  readonly unavailable: ServedShares & {
    readonly structural: ServedShares;
    readonly ideal: ServedShares;
  };
  /** States of the chain behind `write` and `read`. */
  readonly states: number;
}

/**
 * Works out the availability of a partition.
 *
 * @throws RangeError for impossible inputs, naming the field.
 */
export function writeReadTheory(input: TheoryInput): WriteReadTheory {
  checkInput(input);
  const rules: ProtocolRules = {
    effectiveMinIsr: Math.min(input.minInsyncReplicas, input.replicationFactor),
    elr: input.elr,
  };
  const phases: PhaseLengths = {
    mttfUs: input.mttfUs,
    mttrUs: input.mttrUs,
    detectUs: input.detectUs,
    leaderDetectUs: input.leaderDetectUs ?? input.detectUs,
    returnUs: input.returnUs,
  };
  const noticedAtOnce = { ...phases, detectUs: 0, leaderDetectUs: 0 };
  const client = unavailability(input, rules, phases);
  const structural = unavailability(input, rules, noticedAtOnce);
  const ideal = unavailability(input, rules, { ...noticedAtOnce, returnUs: 0 });
  return {
    write: 1 - client.write,
    read: 1 - client.read,
    structural: { write: 1 - structural.write, read: 1 - structural.read },
    ideal: { write: 1 - ideal.write, read: 1 - ideal.read },
    unavailable: {
      write: client.write,
      read: client.read,
      structural: { write: structural.write, read: structural.read },
      ideal: { write: ideal.write, read: ideal.read },
    },
    states: client.states,
  };
}

function unavailability(
  input: TheoryInput,
  rules: ProtocolRules,
  phases: PhaseLengths,
): ServedShares & { readonly states: number } {
  const chain = partitionChain(input.replicationFactor, rules, phases);
  const shares = steadyState(chain.transitions);
  let write = 0;
  let read = 0;
  chain.states.forEach((state, index) => {
    const share = shares[index] ?? 0;
    write += servesWrites(state, input.acks, rules) ? 0 : share;
    read += servesReads(state) ? 0 : share;
  });
  return { write, read, states: chain.states.length };
}

function checkInput(input: TheoryInput): void {
  const wholeFrom1 = (name: 'brokers' | 'replicationFactor' | 'minInsyncReplicas'): void => {
    if (!Number.isSafeInteger(input[name]) || input[name] < 1) {
      throw new RangeError(`${name} must be a whole number from 1, got ${String(input[name])}`);
    }
  };
  wholeFrom1('brokers');
  wholeFrom1('replicationFactor');
  wholeFrom1('minInsyncReplicas');
  if (input.replicationFactor > Math.min(input.brokers, LARGEST_REPLICATION_FACTOR)) {
    throw new RangeError(
      `replicationFactor ${String(input.replicationFactor)} with ${String(input.brokers)} ` +
        `brokers: at most as many as brokers, and at most ${String(LARGEST_REPLICATION_FACTOR)}`,
    );
  }
  const { mttfUs, mttrUs, detectUs, leaderDetectUs = detectUs, returnUs } = input;
  if (!(mttfUs > 0 && mttrUs > 0 && Number.isFinite(mttfUs) && Number.isFinite(mttrUs))) {
    throw new RangeError('mttfUs and mttrUs must be positive');
  }
  if (!(detectUs >= 0 && leaderDetectUs >= 0 && returnUs >= 0)) {
    throw new RangeError('detectUs, leaderDetectUs and returnUs must not be negative');
  }
  if ((detectUs === 0) !== (leaderDetectUs === 0)) {
    throw new RangeError('detectUs and leaderDetectUs must be zero together or not at all');
  }
}
