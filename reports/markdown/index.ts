/** Markdown documents and numbers in words. */

export {
  type Alignment,
  type Block,
  code,
  details,
  heading,
  image,
  list,
  paragraph,
  quote,
  renderDocument,
  table,
} from './document.js';
export {
  formatDuration,
  formatEstimate,
  formatFixed,
  formatNines,
  formatPercent,
  formatSeconds,
  formatShare,
  formatSignificant,
  MINUTES_PER_YEAR,
  minutesPerYear,
} from './numbers.js';
