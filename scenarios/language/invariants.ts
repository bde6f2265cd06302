/** Names of invariants: `I1` and `AckedDurable` are the same. */

/** Invariants that can be asked for, by id. The names are synonyms. */
export const INVARIANTS = {
  I1: 'AckedDurable',
  I2: 'LeaderCompleteness',
  I3: 'LogMatching',
  I4: 'HWSound',
  I5: 'CandidateComplete',
  I6: 'HWMonotone',
  I7: 'OneLeaderPerEpoch',
  I8: 'LeaderEligible',
  I10: 'NoDuplicates',
  I12: 'ConsistentRead',
  I16: 'Progress',
  I22: 'MinISRAck',
  I23: 'Fencing',
  I24: 'MetadataPrefix',
} as const;

export type InvariantId = keyof typeof INVARIANTS;

/** Invariants of the catalogue that this release refuses. */
export const REFUSED_INVARIANTS: Readonly<Record<string, string>> = {
  I9: 'OneOwner',
  I11: 'KeyOrder',
  I13: 'AtLeastOnce',
  I14: 'CommittedOffset',
  I15: 'CompactKeepsLatest',
  I17: 'TxnAtomic',
  I18: 'MonotonePosition',
  I19: 'RetentionLower',
  I20: 'RetentionUpper',
  I21: 'LogStart',
};

/** The id of an invariant by id or name, or null. */
export function invariantId(name: string): InvariantId | null {
  const ids = Object.keys(INVARIANTS) as InvariantId[];
  return ids.find((id) => id === name || INVARIANTS[id] === name) ?? null;
}
