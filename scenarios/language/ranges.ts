/** Spans and distributions of durations, built on `units.ts`. */
import type { Distribution } from '../../sim/distribution.js';
import type { DurationRange } from './plan.js';
import { readDuration } from './units.js';

export type ReadRange =
  | { readonly ok: true; readonly value: DurationRange }
  | { readonly ok: false; readonly reason: string };

/** A span such as `5s..40s`, both ends included; `5s` alone is `5s..5s`. */
export function readDurationRange(raw: unknown): ReadRange {
  const ends = typeof raw === 'string' ? raw.split('..') : [raw];
  if (ends.length > 2) return { ok: false, reason: `${String(raw)} is not a span such as 5s..40s` };
  const from = readDuration(typeof ends[0] === 'string' ? ends[0].trim() : ends[0]);
  if (!from.ok) return from;
  const to = ends.length === 1 ? from : readDuration(String(ends[1]).trim());
  if (!to.ok) return to;
  if (to.value < from.value) {
    return { ok: false, reason: `${JSON.stringify(raw)} ends before it begins` };
  }
  return { ok: true, value: { fromUs: from.value, toUs: to.value } };
}

/**
 * A distribution as the language writes it. Which parameters belong to which is checked by the
 * schema; here they are already there.
 */
export type DistributionInput =
  | string
  | { readonly distribution: 'deterministic'; readonly value: string }
  | { readonly distribution: 'uniform'; readonly from: string; readonly to: string }
  | { readonly distribution: 'exponential'; readonly mean: string }
  | { readonly distribution: 'lognormal'; readonly p50: string; readonly p99: string };

/** The distribution of checked input; `bare` says what a plain duration stands for. */
export function resolveDistribution(
  input: DistributionInput,
  bare: 'constant' | 'exponential',
): Distribution {
  if (typeof input === 'string') {
    const us = durationUs(input);
    return bare === 'constant'
      ? { kind: 'constant', valueUs: us }
      : { kind: 'exponential', meanUs: us };
  }
  switch (input.distribution) {
    case 'deterministic':
      return { kind: 'constant', valueUs: durationUs(input.value) };
    case 'uniform':
      return { kind: 'uniform', lowUs: durationUs(input.from), highUs: durationUs(input.to) };
    case 'exponential':
      return { kind: 'exponential', meanUs: durationUs(input.mean) };
    case 'lognormal':
      return { kind: 'lognormal', p50Us: durationUs(input.p50), p99Us: durationUs(input.p99) };
  }
}

/**
 * The microseconds of a duration that was checked before.
 *
 * @throws RangeError where it was not.
 */
export function durationUs(text: string): number {
  const read = readDuration(text, true);
  if (!read.ok) throw new RangeError(read.reason);
  return read.value;
}
