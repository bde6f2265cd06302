/** When hosts were leaders, down or paused: the lanes of a drawing. */
import type { Fact, FactKind } from './fact.js';
import type { StoryMoment, StorySpan } from './story.js';

type State = StorySpan['state'];

const BEGINNINGS: Partial<Record<FactKind, State>> = {
  leads: 'leader',
  'quorum-leader': 'leader',
  died: 'down',
  paused: 'paused',
};

const ENDS: Partial<Record<FactKind, readonly State[]>> = {
  leads: ['leader'],
  'quorum-leader': ['leader'],
  follows: ['leader'],
  resigned: ['leader'],
  vote: ['leader'],
  died: ['leader', 'paused', 'down'],
  started: ['down'],
  resumed: ['paused'],
};

/** @param partition the leadership in question; -1: that of the quorum. */
export function spansOf(facts: readonly Fact[], partition: number): StorySpan[] {
  const spans: { host: number; state: State; from: StoryMoment; to: StoryMoment | null }[] = [];
  for (const { kind, host, atUs, step, partition: of } of facts) {
    if (of >= 0 && of !== partition) continue;
    const isQuorum = kind === 'quorum-leader' || kind === 'resigned' || kind === 'vote';
    if (isQuorum && partition >= 0) continue;
    const moment = { atUs, step };
    for (const state of ENDS[kind] ?? []) {
      const open = spans.find(
        (span) => span.host === host && span.state === state && span.to === null,
      );
      if (open !== undefined) open.to = moment;
    }
    const state = BEGINNINGS[kind];
    if (state !== undefined) spans.push({ host, state, from: moment, to: null });
  }
  return spans;
}
