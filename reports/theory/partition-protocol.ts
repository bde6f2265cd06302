/**
 * The life of one partition's leadership under broker crashes, as a small state machine: Kafka 4.1,
 * KRaft, controllers always up, page cache surviving, unclean election off.
 *
 * Only what decides about availability is kept: for each replica whether its broker serves, whether
 * the controller has it fenced, and its place in ISR and ELR; and who leads, or led last. Replicas are
 * alike, so a state is a multiset of them (kept sorted).
 *
 * What the controller does (PartitionChangeBuilder, ReplicationControlManager, ClusterControlManager,
 * 4.1.1; rules R6 and R9 of the project's reference):
 *  - Fencing takes the broker out of the ISR. Below min ISR, who leaves goes to the ELR; the ISR may
 *    become empty, the last member then waits in the ELR. At or above min ISR the ELR is cleared.
 *  - A process crash leaves no clean-shutdown marker, so the restarted broker registers uncleanly and
 *    leaves the ELR. It can never be elected from there.
 *  - With ISR and ELR empty, and only then, the last known leader is elected, once it is unfenced. An
 *    ELR member that has not come back yet therefore keeps the partition leaderless.
 *  - Without ELR the last member stays listed in the ISR and is the only one that can lead.
 *
 * Simplification: of several candidates, each is elected with the same probability (Kafka takes the
 * first in assignment order). It matters only where a second broker dies before the first is noticed.
 */

/** Where a replica's broker is: serving, dead, or repaired and on its way back. */
export type HostState = 'up' | 'down' | 'back';

/** One replica as host and controller have it. */
export interface Replica {
  readonly host: HostState;
  readonly fenced: boolean;
  readonly inIsr: boolean;
  readonly inElr: boolean;
  /** The partition's leader, or, of a leaderless partition, its last known leader. */
  readonly leads: boolean;
}

/** One partition. Exactly one replica `leads`. */
export interface PartitionState {
  readonly replicas: readonly Replica[];
  readonly leaderless: boolean;
}

/** What the protocol is configured with. */
export interface ProtocolRules {
  /** min.insync.replicas, not above the replication factor. */
  readonly effectiveMinIsr: number;
  /** Whether eligible leader replicas (KIP-966) are on, as for new 4.1 clusters. */
  readonly elr: boolean;
}

/** A state that may come next, with its probability. */
export interface Outcome {
  readonly probability: number;
  readonly state: PartitionState;
}

/** All replicas in the ISR, one leading. */
export function healthyPartition(replicationFactor: number): PartitionState {
  const replicas = Array.from({ length: replicationFactor }, (_, index) => ({
    host: 'up' as const,
    fenced: false,
    inIsr: true,
    inElr: false,
    leads: index === 0,
  }));
  return { replicas, leaderless: false };
}

/** The broker's process dies, or its host is repaired; nobody notices yet. */
export function setHost(state: PartitionState, index: number, host: HostState): PartitionState {
  return { ...state, replicas: change(state.replicas, index, { host }) };
}

/** The session of a dead broker has lapsed: the controller fences it. */
export function fence(state: PartitionState, index: number, rules: ProtocolRules): Outcome[] {
  const fenced = change(state.replicas, index, { fenced: true });
  const isrSize = fenced.filter((replica) => replica.inIsr).length;
  const leavesIsr = state.replicas[index]?.inIsr === true && (rules.elr || isrSize > 1);
  const replicas = leavesIsr
    ? settleElr(change(fenced, index, { inIsr: false, inElr: true }), rules)
    : fenced;
  return electIfNeeded({ ...state, replicas }, rules).map((outcome) => joinIsr(outcome, rules));
}

/** A repaired broker has restarted and recovered: it registers uncleanly, is unfenced, catches up. */
export function comeBack(state: PartitionState, index: number, rules: ProtocolRules): Outcome[] {
  const registered = change(state.replicas, index, { inElr: false });
  const unfenced = change(registered, index, { fenced: false, host: 'up' });
  return electIfNeeded({ ...state, replicas: unfenced }, rules).map((outcome) =>
    joinIsr(outcome, rules),
  );
}

/** Whether a fetch up to the high watermark is served: there is a leader, and it lives. */
export function servesReads(state: PartitionState): boolean {
  return !state.leaderless && state.replicas.some((r) => r.leads && r.host === 'up');
}

/**
 * Whether a produce is served. acks=all needs an ISR of min ISR at least, all of it alive: a dead
 * member holds the high watermark back until it is fenced. acks=1 and 0 need the leader alone.
 */
export function servesWrites(
  state: PartitionState,
  acks: 'all' | 1 | 0,
  rules: ProtocolRules,
): boolean {
  if (!servesReads(state)) {
    return false;
  }
  const isr = state.replicas.filter((replica) => replica.inIsr);
  return (
    acks !== 'all' ||
    (isr.length >= rules.effectiveMinIsr && isr.every((replica) => replica.host === 'up'))
  );
}

function change(
  replicas: readonly Replica[],
  index: number,
  fields: Partial<Replica>,
): readonly Replica[] {
  return replicas.map((replica, i) => (i === index ? { ...replica, ...fields } : replica));
}

/** The ELR exists only while the ISR is below min ISR (and only with KIP-966). */
function settleElr(replicas: readonly Replica[], rules: ProtocolRules): readonly Replica[] {
  const isrSize = replicas.filter((replica) => replica.inIsr).length;
  if (rules.elr && isrSize < rules.effectiveMinIsr) {
    return replicas;
  }
  return replicas.map((replica) => ({ ...replica, inElr: false }));
}

/** Elects when there is no leader or the leader was fenced. */
function electIfNeeded(state: PartitionState, rules: ProtocolRules): Outcome[] {
  const { replicas } = state;
  const leader = replicas.findIndex((replica) => replica.leads);
  const isLeading = !state.leaderless && replicas[leader]?.fenced === false;
  if (isLeading) {
    return [{ probability: 1, state }];
  }
  const isrIsEmpty = !replicas.some((replica) => replica.inIsr);
  const elrIsEmpty = !replicas.some((replica) => replica.inElr);
  const candidates = replicas.flatMap((replica, index) => {
    const isEligible = isrIsEmpty ? replica.inElr : replica.inIsr;
    return isEligible && !replica.fenced ? [index] : [];
  });
  if (candidates.length > 0) {
    return candidates.map((index) => ({
      probability: 1 / candidates.length,
      state: { replicas: lead(replicas, index), leaderless: false },
    }));
  }
  const lastKnownIsBack = rules.elr && state.leaderless && replicas[leader]?.fenced === false;
  if (isrIsEmpty && elrIsEmpty && lastKnownIsBack) {
    return [{ probability: 1, state: { replicas: lead(replicas, leader), leaderless: false } }];
  }
  return [{ probability: 1, state: { replicas, leaderless: true } }];
}

/** Makes one replica the leader; it is in the ISR from then on, and not in the ELR. */
function lead(replicas: readonly Replica[], leader: number): readonly Replica[] {
  return replicas.map((replica, index) =>
    index === leader
      ? { ...replica, leads: true, inIsr: true, inElr: false }
      : { ...replica, leads: false },
  );
}

/** A living leader takes every living unfenced replica into the ISR. */
function joinIsr(outcome: Outcome, rules: ProtocolRules): Outcome {
  if (!servesReads(outcome.state)) {
    return outcome;
  }
  const joined = outcome.state.replicas.map((replica) =>
    replica.host === 'up' && !replica.fenced ? { ...replica, inIsr: true, inElr: false } : replica,
  );
  return { ...outcome, state: { ...outcome.state, replicas: settleElr(joined, rules) } };
}
