/**
 * Whether a partition would serve were every failure noticed at once: what the controllers would make of the committed
 * metadata if they knew which brokers are gone (PartitionChangeBuilder at 4.1.1).
 *
 * A broker counts while it is up, reachable, registered as the process that runs, and unfenced. All others are taken as
 * fenced, those on their way back included: what they need to return counts as down.
 *
 * - Who does not count leaves the ISR. If anybody is left, one of them leads.
 * - Else the rest waits in the ELR (without ELR: the last stays in the ISR), and only its members may lead.
 * - Only where ISR and ELR are empty in the metadata already is it the last known leader's turn: a dead member of the
 *   ISR would move to the ELR and go on to block that, until it has registered again.
 * - Where unclean elections are allowed, anybody that counts.
 *
 * Who is elected from outside the ISR stands alone at first, and takes in at once all that count.
 *
 * On ZooKeeper (PartitionLeaderElectionAlgorithms, ReplicaStateMachine.doRemoveReplicasFromIsr, 2.6.1 and 3.9.1) the rules
 * are those without ELR: an ephemeral znode stands for being unfenced, and how a process ended plays no part. What a deposed
 * leader without a successor serves is not said here, since it is no matter of the metadata (`Availability`).
 */
import type { PartitionRegistration } from '../../model/index.js';

export interface StructuralRules {
  /** min.insync.replicas, at most the number of replicas. */
  readonly minIsr: number;
  /** unclean.leader.election.enable of the topic. */
  readonly allowsUnclean: boolean;
}

/** What would be served. */
export interface Served {
  readonly read: boolean;
  readonly write: boolean;
}

/** `counts` tells which brokers are there, as said above. */
export function structuralService(
  { replicas, isr, elr, lastKnownElr }: PartitionRegistration,
  { minIsr, allowsUnclean }: StructuralRules,
  counts: (brokerId: number) => boolean,
): Served {
  const remaining = isr.filter(counts).length;
  if (remaining > 0) return { read: true, write: remaining >= minIsr };
  const [known, ...others] = lastKnownElr;
  const isLastKnownsTurn = isr.length === 0 && elr.length === 0 && others.length === 0;
  const leads =
    elr.some(counts) ||
    (isLastKnownsTurn && known !== undefined && counts(known)) ||
    (allowsUnclean && replicas.some(counts));
  return { read: leads, write: leads && replicas.filter(counts).length >= minIsr };
}
