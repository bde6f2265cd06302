/** Facts of one moment at one host become one entry; long runs of alike entries are folded into their last. */
import type { Carrier, Fact, FactKind } from './fact.js';
import { records } from './message-label.js';
import { isData } from './rank.js';
import type { StoryEntry, StoryMessage } from './story.js';

/** An entry that may yet be left out. */
export interface Candidate {
  readonly entry: StoryEntry;
  readonly rank: number;
}

export interface RankedFact {
  readonly fact: Fact;
  readonly rank: number;
  readonly isFocus: boolean;
}

/** Kinds of facts that the controllers commit. */
const COMMITTED: ReadonlySet<FactKind> = new Set([
  'created',
  'elected',
  'fenced',
  'unfenced',
  'registered',
  'shutting-down',
  'controller',
]);

/** One candidate for each host and step, in order. */
export function candidatesOf(facts: readonly RankedFact[]): Candidate[] {
  const groups: RankedFact[][] = [];
  const open = new Map<string, RankedFact[]>();
  for (const ranked of facts) {
    const { step, host, atUs } = ranked.fact;
    const key = `${step}/${host}/${atUs}`;
    const group = open.get(key);
    if (group !== undefined) group.push(ranked);
    else {
      const made = [ranked];
      open.set(key, made);
      groups.push(made);
    }
  }
  return groups.map(candidateOf);
}

function candidateOf(group: readonly RankedFact[]): Candidate {
  const rank = Math.min(...group.map((ranked) => ranked.rank));
  const lead = group.find((ranked) => ranked.rank === rank)!;
  const last = group.findLast(({ fact }) => fact.state !== '');
  const { atUs, step, host, kind } = lead.fact;
  // What the controllers commit is caused by what was asked of them, not by the fetch that made a majority.
  const committed = group.find(({ fact }) => fact.kind === 'isr' || COMMITTED.has(fact.kind));
  const told = committed === undefined ? group : [committed];
  const carrier = told.map(({ fact }) => carrierOf(fact)).find((each) => each !== null) ?? null;
  const isFocus = group.some((ranked) => ranked.isFocus);
  return {
    rank,
    entry: {
      atUs,
      step,
      host,
      kind,
      texts: textsOf(group.map(({ fact }) => fact)),
      state: last?.fact.state ?? '',
      message: carrier === null ? null : messageOf(carrier),
      isFocus,
    },
  };
}

function carrierOf(fact: Fact): Carrier | null {
  return COMMITTED.has(fact.kind) ? null : fact.carrier;
}

function messageOf({ from, sentAtUs, sentStep, label }: Carrier): StoryMessage {
  return { from, sentAtUs, sentStep, label };
}

/** The texts of a moment; confirmations of several records are one text. */
function textsOf(facts: readonly Fact[]): string[] {
  const confirmed = facts.filter(({ kind }) => kind === 'confirmed');
  const texts: string[] = [];
  for (const fact of facts) {
    if (fact.kind !== 'confirmed' || confirmed.length === 1) texts.push(fact.text);
    else if (fact === confirmed[0]) {
      const values = confirmed.flatMap((each) => each.values);
      const from = Math.min(...confirmed.map((each) => each.from));
      const to = Math.max(...confirmed.map((each) => each.to));
      texts.push(`${records(values)} are confirmed at [${from},${to})`);
    }
  }
  const unique = texts.filter((text, index) => texts.indexOf(text) === index);
  return unique.length <= 5
    ? unique
    : [...unique.slice(0, 4), `and ${unique.length - 4} changes more`];
}

/** Of entries that say the same again, with nothing new at the host in between, leaves the first, with their number. */
export function withoutRepeats(candidates: readonly Candidate[]): Candidate[] {
  const kept: { readonly candidate: Candidate; times: number }[] = [];
  const lastAt = new Map<number, { readonly candidate: Candidate; times: number }>();
  for (const candidate of candidates) {
    const { entry } = candidate;
    const last = lastAt.get(entry.host);
    if (last !== undefined && saysTheSame(last.candidate.entry, entry)) {
      last.times++;
      continue;
    }
    const made = { candidate, times: 1 };
    kept.push(made);
    lastAt.set(entry.host, made);
  }
  return kept.map(({ candidate, times }) => {
    if (times === 1) return candidate;
    const { entry } = candidate;
    return { ...candidate, entry: { ...entry, texts: [...entry.texts, `(${times} times)`] } };
  });
}

function saysTheSame(a: StoryEntry, b: StoryEntry): boolean {
  return a.kind === b.kind && a.state === b.state && a.texts.join('\n') === b.texts.join('\n');
}

/**
 * Folds what records do while nothing else happens: of each kind of entry at each host only the last is left, which
 * says how many it stands for.
 *
 * @param spare entries that stay as they are.
 */
export function folded(
  candidates: readonly Candidate[],
  spare: (candidate: Candidate) => boolean,
): Candidate[] {
  const kept: Candidate[] = [];
  const alike = new Map<string, Candidate[]>();
  const flush = (): void => {
    for (const group of alike.values()) kept.push(stand(group));
    alike.clear();
  };
  for (const candidate of candidates) {
    const { kind, host } = candidate.entry;
    if (!isData(kind) || spare(candidate)) {
      flush();
      kept.push(candidate);
      continue;
    }
    const key = `${kind}/${host}`;
    alike.set(key, [...(alike.get(key) ?? []), candidate]);
  }
  flush();
  return kept.sort((a, b) => a.entry.atUs - b.entry.atUs || a.entry.step - b.entry.step);
}

function stand(group: readonly Candidate[]): Candidate {
  const last = group[group.length - 1]!;
  if (group.length === 1) return last;
  const before = group.length - 1;
  const note = `(the last of ${before + 1} such steps)`;
  return { ...last, entry: { ...last.entry, texts: [...last.entry.texts, note] } };
}
