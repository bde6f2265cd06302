/** Statistics of runs: estimates with honest intervals, rates, shares, latencies, when to stop. */

export {
  complement,
  covers,
  DEFAULT_CONFIDENCE,
  type Estimate,
  exactly,
  hull,
  relativeHalfWidth,
  scaleEstimate,
} from './estimate.js';
export {
  emptyHistogram,
  type Histogram,
  HISTOGRAM_RELATIVE_ERROR,
  mergeHistogram,
  quantileOf,
  recordValue,
} from './histogram.js';
export { poissonMeanEstimate, rateEstimate } from './poisson.js';
export { proportionEstimate } from './proportion.js';
export {
  type Batch,
  downShareEstimate,
  type DownShare,
  type RatioOptions,
  sumOf,
} from './ratio.js';
export { type Look, lookAtMilestone, type StoppingRule } from './stopping.js';
