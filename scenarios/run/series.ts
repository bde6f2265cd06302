/**
 * A run as a table: one row for each simulated second, for plotting.
 *
 * Counts and latencies are of the second `[second, second + 1)`; states (lag, ISR, leaders, availability) are those at
 * its end. Latency is from the application's send to the acknowledgement, of the records acknowledged in that second.
 */
import type { ClusterDefinition, PartitionRegistration } from '../../model/index.js';
import type { Availability } from './availability.js';
import type { TruthListener } from './metadata-truth.js';
import type { Run, RunWatcher } from './run.js';
import { Watcher } from './watcher.js';

const SECOND_US = 1_000_000;

/** Names of the columns, in their order. */
export const SERIES_COLUMNS = [
  'second',
  'sent',
  'acked',
  'not_acked',
  'delivered',
  'lag',
  'smallest_isr',
  'leaderless',
  'write_available',
  'read_available',
  'latency_p50_ms',
  'latency_p99_ms',
] as const;

/** One second; null where there is nothing to say yet, or no record was acknowledged. */
export interface SeriesRow {
  readonly second: number;
  readonly sent: number;
  readonly acked: number;
  /** Sends that ended as `failed` or `unknown`. */
  readonly notAcked: number;
  readonly delivered: number;
  /** Records below the high watermark that consumers have not got, summed over consumers. */
  readonly lag: number;
  /** Smallest ISR of all partitions; null while none exists. */
  readonly smallestIsr: number | null;
  /** Partitions without a leader. */
  readonly leaderless: number;
  /** Share of partitions that serve acks=all writes; null before the warm-up ends. */
  readonly writeAvailable: number | null;
  readonly readAvailable: number | null;
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
}

interface SeriesState {
  rows: SeriesRow[];
  sent: number;
  acked: number;
  notAcked: number;
  delivered: number;
  latenciesUs: number[];
  /** By value of the record. */
  openUs: Map<number, number>;
  /** By partition: size of the committed ISR, -1 before it exists. */
  isr: number[];
  leader: number[];
  highWatermark: number[];
  /** By consumer, by partition: next offset, or -1 where it does not read that partition. */
  positions: number[][];
}

/** Watches a run and makes its rows. */
export class Series extends Watcher<SeriesState> implements RunWatcher, TruthListener {
  private readonly definition: ClusterDefinition;
  private availability: Availability | null = null;

  constructor(definition: ClusterDefinition) {
    const { partitions, consumers } = definition;
    super({
      rows: [],
      sent: 0,
      acked: 0,
      notAcked: 0,
      delivered: 0,
      latenciesUs: [],
      openUs: new Map(),
      isr: partitions.map(() => -1),
      leader: partitions.map(() => -1),
      highWatermark: partitions.map(() => 0),
      positions: consumers.map((consumer) =>
        partitions.map(({ index }) => (consumer.partitions.includes(index) ? 0 : -1)),
      ),
    });
    this.definition = definition;
  }

  attach(run: Run): void {
    run.truth.listeners.push(this);
    this.availability = run.availability;
  }

  /** All rows up to a time, the second that it ends included. */
  rowsUntil(untilUs: number): readonly SeriesRow[] {
    this.advance(untilUs);
    return this.state.rows;
  }

  faultBegan(atUs: number): void {
    this.advance(atUs);
  }

  hostChanged(atUs: number): void {
    this.advance(atUs);
  }

  partitionChanged(
    atUs: number,
    _before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    this.advance(atUs);
    this.state.isr[after.partition] = after.isr.length;
    this.state.leader[after.partition] = after.leader;
  }

  /** Nothing of the table depends on a broker's registration. */
  brokerChanged(atUs: number): void {
    this.advance(atUs);
  }

  override highWatermarkMoved(
    atUs: number,
    _broker: number,
    partition: number,
    highWatermark: number,
    isLeader: boolean,
  ): void {
    if (!isLeader) return;
    this.advance(atUs);
    this.state.highWatermark[partition] = highWatermark;
  }

