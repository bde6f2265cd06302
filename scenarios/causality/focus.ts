/** What a breach is about: a partition or the quorum, offsets, records, nodes. Read off its evidence. */
import type { Breach } from '../invariants/index.js';

export interface Focus {
  /** Index of the partition, or -1: the quorum. */
  readonly partition: number;
  /** Offsets, half-open; -1 and -1 where the evidence names none. */
  readonly from: number;
  readonly to: number;
  readonly values: ReadonlySet<number>;
  /** Whether what a consumer read is in question. */
  readonly isRead: boolean;
  /** Node ids that the evidence names. */
  readonly nodes: readonly number[];
}

const NODE_FIELDS = [
  'leader',
  'broker',
  'member',
  'candidate',
  'follower',
  'controller',
  'ackingLeader',
  'node',
] as const;

/** Pairs of fields that bound the offsets in question. */
const RANGE_FIELDS = [
  ['from', 'to'],
  ['memberHoldsBelow', 'highWatermark'],
  ['holdsBelow', 'trueHighWatermark'],
] as const;

export function focusOf({ partitionIndex, evidence }: Breach): Focus {
  const [from, to] = offsetsIn(evidence);
  const values = evidence['values'];
  const value = evidence['value'];
  const listed = listOf(values).filter((each) => typeof each === 'number');
  return {
    partition: partitionIndex,
    from,
    to,
    values: new Set(typeof value === 'number' ? [...listed, value] : listed),
    isRead: evidence['consumer'] !== undefined,
    nodes: [...NODE_FIELDS.map((field) => evidence[field]), ...listOf(evidence['leaders'])].filter(
      (node): node is number => typeof node === 'number' && node >= 0,
    ),
  };
}

function offsetsIn(evidence: Breach['evidence']): readonly [number, number] {
  const { offsets, offset } = evidence as { offsets?: unknown; offset?: unknown };
  if (typeof offset === 'number') return [offset, offset + 1];
  const holder =
    typeof offsets === 'object' && offsets !== null
      ? (offsets as Readonly<Record<string, unknown>>)
      : evidence;
  for (const [first, last] of RANGE_FIELDS) {
    const [from, to] = [holder[first], holder[last]];
    if (typeof from === 'number' && typeof to === 'number' && from < to) return [from, to];
  }
  return [-1, -1];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
