/** From all facts of a replayed run to the entries of its story. */
import {
  candidatesOf,
  folded,
  withoutRepeats,
  type Candidate,
  type RankedFact,
} from './entries.js';
import type { Delivery, Fact } from './fact.js';
import type { Focus } from './focus.js';
import { pastOf, type Cut } from './past.js';
import { concerns, isData, isFault, rankOf } from './rank.js';
import type { PastMessage, StoryEntry } from './story.js';

/** A story has at most so many entries, its end included. */
export const ENTRIES_MAX = 36;

/** Up to so many entries about the very records in question are told one by one. */
const FOCUS_MAX = 24;

export interface Selection {
  readonly entries: readonly StoryEntry[];
  readonly messages: readonly PastMessage[];
  readonly omitted: number;
}

export interface SelectInput {
  readonly facts: readonly Fact[];
  readonly deliveries: readonly Delivery[];
  readonly focus: Focus;
  /** Hosts whose state is evidence at the end; all hosts where null. */
  readonly witnesses: readonly number[] | null;
  readonly hosts: number;
  /** Hosts that are servers: the comings and goings of clients are not told. */
  readonly isServer: (host: number) => boolean;
}

/** The entries that matter, in order of time, at most `ENTRIES_MAX - 1`. */
export function select(input: SelectInput): Selection {
  const { facts, deliveries, focus } = input;
  const { cut, relevant } = inPast(input);
  const created = facts.find(
    ({ kind, partition }) => kind === 'created' && partition === focus.partition,
  );
  const createdStep = created?.step ?? -1;
  const ranked = relevant.flatMap((fact): RankedFact[] => {
    const rank = rankOf(fact, focus, createdStep);
    if (rank === null) return [];
    if (isFault(fact.kind) && fact.host >= 0 && !input.isServer(fact.host)) return [];
    return [{ fact, rank, isFocus: isData(fact.kind) && concerns(fact, focus) }];
  });
  const candidates = candidatesOf(ranked);
  const kept = bounded(withoutRepeats(candidates));
  return {
    entries: kept.map(({ entry }) => entry),
    messages: deliveries.filter(({ step, to }) => step > createdStep && step <= cut[to]!),
    omitted: candidates.length - kept.length,
  };
}

/** What could have led to the end, and what happened to the records in question wherever they were. */
function inPast({ facts, deliveries, focus, witnesses, hosts }: SelectInput): {
  readonly cut: Cut;
  readonly relevant: readonly Fact[];
} {
  if (witnesses === null) {
    return { cut: Array.from({ length: hosts }, () => Number.MAX_SAFE_INTEGER), relevant: facts };
  }
  const roots = new Map<number, number>();
  for (const host of witnesses) roots.set(host, Number.MAX_SAFE_INTEGER);
  const isEvidence = (fact: Fact): boolean =>
    isData(fact.kind) && fact.partition === focus.partition && concerns(fact, focus);
  for (const fact of facts) {
    if (!isEvidence(fact)) continue;
    roots.set(fact.host, Math.max(roots.get(fact.host) ?? -1, fact.step));
  }
  const cut = pastOf(deliveries, roots, hosts);
  const relevant = facts.filter(
    (fact) =>
      fact.host < 0 || isFault(fact.kind) || isEvidence(fact) || fact.step <= cut[fact.host]!,
  );
  return { cut, relevant };
}

/** Tells all of a small story; of a large one what weighs most, late things more than early ones. */
function bounded(candidates: readonly Candidate[]): readonly Candidate[] {
  const most = ENTRIES_MAX - 1;
  if (candidates.length <= most) return candidates;
  const inFocus = candidates.filter(({ entry }) => entry.isFocus).length;
  const some = folded(candidates, ({ entry }) => entry.isFocus && inFocus <= FOCUS_MAX);
  const kept = some.length <= most ? some : weightiest(some, most);
  const byTime = [...kept];
  return byTime.sort((a, b) => a.entry.atUs - b.entry.atUs || a.entry.step - b.entry.step);
}

function weightiest(candidates: readonly Candidate[], most: number): readonly Candidate[] {
  const { length } = candidates;
  return candidates
    .map((candidate, index) => ({ candidate, index, burden: burdenOf(candidate, index / length) }))
    .sort((a, b) => a.burden - b.burden || b.index - a.index)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Being early costs up to two ranks, but not the birth of the partition. */
function burdenOf({ rank, entry }: Candidate, share: number): number {
  return entry.kind === 'created' ? -1 : rank + 2 * (1 - share);
}
