import { describe, expect, it } from 'vitest';

import {
  findInCatalogue,
  resolvePlan,
  storyOf,
  type Scenario,
  type Story,
} from '../../scenarios/index.js';
import {
  earlyAck,
  keptTail,
  majorityWatermark,
} from '../../scenarios/causality/failing-stories.js';
import { randomScenario } from '../../scenarios/random-scenario.js';
import { explainFailure } from './explain.js';
import { layOut } from './layout.js';
import { mermaid, MERMAID_MAX } from './mermaid.js';
import { spaceTimeSvg } from './space-time.js';
import type { TextBox } from './text-box.js';

const STORIES: readonly (readonly [string, Scenario, number])[] = [
  ['early-ack', earlyAck, 1],
  ['kept-tail', keptTail, 1],
  ['majority-watermark', majorityWatermark, 1],
  ['an expected loss', findInCatalogue('acks-1')!.scenario, 42],
  ['no failure', findInCatalogue('leader-crash')!.scenario, 42],
  ['a large failure', { ...randomScenario(9, 'survivable'), switches: { truncation: 'off' } }, 9],
  [
    'a member too soon',
    { ...randomScenario(84, 'survivable'), switches: { hwSet: 'committedIsr' } },
    84,
  ],
];

const told = STORIES.map(
  ([name, scenario, seed]) => [name, storyOf(resolvePlan(scenario), seed)] as const,
);

function overlap(a: TextBox, b: TextBox): boolean {
  const gapX = Math.max(a.x, b.x) - Math.min(a.x + a.width, b.x + b.width);
  const gapY = Math.max(a.y, b.y) - Math.min(a.y + a.height, b.y + b.height);
  return gapX < 0 && gapY < 0;
}

/** A story with everything in it that XML or Mermaid might take for syntax. */
function nasty(story: Story): Story {
  const text = `<b> & "end"; #1 {x} %% end\nnext`;
  return {
    ...story,
    scenario: text,
    lanes: story.lanes.map((lane) => ({ ...lane, name: `${lane.name} ${text}` })),
    entries: story.entries.map((entry) => ({ ...entry, texts: [text] })),
  };
}

describe('a space-time diagram', () => {
  it.each(told)('hides no text and cuts none off: %s', (_name, story) => {
    const { texts, width, height } = layOut(story);
    expect(texts.length).toBeGreaterThan(story.entries.length);
    const clashes = texts.flatMap((box, index) =>
      texts.slice(index + 1).flatMap((other) => (overlap(box, other) ? [[box, other]] : [])),
    );
    expect(clashes).toEqual([]);
    const outside = texts.filter(
      (box) => box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height,
    );
    expect(outside).toEqual([]);
  });

  it.each(told)(
    'has every text, an arrow for every message, and every lane: %s',
    (_name, story) => {
      const layout = layOut(story);
      expect(layout.lanes).toHaveLength(story.lanes.length);
      expect(layout.arrows).toHaveLength(
        story.entries.filter(({ message }) => message !== null).length,
      );
      for (const { fromY, toY } of layout.arrows) expect(fromY).toBeLessThan(toY);
      const words = new Set(layout.texts.flatMap(({ lines }) => lines.join(' ').split(' ')));
      for (const { texts } of story.entries) {
        const short = texts.flatMap((text) => text.split(' ')).filter((word) => word.length < 15);
        for (const word of short) expect(words).toContain(word);
      }
    },
  );

  it('a lane is thick while its host leads, and broken while it is down', () => {
    const svg = spaceTimeSvg(told[0]![1]);
    expect(svg).toMatch(/stroke="#8fc1e3" stroke-width="8"/);
    expect(svg).toMatch(/stroke-dasharray="3 7"/);
    expect(svg).toMatch(/VIOLATION I1 AckedDurable/);
  });

  it('escapes what is syntax in XML', () => {
    const svg = spaceTimeSvg(nasty(told[0]![1]));
    const bare = svg.replace(
      /<\/?(svg|rect|line|text|circle|polygon|path)( [a-zA-Z0-9-]+="[^"<>]*")*\/?>/g,
      '',
    );
    expect(bare).not.toMatch(/[<>]/);
    expect(bare.replace(/&(amp|lt|gt|quot);/g, '')).not.toContain('&');
  });
});

describe('a Mermaid diagram', () => {
  const LINE = /^ {2}(title .+|participant p\d+ as .+|p\d+->>p\d+: .+|Note over p\d+(,p\d+)?: .+)$/;

  it.each(told)('has the shape of a sequence diagram, or is too long: %s', (_name, story) => {
    for (const text of [mermaid(story), mermaid(nasty(story))]) {
      if (text === null) continue;
      const [head, ...lines] = text.trimEnd().split('\n');
      expect(head).toBe('sequenceDiagram');
      for (const line of lines) {
        expect(line).toMatch(LINE);
        const content = line
          .replace(/<br\/>/g, '')
          .replace(/#\d+;/g, '')
          .replace('->>', '');
        expect(content).not.toMatch(/[#;<>{}%"]|\bend\b/i);
      }
      const steps = lines.filter((line) => /->>|Note/.test(line));
      expect(steps.length).toBeLessThanOrEqual(MERMAID_MAX);
    }
  });

  it('is there for a short story, and not for a long one', () => {
    expect(mermaid(told[2]![1])).not.toBeNull();
    expect(mermaid(told[5]![1])).toBeNull();
  });
});

describe('an explanation', () => {
  it('is the same twice, and the one that docs/diagrams.md shows', async () => {
    const { trace, svg, mermaid: sequence } = explainFailure(earlyAck, 1);
    expect(explainFailure(earlyAck, 1)).toEqual({ trace, svg, mermaid: sequence });
    expect(sequence).not.toBeNull();
    await expect(trace).toMatchFileSnapshot('../../docs/diagrams/early-ack.txt');
    await expect(svg).toMatchFileSnapshot('../../docs/diagrams/early-ack.svg');
    await expect(sequence!).toMatchFileSnapshot('../../docs/diagrams/early-ack.mmd');
  });
});
