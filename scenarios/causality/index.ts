/** Why it happened: the causal past of a breach, as a story of a few events. */
export type { FactKind } from './fact.js';
export type {
  Story,
  PastMessage,
  StoryEntry,
  StoryLane,
  StoryMessage,
  StoryMoment,
  StorySpan,
} from './story.js';
export { storyOf, type WantedBreach } from './story-of.js';
export { inSeconds, traceText } from './trace-text.js';
