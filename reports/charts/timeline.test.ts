import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { textWidth } from './svg.js';
import { timeTicks } from './time-axis.js';
import type { TimelineData } from './timeline-data.js';
import { renderTimelineSvg } from './timeline-svg.js';
import { renderTimelineText } from './timeline-text.js';

const s = 1_000_000;

/** Two followers die one after the other, then the leader; the last leader comes back last but one. */
const lastReplicaStanding: TimelineData = {
  title: 'Three brokers, min.insync.replicas=2: two crashes refuse writes, three stop reads <too>',
  fromUs: 0,
  toUs: 90 * s,
  brokers: [
    {
      id: 1,
      process: [
        { state: 'paused', fromUs: 3 * s, toUs: 6 * s },
        { state: 'down', fromUs: 40 * s, toUs: 55 * s },
      ],
      fenced: [{ fromUs: 48.6 * s, toUs: 57 * s }],
    },
    {
      id: 2,
      process: [{ state: 'down', fromUs: 25 * s, toUs: 70 * s }],
      fenced: [{ fromUs: 33.2 * s, toUs: 72 * s }],
    },
    {
      id: 3,
      process: [{ state: 'down', fromUs: 10 * s, toUs: 80 * s }],
      fenced: [{ fromUs: 18.7 * s, toUs: 82 * s }],
    },
  ],
  partitions: [
    {
      name: 'orders-0',
      replicas: [1, 2, 3],
      leadership: [
        { fromUs: 0, toUs: 18.7 * s, leader: 1, isr: [1, 2, 3], elr: [] },
        { fromUs: 18.7 * s, toUs: 33.2 * s, leader: 1, isr: [1, 2], elr: [] },
        { fromUs: 33.2 * s, toUs: 48.6 * s, leader: 1, isr: [1], elr: [2] },
        { fromUs: 48.6 * s, toUs: 57 * s, leader: null, isr: [], elr: [1, 2] },
        { fromUs: 57 * s, toUs: 72 * s, leader: null, isr: [], elr: [2] },
        { fromUs: 72 * s, toUs: 72.2 * s, leader: 1, isr: [1], elr: [] },
        { fromUs: 72.2 * s, toUs: 82.2 * s, leader: 1, isr: [1, 2], elr: [] },
        { fromUs: 82.2 * s, toUs: 90 * s, leader: 1, isr: [1, 2, 3], elr: [] },
      ],
      outages: [
        { kind: 'write', fromUs: 3 * s, toUs: 6 * s, cause: 'the leader is paused' },
        { kind: 'read', fromUs: 3 * s, toUs: 6 * s, cause: 'the leader is paused' },
        { kind: 'write', fromUs: 10 * s, toUs: 18.7 * s, cause: 'broker 3 not yet fenced' },
        { kind: 'write', fromUs: 25 * s, toUs: 72.2 * s, cause: 'ISR below min.insync.replicas' },
        { kind: 'read', fromUs: 40 * s, toUs: 72 * s, cause: 'no leader' },
      ],
    },
  ],
  marks: [
    { atUs: 3 * s, label: 'pause broker 1 for 3 s' },
    { atUs: 10 * s, label: 'crash broker 3' },
    { atUs: 25 * s, label: 'crash broker 2' },
    { atUs: 40 * s, label: 'crash broker 1' },
    { atUs: 55 * s, label: 'broker 1 starts' },
    {
      atUs: 55.1 * s,
      label:
        'partition broker 1 and broker 2 from controllers 4, 5 and 6 for a tenth of a second, which is far too short for any session to lapse and only shows how a long line is wrapped',
    },
    { atUs: 55.3 * s, label: 'reset-connections' },
    { atUs: 70 * s, label: 'broker 2 starts' },
    { atUs: 80 * s, label: 'broker 3 starts' },
  ],
};

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Boxes around every text of a drawing, by the upper estimate of its width. */
function textBoxes(svg: string): Box[] {
  const matches = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*)<\/text>/g)];
  return matches.map(([, x = '', y = '', attributes = '', content = '']) => {
    const size = Number(/font-size="(\d+)"/.exec(attributes)?.[1] ?? 12);
    const width = textWidth(content.replace(/&[a-z]+;/g, '.'), size);
    const left = Number(x) - (attributes.includes('middle') ? width / 2 : 0);
    return {
      left,
      right: left + width,
      top: Number(y) - size * 0.8,
      bottom: Number(y) + size * 0.2,
    };
  });
}

