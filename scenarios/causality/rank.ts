/** How much a fact says about a breach: 0 must be told, higher ranks are left out first, null is never told. */
import type { Fact, FactKind } from './fact.js';
import type { Focus } from './focus.js';

/** Ranks of what belongs to the partition in question, or to hosts. */
const RANKS: Readonly<Record<FactKind, number>> = {
  violation: 0,
  pending: 0,
  fault: 0,
  died: 0,
  started: 0,
  paused: 0,
  resumed: 0,
  elected: 0,
  truncate: 0,
  created: 0,
  leads: 0,
  isr: 1,
  fenced: 1,
  unfenced: 1,
  mark: 1,
  'fault-over': 1,
  'mild-fault': 2,
  loaded: 1,
  'isr-asked': 1,
  'shutting-down': 1,
  controller: 1,
  'quorum-leader': 1,
  follows: 2,
  append: 2,
  'leader-hw': 2,
  acknowledged: 2,
  refused: 2,
  'fenced-request': 2,
  resigned: 2,
  vote: 2,
  failed: 3,
  copy: 3,
  'follower-hw': 3,
  confirmed: 3,
  registered: 3,
  polled: 4,
  committed: 3,
};

const DATA: ReadonlySet<FactKind> = new Set([
  'append',
  'copy',
  'leader-hw',
  'follower-hw',
  'acknowledged',
  'confirmed',
  'polled',
  'failed',
]);

const QUORUM: ReadonlySet<FactKind> = new Set([
  'vote',
  'quorum-leader',
  'controller',
  'resigned',
  'committed',
]);

const FAULTS: ReadonlySet<FactKind> = new Set([
  'fault',
  'mild-fault',
  'fault-over',
  'died',
  'started',
  'paused',
  'resumed',
]);

/** Changes of the replicas or the clients of a partition, as records pass. */
export function isData(kind: FactKind): boolean {
  return DATA.has(kind);
}

/** Faults, and hosts that die and come back: the skeleton of every story. */
export function isFault(kind: FactKind): boolean {
  return FAULTS.has(kind);
}

/** @param createdStep when the partition came to be: what the cluster did before is its birth, and told by nobody. */
export function rankOf(fact: Fact, focus: Focus, createdStep: number): number | null {
  const { kind, partition, step } = fact;
  if (focus.partition < 0) {
    if (partition >= 0) return null;
    if (kind === 'registered' || kind === 'unfenced') return 3;
    return QUORUM.has(kind) ? quorumRank(fact, focus) : RANKS[kind];
  }
  if (partition >= 0 && partition !== focus.partition) return null;
  if (kind === 'committed' || kind === 'resigned') return null;
  if (step < createdStep) return isFault(kind) ? RANKS[kind] : null;
  // The first replicas of a new partition say nothing that its creation does not.
  if ((kind === 'leads' || kind === 'follows') && fact.text.endsWith(' in epoch 0')) return null;
  if (kind === 'isr-asked' && fact.state === 'LEO 0, HW 0') return null;
  if (kind === 'loaded' && fact.state === 'LEO 0, HW 0') return null;
  if (kind === 'polled' && !focus.isRead) return null;
  if (!isData(kind)) return RANKS[kind];
  return concerns(fact, focus)
    ? kind === 'follower-hw' || kind === 'polled'
      ? 1
      : 0
    : RANKS[kind];
}

function quorumRank(fact: Fact, focus: Focus): number {
  if (fact.kind === 'vote' || fact.kind === 'quorum-leader') return 0;
  return fact.kind === 'committed' && concerns(fact, focus) ? 0 : 1;
}

/** About the records or offsets in question. */
export function concerns({ from, to, values }: Fact, focus: Focus): boolean {
  if (values.some((value) => focus.values.has(value))) return true;
  return from >= 0 && focus.from >= 0 && from < focus.to && to > focus.from;
}
