/** A causal story as lines of text. */
import type { Story, StoryEntry, StoryLane } from './story.js';

/** The trace of a story: who, what and through which message, a line for each entry. Ends in a line break. */
export function traceText(story: Story): string {
  const names = new Map(story.lanes.map(({ host, name }: StoryLane) => [host, name]));
  const width = Math.max(7, ...story.lanes.map(({ name }) => name.length));
  const about = story.subject ?? 'the quorum of controllers';
  const head = [
    `${story.scenario}, seed ${story.seed}: ${story.headline} (${about})`,
    ...(story.verdict === '' ? [] : [story.verdict]),
    '',
  ];
  const lines = story.entries.map((entry) => line(entry, names, width));
  const rest =
    story.omitted > 0
      ? ['', `${story.omitted} lesser changes of the causal past are left out.`]
      : [];
  return [...head, ...lines, ...rest, ''].join('\n');
}

function line(entry: StoryEntry, names: ReadonlyMap<number, string>, width: number): string {
  const who = entry.host < 0 ? 'fault' : (names.get(entry.host) ?? '?');
  const state = entry.state === '' ? '' : ` [${entry.state}]`;
  // What is wrong is said in the head.
  const texts = entry.kind === 'violation' ? entry.texts.slice(0, 1) : entry.texts;
  const what = `${texts.join('; ')}${state}`;
  const { message } = entry;
  const cause =
    message === null
      ? ''
      : `  <- ${message.label} from ${names.get(message.from) ?? '?'}, sent ${inSeconds(message.sentAtUs)}`;
  return `${inSeconds(entry.atUs).padStart(12)}  ${who.padEnd(width)}  ${what}${cause}`;
}

/** Virtual time as stories show it: `12.034 s`. */
export function inSeconds(atUs: number): string {
  const ms = Math.floor(atUs / 1000);
  const whole = Math.floor(ms / 1000);
  return `${whole}.${String(ms - whole * 1000).padStart(3, '0')} s`;
}
