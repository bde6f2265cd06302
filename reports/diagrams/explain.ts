/** What a failure looks like, in one call: trace, drawing, sequence diagram. */
import {
  resolvePlan,
  storyOf,
  traceText,
  type Scenario,
  type WantedBreach,
} from '../../scenarios/index.js';
import { mermaid } from './mermaid.js';
import { spaceTimeSvg } from './space-time.js';

export interface Explanation {
  /** Lines of text, one for each event that matters. */
  readonly trace: string;
  readonly svg: string;
  /** Null where the story is too long for it. */
  readonly mermaid: string | null;
}

/**
 * Tells how a scenario's failure came about: its first violation, or else its first expected loss, unless one is given.
 * Plays the scenario twice; the same arguments give the same bytes.
 */
export function explainFailure(
  scenario: Scenario,
  seed: number,
  failure: WantedBreach | null = null,
): Explanation {
  const story = storyOf(resolvePlan(scenario), seed, failure);
  return { trace: traceText(story), svg: spaceTimeSvg(story), mermaid: mermaid(story) };
}

/** The text trace alone. */
export function causalTrace(
  scenario: Scenario,
  seed: number,
  failure: WantedBreach | null = null,
): string {
  return traceText(storyOf(resolvePlan(scenario), seed, failure));
}
