/**
 * How many bytes of throttled partitions went through lately, against a bound (ReplicationQuotaManager, SimpleRate,
 * SampledStat; KIP-73).
 *
 * The bytes are kept in samples of `replication.quota.window.size.seconds`. A sample begins with the first record after
 * the one before is full, and is forgotten when nothing was recorded in it for the whole window. The rate is the sum of
 * all samples over the time since the oldest began, and at least one sample's time. So what the bound allows within the
 * window may go at once: that is the burst.
 *
 * Source: ReplicationQuotaManager, SimpleRate, SampledStat (4.1.1; the same in 3.9.1). Differs from Kafka: until 3.7 a
 * sample was forgotten when it had begun a window ago, so that the window was up to a sample shorter; that is not told
 * apart here. `replication.quota.window.num` and `.size.seconds` are at their defaults.
 */

/** Default of `replication.quota.window.num`. */
const WINDOW_SAMPLES = 11;
/** Default of `replication.quota.window.size.seconds`, in milliseconds. */
const SAMPLE_MS = 1000;
/** One more than the window holds, for the sample that overlaps its begin. */
const SAMPLES_MAX = WINDOW_SAMPLES + 1;
/** A sample in which nothing was recorded for so long is forgotten. */
const EXPIRY_MS = WINDOW_SAMPLES * SAMPLE_MS;

interface QuotaSample {
  startMs: number;
  lastEventMs: number;
  bytes: number;
}

/** One side's throttle on one broker. Times are the wall clock's, in milliseconds. */
export interface ReplicationQuota {
  /** `leader.replication.throttled.rate` or `follower.replication.throttled.rate`. */
  bytesPerSecond: number;
  /** Throttled partitions, by index: what the topics' lists of throttled replicas say of this broker. */
  partitions: readonly number[];
  readonly samples: QuotaSample[];
  /** Index of the sample that is recorded to. */
  current: number;
}

/** The throttles of a broker that has some. */
export interface ReplicaThrottles {
  readonly leader: ReplicationQuota;
  readonly follower: ReplicationQuota;
}

export function createQuota(
  bytesPerSecond: number,
  partitions: readonly number[],
): ReplicationQuota {
  return { bytesPerSecond, partitions, samples: [], current: 0 };
}

/**
 * Gives a quota the samples of a time in which only empty answers were recorded, up to `nowMs`: Kafka's leader records
 * every answer to a follower, throttled or not, so that its window is open before a throttle is set.
 */
export function fillWithSilence(quota: ReplicationQuota, sinceMs: number, nowMs: number): void {
  const startMs = Math.max(sinceMs, nowMs - EXPIRY_MS);
  for (let atMs = startMs; atMs <= nowMs; atMs += SAMPLE_MS) {
    const lastEventMs = Math.min(atMs + SAMPLE_MS - 1, nowMs);
    quota.current = quota.samples.length;
    quota.samples.push({ startMs: atMs, lastEventMs, bytes: 0 });
  }
}

/** Whether the partition is in the broker's list (ReplicationQuotaManager.isThrottled). */
export function isListed(quota: ReplicationQuota, partition: number): boolean {
  return quota.partitions.includes(partition);
}

/** Counts bytes, whether the bound allows them or not. */
export function recordBytes(quota: ReplicationQuota, bytes: number, nowMs: number): void {
  const { samples } = quota;
  if (samples.length === 0) samples.push({ startMs: nowMs, lastEventMs: nowMs, bytes: 0 });
  if (nowMs - samples[quota.current]!.startMs >= SAMPLE_MS) advance(quota, nowMs);
  const sample = samples[quota.current]!;
  sample.bytes += bytes;
  sample.lastEventMs = nowMs;
}

/** Whether the rate is above the bound (ReplicationQuotaManager.isQuotaExceeded). */
export function isQuotaExceeded(quota: ReplicationQuota, nowMs: number): boolean {
  return byteRate(quota, nowMs) > quota.bytesPerSecond;
}

/** Bytes per second in the window (SimpleRate.measure). */
export function byteRate({ samples }: ReplicationQuota, nowMs: number): number {
  if (samples.length === 0) samples.push({ startMs: nowMs, lastEventMs: nowMs, bytes: 0 });
  let bytes = 0;
  let oldestMs = Infinity;
  for (const sample of samples) {
    if (nowMs - sample.lastEventMs >= EXPIRY_MS) reset(sample, nowMs);
    bytes += sample.bytes;
    oldestMs = Math.min(oldestMs, sample.startMs);
  }
  return (bytes * 1000) / Math.max(nowMs - oldestMs, SAMPLE_MS);
}

function advance(quota: ReplicationQuota, nowMs: number): void {
  const { samples } = quota;
  quota.current = (quota.current + 1) % SAMPLES_MAX;
  const next = samples[quota.current];
  if (next === undefined) samples.push({ startMs: nowMs, lastEventMs: nowMs, bytes: 0 });
  else reset(next, nowMs);
}

function reset(sample: QuotaSample, nowMs: number): void {
  sample.startMs = nowMs;
  sample.lastEventMs = nowMs;
  sample.bytes = 0;
}
