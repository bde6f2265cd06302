/** A causal story as a Mermaid sequence diagram, for places that draw Mermaid and nothing else. */
import type { Story, StoryEntry } from '../../scenarios/index.js';

/** A Mermaid diagram with more messages and notes than this is not readable. */
export const MERMAID_MAX = 40;

/** The sequence diagram, or null where it would be too long. */
export function mermaid(story: Story): string | null {
  const names = new Map(story.lanes.map(({ host }, index) => [host, `p${String(index)}`]));
  const lines = story.entries.flatMap((entry) => linesOf(entry, names));
  if (lines.length > MERMAID_MAX || story.lanes.length === 0) return null;
  const participants = story.lanes.map(
    ({ host, name }) => `participant ${names.get(host)!} as ${escaped(name)}`,
  );
  const title = `${story.scenario}, seed ${String(story.seed)}: ${story.headline}`;
  return ['sequenceDiagram', `  title ${escaped(title)}`]
    .concat([...participants, ...lines].map((line) => `  ${line}`))
    .concat('')
    .join('\n');
}

function linesOf(entry: StoryEntry, names: ReadonlyMap<number, string>): string[] {
  const { message, host } = entry;
  const state = entry.state === '' ? [] : [entry.state];
  const parts = [...entry.texts, ...state].map(escaped).join('<br/>');
  const note = `Note over ${placeOf(host, names)}: ${parts}`;
  if (message === null) return [note];
  return [`${names.get(message.from)!}->>${names.get(host)!}: ${escaped(message.label)}`, note];
}

/** A note over one participant, or over all. */
function placeOf(host: number, names: ReadonlyMap<number, string>): string {
  const own = names.get(host);
  if (own !== undefined) return own;
  const last = names.size - 1;
  return last === 0 ? 'p0' : `p0,p${String(last)}`;
}

/** Text without the characters and the word that Mermaid takes for syntax. */
function escaped(content: string): string {
  return content
    .replace(/[\r\n]+/g, ' ')
    .replace(/[#;<>%{}"]/g, (character) => `#${String(character.charCodeAt(0))};`)
    .replace(
      /\bend\b/gi,
      (word) => `${word.slice(0, 1)}#${String(word.charCodeAt(1))};${word.slice(2)}`,
    );
}
