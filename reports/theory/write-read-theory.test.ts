import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatSignificant } from '../markdown/numbers.js';
import { covers } from '../statistics/estimate.js';
import { downShareEstimate } from '../statistics/ratio.js';
import { uniformStream } from '../statistics/simulated-renewal.js';
import { meanDetectUs } from './detection.js';
import { simulatePartition } from './simulated-partition.js';
import { type TheoryInput, writeReadTheory } from './write-read-theory.js';

const hourUs = 3_600_000_000;
const up = 20 / 22;
const down = 2 / 22;

function input(replicationFactor: number, minInsyncReplicas: number): TheoryInput {
  return {
    brokers: replicationFactor,
    replicationFactor,
    minInsyncReplicas,
    acks: 'all',
    mttfUs: 20 * hourUs,
    mttrUs: 2 * hourUs,
    detectUs: 8_562_500,
    returnUs: 1_000_000,
    elr: true,
  };
}

describe('writeReadTheory: against formulas by hand', () => {
  it('one replica: up as long as its broker', () => {
    const theory = writeReadTheory(input(1, 1));
    expect(theory.ideal.write).toBeCloseTo(20 / 22, 13);
    expect(theory.ideal.read).toBeCloseTo(20 / 22, 13);
    expect(theory.unavailable.structural.write).toBeGreaterThan(theory.unavailable.ideal.write);
    expect(theory.unavailable.structural.write / (2 / 22)).toBeLessThan(1.0005);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('min ISR of all %d replicas: all must be up', (replicas) => {
    let allUp = 1;
    for (let i = 0; i < replicas; i++) {
      allUp *= up;
    }
    for (const elr of [true, false]) {
      const { ideal } = writeReadTheory({ ...input(replicas, replicas), elr });
      expect(ideal.write).toBeCloseTo(allUp, 12);
    }
  });

  it('two replicas, min ISR 1: both down, or the one that led last is', () => {
    const { unavailable } = writeReadTheory(input(2, 1));
    expect(unavailable.ideal.read).toBeCloseTo(down * down * (1 + up), 13);
    expect(unavailable.ideal.write).toBe(unavailable.ideal.read);
  });

  it('without ELR the last ISR member decides: min ISR is nothing to reads', () => {
    const loose = writeReadTheory({ ...input(3, 1), elr: false });
    const strict = writeReadTheory({ ...input(3, 3), elr: false });
    expect(strict.unavailable.ideal.read).toBeCloseTo(loose.unavailable.ideal.read, 14);
  });

  it('two replicas, min ISR 2, ELR: once both are down both must have returned', () => {
    const { unavailable } = writeReadTheory(input(2, 2));
    expect(unavailable.ideal.read).toBeCloseTo(leaderlessOfTwo(1 / 20, 1 / 2), 12);
  });

  it('first order: a crash costs the time to notice it, where the service waits for it', () => {
    const theory = writeReadTheory({ ...input(1, 1), replicationFactor: 3, brokers: 3 });
    const perCrash = (8_562_500 / (22 * hourUs)) * 1;
    const readCost = theory.unavailable.read - theory.unavailable.structural.read;
    // The leader crashes once in 22 hours while there is one; the last leader's crash costs no notice.
    expect(readCost / perCrash).toBeGreaterThan(0.95);
    expect(readCost / perCrash).toBeLessThan(1.1);
  });
});

/**
 * Share of time without leader for R = 2, m = 2 with ELR, all reactions instant: the states listed by
 * hand, solved by plain Gauss-Seidel sweeps. 0 both up. One up and leading, the other down and 1 in the
 * ELR or 9 not. 2 both down, both in the ELR. The last leader 3 back or 5 back and down again, the other
 * in the ELR. The other 4 back or 6 back and down again, the last leader in the ELR. Both have returned,
 * the last leader is down, the other 7 up or 8 down.
 */
function leaderlessOfTwo(crash: number, repair: number): number {
  const edges: readonly (readonly [number, number, number])[] = [
    [0, 1, 2 * crash],
    [1, 0, repair],
    [1, 2, crash],
    [2, 3, repair],
    [2, 4, repair],
    [3, 0, repair],
    [3, 5, crash],
    [4, 0, repair],
    [4, 6, crash],
    [5, 3, repair],
    [5, 7, repair],
    [6, 4, repair],
    [6, 9, repair],
    [7, 0, repair],
    [7, 8, crash],
    [8, 7, repair],
    [8, 9, repair],
    [9, 0, repair],
    [9, 6, crash],
  ];
  const share = new Array<number>(9).fill(1 / 10);
  for (let sweep = 0; sweep < 20_000; sweep++) {
    for (let state = 0; state < 10; state++) {
      let inflow = 0;
      let exit = 0;
      for (const [from, to, rate] of edges) {
        inflow += to === state ? (share[from] ?? 0) * rate : 0;
        exit += from === state ? rate : 0;
      }
      share[state] = inflow / exit;
    }
    const total = share.reduce((sum, s) => sum + s, 0);
    share.forEach((s, i) => {
      share[i] = s / total;
    });
  }
  return 1 - (share[0] ?? 0) - (share[1] ?? 0) - (share[9] ?? 0);
}

describe('writeReadTheory: against a naive simulation with real timers', () => {
  it.each([
    { replicas: 1, minIsr: 1, elr: true },
    { replicas: 2, minIsr: 1, elr: true },
    { replicas: 2, minIsr: 2, elr: true },
    { replicas: 3, minIsr: 1, elr: true },
    { replicas: 3, minIsr: 2, elr: true },
    { replicas: 3, minIsr: 2, elr: false },
    { replicas: 3, minIsr: 3, elr: true },
    { replicas: 4, minIsr: 2, elr: true },
    { replicas: 5, minIsr: 3, elr: true },
  ])('R=$replicas m=$minIsr elr=$elr', ({ replicas, minIsr, elr }) => {
    // Hard case on purpose: an hour up, five minutes down, so that notices weigh 4 % of the crashes.
    const mttf = 3600;
    const mttr = 300;
    const simulated = simulatePartition(uniformStream(1000 + replicas * 10 + minIsr), {
      replicationFactor: replicas,
      minIsr,
      elr,
      mttf,
      mttr,
      sessionTimeout: 9,
      heartbeatInterval: 2,
      returnTime: 1,
      batches: 300,
      batchLength: 100 * (mttf + mttr),
    });
    const theory = writeReadTheory({
      ...input(replicas, minIsr),
      elr,
      mttfUs: mttf * 1e6,
      mttrUs: mttr * 1e6,
    });
    const options = { assumedOutageUs: mttr, confidence: 0.999 };
    const write = downShareEstimate(simulated.write, options);
    const read = downShareEstimate(simulated.read, options);
    expect(covers(write, theory.unavailable.write)).toBe(true);
    expect(covers(read, theory.unavailable.read)).toBe(true);
    // The interval can tell: it excludes the structural figure where notices matter.
    if (replicas >= 3 && minIsr < replicas) {
      expect(covers(write, theory.unavailable.structural.write)).toBe(false);
    }
  });
});

describe('writeReadTheory: properties', () => {
  const anyInput = fc.record({
    replicationFactor: fc.integer({ min: 1, max: 3 }),
    minInsyncReplicas: fc.integer({ min: 1, max: 4 }),
    acks: fc.constantFrom<'all' | 1>('all', 1),
    mttfUs: fc.integer({ min: hourUs, max: 100 * hourUs }),
    mttrUs: fc.integer({ min: hourUs / 60, max: 10 * hourUs }),
    detectUs: fc.integer({ min: 1, max: 60_000_000 }),
    returnUs: fc.integer({ min: 1, max: 60_000_000 }),
    elr: fc.boolean(),
  });

  it('ideal <= structural <= as clients see it; writes are never better than reads', () => {
    fc.assert(
      fc.property(anyInput, (some) => {
        const { unavailable } = writeReadTheory({ ...some, brokers: 5 });
        const { ideal, structural } = unavailable;
        const slack = 1 + 1e-9;
        expect(ideal.read).toBeLessThanOrEqual(structural.read * slack);
        expect(structural.read).toBeLessThanOrEqual(unavailable.read * slack);
        expect(ideal.write).toBeLessThanOrEqual(structural.write * slack);
        expect(structural.write).toBeLessThanOrEqual(unavailable.write * slack);
        expect(unavailable.read).toBeLessThanOrEqual(unavailable.write * slack);
        if (some.acks === 1) {
          expect(unavailable.write).toBe(unavailable.read);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('brokers without a replica do not matter; min ISR is capped by the replication factor', () => {
    expect(writeReadTheory({ ...input(2, 2), brokers: 9 })).toEqual(writeReadTheory(input(2, 2)));
    expect(writeReadTheory(input(2, 5))).toEqual(writeReadTheory(input(2, 2)));
  });

  it('refuses impossible inputs by name', () => {
    expect(() => writeReadTheory({ ...input(3, 2), brokers: 2 })).toThrow(/replicationFactor/);
    expect(() => writeReadTheory({ ...input(3, 0) })).toThrow(/minInsyncReplicas/);
    expect(() => writeReadTheory({ ...input(3, 2), mttfUs: 0 })).toThrow(/mttfUs/);
    expect(() => writeReadTheory({ ...input(3, 2), returnUs: -1 })).toThrow(/returnUs/);
    expect(() => writeReadTheory({ ...input(3, 2), leaderDetectUs: 0 })).toThrow(/zero together/);
  });
});

describe('meanDetectUs', () => {
  it('Kafka defaults: 9 s, less half a heartbeat, plus half a check', () => {
    const settings = { sessionTimeoutMs: 9000, heartbeatIntervalMs: 2000 };
    expect(meanDetectUs({ ...settings, roundTripUs: 0, reactionUs: 0 })).toBe(8_562_500);
    expect(meanDetectUs({ ...settings, roundTripUs: 2000, reactionUs: 5000 })).toBe(8_566_500);
  });
});

describe('docs/theory.md', () => {
  const page = readFileSync(new URL('../../docs/theory.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| \d \| \d \|/.test(line));

  it('has nine rows of numbers', () => {
    expect(rows).toHaveLength(9);
  });

  it.each(rows)('row %s', (row) => {
    const [, replicas, minIsr] = row.split('|').map((cell) => Number(cell));
    const { unavailable } = writeReadTheory(input(replicas ?? 0, minIsr ?? 0));
    const noElr = writeReadTheory({ ...input(replicas ?? 0, minIsr ?? 0), elr: false });
    const cells = [
      unavailable.write,
      unavailable.structural.write,
      unavailable.ideal.write,
      unavailable.read,
      unavailable.structural.read,
      unavailable.ideal.read,
      noElr.unavailable.ideal.read,
    ].map((share) => formatSignificant(share, 4));
    expect(row).toBe(`| ${String(replicas)} | ${String(minIsr)} | ${cells.join(' | ')} |`);
  });
});