  override sendInvoked(atUs: number, _producer: number, value: number): void {
    this.advance(atUs);
    this.state.sent++;
    this.state.openUs.set(value, atUs);
  }

  override sendSucceeded(atUs: number, _producer: number, value: number): void {
    this.advance(atUs);
    this.state.acked++;
    this.state.latenciesUs.push(atUs - (this.state.openUs.get(value) ?? atUs));
    this.state.openUs.delete(value);
  }

  override sendFailed(atUs: number, _producer: number, value: number): void {
    this.advance(atUs);
    this.state.notAcked++;
    this.state.openUs.delete(value);
  }

  override polled(
    atUs: number,
    consumer: number,
    partition: number,
    firstOffset: number,
    values: readonly number[],
  ): void {
    this.advance(atUs);
    this.state.delivered += values.length;
    this.state.positions[consumer]![partition] = firstOffset + values.length;
  }

  override positionReset(
    atUs: number,
    consumer: number,
    partition: number,
    _from: number,
    to: number,
  ): void {
    this.advance(atUs);
    this.state.positions[consumer]![partition] = to;
  }

  /** Ends the seconds that are over at `atUs`; nothing has changed since the last call. */
  private advance(atUs: number): void {
    const { state } = this;
    while ((state.rows.length + 1) * SECOND_US <= atUs) {
      state.rows.push(this.row(state.rows.length));
      state.sent = 0;
      state.acked = 0;
      state.notAcked = 0;
      state.delivered = 0;
      state.latenciesUs = [];
    }
  }

  private row(second: number): SeriesRow {
    const { state } = this;
    const existing = state.isr.filter((size) => size >= 0);
    const sortedUs = Float64Array.from(state.latenciesUs).sort();
    return {
      second,
      sent: state.sent,
      acked: state.acked,
      notAcked: state.notAcked,
      delivered: state.delivered,
      lag: this.lag(),
      smallestIsr: existing.length === 0 ? null : Math.min(...existing),
      leaderless: state.leader.filter((leader) => leader < 0).length,
      writeAvailable: this.available('write'),
      readAvailable: this.available('read'),
      latencyP50Ms: quantileMs(sortedUs, 0.5),
      latencyP99Ms: quantileMs(sortedUs, 0.99),
    };
  }

  private lag(): number {
    let lag = 0;
    for (const positions of this.state.positions) {
      for (const [partition, position] of positions.entries()) {
        if (position >= 0) lag += Math.max(0, this.state.highWatermark[partition]! - position);
      }
    }
    return lag;
  }

  private available(kind: 'write' | 'read'): number | null {
    const { availability } = this;
    if (availability === null || availability.state.fromUs < 0) return null;
    const { downNow } = availability.state;
    return 1 - downNow[kind] / Math.max(1, this.definition.partitions.length);
  }
}

/** The rows as CSV, with a head; times in seconds and milliseconds, shares with four decimals. */
export function seriesCsv(rows: readonly SeriesRow[]): string {
  const lines = rows.map((row) =>
    [
      row.second,
      row.sent,
      row.acked,
      row.notAcked,
      row.delivered,
      row.lag,
      row.smallestIsr ?? '',
      row.leaderless,
      row.writeAvailable?.toFixed(4) ?? '',
      row.readAvailable?.toFixed(4) ?? '',
      row.latencyP50Ms?.toFixed(3) ?? '',
      row.latencyP99Ms?.toFixed(3) ?? '',
    ].join(','),
  );
  return `${[SERIES_COLUMNS.join(','), ...lines].join('\n')}\n`;
}

function quantileMs(sortedUs: Float64Array, share: number): number | null {
  if (sortedUs.length === 0) return null;
  return sortedUs[Math.max(0, Math.ceil(share * sortedUs.length) - 1)]! / 1000;
}
