/**
 * The story of one run as plain data, for `timeline-svg.ts` and `timeline-text.ts`: what each broker
 * and each partition was at every moment, what clients could not do, and which faults struck.
 *
 * Times are virtual microseconds since the run's start. Spans are half-open, `[fromUs, toUs)`, in order
 * and without overlap; what lies between them is the default (a broker up and unfenced, a partition
 * served).
 */

/** A stretch of time. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** What became of a broker's process. */
export interface ProcessSpan extends Span {
  readonly state: 'down' | 'paused';
}

/** One broker's lane. */
export interface BrokerLane {
  /** Broker id, as partitions name it. */
  readonly id: number;
  /** When its process did not run; up otherwise. */
  readonly process: readonly ProcessSpan[];
  /** When the active controller had it fenced. */
  readonly fenced: readonly Span[];
}

/** A partition's leadership, as the controller has it. */
export interface LeadershipSpan extends Span {
  /** Broker id, or null while leaderless. */
  readonly leader: number | null;
  readonly isr: readonly number[];
  readonly elr: readonly number[];
}

/** A stretch in which a new request would have had to wait or fail. */
export interface OutageSpan extends Span {
  readonly kind: 'write' | 'read';
  /** Why, in a few words, such as `broker 1 not yet fenced`. */
  readonly cause: string;
}

/** One partition's lanes: one for each replica, and one each for outages of writes and reads. */
export interface PartitionLane {
  /** Topic and number, such as `orders-0`. */
  readonly name: string;
  /** Broker ids in assignment order. */
  readonly replicas: readonly number[];
  /** Covers the whole timeline. */
  readonly leadership: readonly LeadershipSpan[];
  readonly outages: readonly OutageSpan[];
}

/** A fault, a repair, or another moment worth a mark. */
export interface TimelineMark {
  readonly atUs: number;
  /** What happened, such as `crash broker 1`. */
  readonly label: string;
}

/** The whole timeline. */
export interface TimelineData extends Span {
  readonly title: string;
  readonly brokers: readonly BrokerLane[];
  readonly partitions: readonly PartitionLane[];
  /** In order of time. */
  readonly marks: readonly TimelineMark[];
}

/**
 * Checks order and bounds, so that a drawing never lies about them.
 *
 * @throws RangeError naming the lane.
 */
export function checkTimeline(data: TimelineData): void {
  if (!(data.toUs > data.fromUs)) {
    throw new RangeError('timeline: toUs must lie after fromUs');
  }
  for (const broker of data.brokers) {
    checkSpans(broker.process, `broker ${String(broker.id)} process`);
    checkSpans(broker.fenced, `broker ${String(broker.id)} fenced`);
  }
  for (const partition of data.partitions) {
    checkSpans(partition.leadership, `${partition.name} leadership`);
    for (const kind of ['write', 'read'] as const) {
      const outages = partition.outages.filter((outage) => outage.kind === kind);
      checkSpans(outages, `${partition.name} ${kind} outages`);
    }
  }
}

function checkSpans(spans: readonly Span[], lane: string): void {
  let endUs = -Infinity;
  for (const span of spans) {
    if (span.fromUs < endUs || span.toUs < span.fromUs) {
      throw new RangeError(`timeline: ${lane} is out of order at ${String(span.fromUs)} us`);
    }
    endUs = span.toUs;
  }
}

/** The part of a span that lies within the timeline; null when none does. */
export function clip<S extends Span>(span: S, within: Span): S | null {
  const fromUs = Math.max(span.fromUs, within.fromUs);
  const toUs = Math.min(span.toUs, within.toUs);
  return toUs > fromUs ? { ...span, fromUs, toUs } : null;
}
