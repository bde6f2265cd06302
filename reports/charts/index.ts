/** Charts as SVG text: unavailability with error bars, and the timeline of a run (also as text). */

export {
  type BrokerLane,
  type LeadershipSpan,
  type OutageSpan,
  type PartitionLane,
  type ProcessSpan,
  type Span,
  type TimelineData,
  type TimelineMark,
} from './timeline-data.js';
export { timelineOfRun } from './timeline-of-run.js';
export { renderTimelineSvg } from './timeline-svg.js';
export { renderTimelineText } from './timeline-text.js';
export {
  renderUnavailabilityChart,
  type UnavailabilityChart,
  type UnavailabilityPoint,
} from './unavailability-chart.js';