describe('renderTimelineSvg', () => {
  it('no text overlaps another, and none leaves the drawing', () => {
    const boxes = textBoxes(renderTimelineSvg(lastReplicaStanding));
    expect(boxes.length).toBeGreaterThan(40);
    boxes.forEach((box, i) => {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(960);
      boxes.slice(i + 1).forEach((other) => {
        const isApart =
          box.right <= other.left ||
          other.right <= box.left ||
          box.bottom <= other.top ||
          other.bottom <= box.top;
        expect(isApart).toBe(true);
      });
    });
  });

  it('any number of faults at any times: no text overlaps', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 * s }), { maxLength: 30 }), (times) => {
        const marks = times.sort((a, b) => a - b).map((atUs) => ({ atUs, label: 'crash' }));
        const boxes = textBoxes(renderTimelineSvg({ ...lastReplicaStanding, marks }));
        const overlaps = boxes.filter((box, i) =>
          boxes.some(
            (other, j) =>
              j > i &&
              box.right > other.left &&
              other.right > box.left &&
              box.bottom > other.top &&
              other.bottom > box.top,
          ),
        );
        expect(overlaps).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('draws bars to scale, on an opaque ground, with escaped text', () => {
    const svg = renderTimelineSvg(lastReplicaStanding);
    expect(svg).toContain('<rect width="960"');
    expect(svg).toContain('&lt;too&gt;');
    const bars = [...svg.matchAll(/width="([\d.]+)" height="18" fill="#d55e00"/g)].map((match) =>
      Number(match[1]),
    );
    const [pause = 0, notice = 0, belowMinIsr = 0] = bars;
    expect(bars).toHaveLength(3);
    expect(notice / pause).toBeCloseTo(8.7 / 3, 2);
    expect(belowMinIsr / pause).toBeCloseTo(47.2 / 3, 2);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(renderTimelineSvg(lastReplicaStanding)).toBe(svg);
  });

  it('refuses spans out of order', () => {
    const [broker] = lastReplicaStanding.brokers;
    const broken = {
      ...lastReplicaStanding,
      brokers: [{ id: 1, process: [...(broker?.process ?? [])].reverse(), fenced: [] }],
    };
    expect(() => renderTimelineSvg(broken)).toThrow(/broker 1 process/);
    expect(() => renderTimelineText({ ...lastReplicaStanding, toUs: 0 })).toThrow(/toUs/);
  });
});

describe('renderTimelineText', () => {
  it('tells the same story in aligned lines', () => {
    expect(renderTimelineText(lastReplicaStanding)).toBe(
      `Three brokers, min.insync.replicas=2: two crashes refuse writes, three stop reads <too>
  at s  who       what
 0.000  orders-0  leader 1, isr [1 2 3]
 3.000  fault     pause broker 1 for 3 s
 3.000  broker 1  paused
 3.000  orders-0  writes stop: the leader is paused
 3.000  orders-0  reads stop: the leader is paused
 6.000  broker 1  resumes
 6.000  orders-0  writes go on after 3.000 s
 6.000  orders-0  reads go on after 3.000 s
10.000  fault     crash broker 3
10.000  broker 3  down
10.000  orders-0  writes stop: broker 3 not yet fenced
18.700  broker 3  fenced
18.700  orders-0  isr [1 2 3] -> [1 2]
18.700  orders-0  writes go on after 8.700 s
25.000  fault     crash broker 2
25.000  broker 2  down
25.000  orders-0  writes stop: ISR below min.insync.replicas
33.200  broker 2  fenced
33.200  orders-0  isr [1 2] -> [1], elr [] -> [2]
40.000  fault     crash broker 1
40.000  broker 1  down
40.000  orders-0  reads stop: no leader
48.600  broker 1  fenced
48.600  orders-0  leader 1 -> none, isr [1] -> [], elr [2] -> [1 2]
55.000  fault     broker 1 starts
55.000  broker 1  starts
55.100  fault     partition broker 1 and broker 2 from controllers 4, 5 and 6 for a tenth of a second, which is far too short for any session to lapse and only shows how a long line is wrapped
55.300  fault     reset-connections
57.000  broker 1  unfenced
57.000  orders-0  elr [1 2] -> [2]
70.000  fault     broker 2 starts
70.000  broker 2  starts
72.000  broker 2  unfenced
72.000  orders-0  leader none -> 1, isr [] -> [1], elr [2] -> []
72.000  orders-0  reads go on after 32.000 s
72.200  orders-0  isr [1] -> [1 2]
72.200  orders-0  writes go on after 47.200 s
80.000  fault     broker 3 starts
80.000  broker 3  starts
82.000  broker 3  unfenced
82.200  orders-0  isr [1 2] -> [1 2 3]
90.000            end
`,
    );
  });
});

describe('timeTicks', () => {
  it('are round and at least so far apart', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000_000 }),
        fc.integer({ min: 100_000, max: 10_000_000_000 }),
        (fromUs, lengthUs) => {
          const axis = { fromUs, toUs: fromUs + lengthUs, leftPx: 100, rightPx: 900 };
          const ticks = timeTicks(axis, 80);
          expect(ticks.length).toBeGreaterThan(1);
          ticks.slice(1).forEach((tick, i) => {
            expect(tick.x - (ticks[i]?.x ?? 0)).toBeGreaterThanOrEqual(79.999);
          });
          expect(new Set(ticks.map((tick) => tick.label)).size).toBe(ticks.length);
        },
      ),
    );
  });
});
