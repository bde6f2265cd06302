import { describe, expect, it } from 'vitest';

import { findInCatalogue } from '../catalogue/index.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { randomScenario } from '../random-scenario.js';
import { playPlan, runScenario } from '../run/run-scenario.js';
import { CausalQueue } from './causal-queue.js';
import { earlyAck, keptTail, majorityWatermark } from './failing-stories.js';
import type { Delivery } from './fact.js';
import { pastOf } from './past.js';
import { Recorder } from './recorder.js';
import { ENTRIES_MAX } from './select.js';
import { storyOf } from './story-of.js';
import { traceText } from './trace-text.js';

const SMALL = [earlyAck, keptTail, majorityWatermark];

function trace(scenario: Scenario, seed = 1): string {
  return traceText(storyOf(resolvePlan(scenario), seed));
}

/** The place of a line that has all of the words; fails where there is none. */
function place(lines: readonly string[], ...words: string[]): number {
  const index = lines.findIndex((line) => words.every((word) => line.includes(word)));
  expect(index, `a line with ${words.join(', ')} in\n${lines.join('\n')}`).toBeGreaterThanOrEqual(
    0,
  );
  return index;
}

function expectInOrder(text: string, ...steps: string[][]): void {
  const lines = text.split('\n');
  const places = steps.map((words) => place(lines, ...words));
  expect(places).toEqual([...places].sort((a, b) => a - b));
}

describe('recording', () => {
  it.each(SMALL)('does not change the run: $name', (scenario) => {
    const plan = resolvePlan(scenario);
    const queue = new CausalQueue();
    const recorded = playPlan(plan, {
      seed: 3,
      queue,
      watch: (definition) => [new Recorder(definition, queue, 0, true)],
    });
    expect(recorded.result).toEqual(runScenario(scenario, { seed: 3 }));
  });
});

describe('the happened-before past', () => {
  const deliveries: Delivery[] = [
    { step: 3, atUs: 0, kind: 0, to: 1, from: 0, sentStep: 2 },
    { step: 5, atUs: 0, kind: 0, to: 2, from: 1, sentStep: 4 },
    { step: 8, atUs: 0, kind: 0, to: 2, from: 0, sentStep: 7 },
  ];

  it('goes from host to host along messages, and no further than their sendings', () => {
    expect(pastOf(deliveries, new Map([[2, 6]]), 4)).toEqual([2, 4, 6, -1]);
  });

  it('leaves out messages that were read later', () => {
    expect(pastOf(deliveries, new Map([[1, 2]]), 3)).toEqual([-1, 2, -1]);
  });
});

describe('a story', () => {
  it.each(SMALL)(
    'of $name is the same twice, short, in order, and ends in the violation',
    (scenario) => {
      const plan = resolvePlan(scenario);
      const story = storyOf(plan, 1);
      expect(storyOf(plan, 1)).toEqual(story);
      expect(story.kind).toBe('violation');
      expect(story.entries.length).toBeGreaterThanOrEqual(10);
      expect(story.entries.length).toBeLessThanOrEqual(40);
      expect(story.entries.at(-1)?.kind).toBe('violation');
      const times = story.entries.map(({ atUs }) => atUs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const hosts = new Set(story.lanes.map(({ host }) => host));
      for (const { host, message, atUs } of story.entries) {
        if (host >= 0) expect(hosts).toContain(host);
        if (message === null) continue;
        expect(hosts).toContain(message.from);
        expect(message.sentAtUs).toBeLessThanOrEqual(atUs);
      }
    },
  );

  it('early-ack: the acknowledgement comes before any copy, and the record dies with its leader', () => {
    const text = trace(earlyAck);
    expectInOrder(
      text,
      ['fault', 'hold', 'broker 2'],
      ['broker 1', 'appends #1', 'acknowledges #1 (acks=all)', '<- Produce'],
      ['producer web', '#1 is confirmed', '<- Produce response'],
      ['broker 1', 'process ends', 'crash broker 1'],
      ['controller 1 (node 4)', 'leader 2 in epoch 1', 'fences broker 1'],
      ['broker 2', 'leads orders-0 in epoch 1', 'LEO 1', '<- metadata'],
      ['VIOLATION I1 AckedDurable'],
    );
    expect(text).not.toMatch(/copies #1/);
  });

  it('kept-tail: the old leader comes back and appends behind what was never committed', () => {
    const text = trace(keptTail);
    expectInOrder(
      text,
      ['broker 1', 'appends #2 #4 at [1,3), epoch 0'],
      ['broker 1', 'process ends'],
      ['broker 2', 'leads orders-0 in epoch 1'],
      ['broker 2', 'appends #2 #4 at [1,3), epoch 1'],
      ['broker 2', 'high watermark 1 -> 3'],
      ['broker 1', 'starts again'],
      ['broker 1', 'opens its log', 'LEO 3'],
      ['broker 1', 'copies #1 at [3,4), epoch 1', '<- Fetch response'],
      ['VIOLATION I3 LogMatching'],
    );
    expect(text).not.toMatch(/cuts its log/);
  });

  it('majority-watermark: the watermark passes a member of the ISR that has nothing', () => {
    const text = trace(majorityWatermark);
    expectInOrder(
      text,
      ['fault', 'hold', 'broker 3'],
      ['broker 2', 'copies #0 #1'],
      ['broker 1', 'high watermark 0 -> 2', '<- Fetch from offset 2 from broker 2'],
      ['broker 1', 'loses its power'],
      ['controller 1 (node 4)', 'leader 3 in epoch 1'],
      ['broker 3', 'leads orders-0', 'LEO 0'],
      ['VIOLATION I1 AckedDurable'],
    );
  });

  it('ends in an expected loss where there is no violation', () => {
    const story = storyOf(resolvePlan(findInCatalogue('acks-1')!.scenario), 42);
    expect(story.kind).toBe('expected loss');
    expect(story.verdict).toMatch(/\(expected: /);
    expect(story.entries.length).toBeLessThanOrEqual(ENTRIES_MAX);
  });

  it('tells of the faults where nothing went wrong', () => {
    const story = storyOf(resolvePlan(findInCatalogue('leader-crash')!.scenario), 42);
    expect(story).toMatchObject({ kind: 'no failure', verdict: '', subject: 'orders-0' });
    const text = traceText(story);
    expectInOrder(
      text,
      ['crash leader of orders-0'],
      ['leads orders-0 in epoch 1'],
      ['starts again'],
    );
    expect(story.entries.length).toBeLessThanOrEqual(ENTRIES_MAX);
  });

  it.each([
    [{ produceAck: 'append' }, 0],
    [{ truncation: 'off' }, 9],
    [{ hwSet: 'committedIsr' }, 84],
  ])('is bounded for a large random failure: %j', (switches, seed) => {
    const story = storyOf(resolvePlan({ ...randomScenario(seed, 'survivable'), switches }), seed);
    expect(story.entries.length).toBeLessThanOrEqual(ENTRIES_MAX);
    const kinds = story.entries.map(({ kind }) => kind);
    if (story.kind === 'violation') expect(kinds).toContain('append');
    expect(kinds).toContain('created');
  });
});
