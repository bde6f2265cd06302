/**
 * When a long run has been long enough: looks at growing milestones, never in between.
 *
 * A rule that looks after every batch stops at the first lucky moment, and the interval it stops with
 * covers less often than it says. This one looks rarely: from what was seen it plans how many batches
 * are needed, goes there without looking, and looks again; the milestones grow by half at least, so a
 * run has few of them. What comes out depends on the batches and their order alone, not on how many
 * workers made them. Measured coverage with the rule in place: see `stopping.test.ts`.
 */

import { relativeHalfWidth } from './estimate.js';
import { type Batch, downShareEstimate, type DownShare, type RatioOptions } from './ratio.js';

/** What is asked of a run. */
export interface StoppingRule extends RatioOptions {
  /** Stop once the half width of the interval is at most this share of the mean. */
  readonly targetRelativeHalfWidth: number;
  /** Never stop with fewer outages than this (50 unless given): before, no interval is to be trusted. */
  readonly fewestOutages?: number;
  /** Stop here at the latest. */
  readonly mostBatches: number;
}

/** What a look at a milestone says. */
export interface Look {
  readonly share: DownShare;
  readonly relativeHalfWidth: number;
  /**
   * `reached`: the target is met. `exhausted`: it is not, but `mostBatches` are in.
   * `continue`: run until there are `nextMilestone` batches, then look again.
   */
  readonly verdict: 'reached' | 'exhausted' | 'continue';
  /** Total number of batches to have before the next look; the present number unless `continue`. */
  readonly nextMilestone: number;
}

const SMALLEST_GROWTH = 1.5;
const LARGEST_GROWTH = 4;
/** A plan that just falls short costs a whole further milestone; a little more costs little. */
const SAFETY = 1.1;

/**
 * Looks at the first batches of a run, which must be exactly those of a milestone.
 *
 * @throws RangeError when the target or the limit makes no sense.
 */
export function lookAtMilestone(batches: readonly Batch[], rule: StoppingRule): Look {
  if (!(rule.targetRelativeHalfWidth > 0)) {
    throw new RangeError('targetRelativeHalfWidth must be positive');
  }
  const share = downShareEstimate(batches, rule);
  const halfWidth = relativeHalfWidth(share);
  const fewestOutages = rule.fewestOutages ?? 50;
  const look = { share, relativeHalfWidth: halfWidth, nextMilestone: batches.length };
  if (halfWidth <= rule.targetRelativeHalfWidth && share.outages >= fewestOutages) {
    return { ...look, verdict: 'reached' };
  }
  if (batches.length >= rule.mostBatches) {
    return { ...look, verdict: 'exhausted' };
  }
  const growth = plannedGrowth(look, rule.targetRelativeHalfWidth, fewestOutages);
  const nextMilestone = Math.min(rule.mostBatches, Math.ceil(batches.length * growth));
  return { ...look, verdict: 'continue', nextMilestone };
}

/** The error falls with the square root of the length; outages come in proportion to it. */
function plannedGrowth(
  look: { readonly share: DownShare; readonly relativeHalfWidth: number },
  target: number,
  fewestOutages: number,
): number {
  const lack = look.relativeHalfWidth / target;
  const byError = Number.isFinite(lack) ? lack * lack * SAFETY : LARGEST_GROWTH;
  const byOutages = look.share.outages > 0 ? fewestOutages / look.share.outages : LARGEST_GROWTH;
  return Math.min(LARGEST_GROWTH, Math.max(SMALLEST_GROWTH, byError, byOutages));
}
