import { REPLICA_OPCODES } from '../opcodes.js';

/** Timers and disk operations of the replicas. */
export const ReplicaOpcode = {
  /** A parked fetch may have waited long enough. `arg`: index of its session. */
  fetchExpiration: REPLICA_OPCODES,
  /** Some parked produce request may have waited long enough. */
  produceExpiration: REPLICA_OPCODES + 1,
  /** Members of an ISR may have lagged for too long (`isr-expiration`). */
  isrExpiration: REPLICA_OPCODES + 2,
  /** Writes the high watermarks (`highwatermark-checkpoint`). */
  highWatermarkCheckpoint: REPLICA_OPCODES + 3,
  /** Writes the recovery points (`kafka-recovery-point-checkpoint`). */
  recoveryPointCheckpoint: REPLICA_OPCODES + 4,
  /** Flushes logs by age (`kafka-log-flusher`). */
  logFlusher: REPLICA_OPCODES + 5,
  /** A flush of a log ended. `arg`: partition; payload: the `LogFlush`. */
  logFlushed: REPLICA_OPCODES + 6,
  /** Fetchers have partitions that they did not have before. */
  fetchersChanged: REPLICA_OPCODES + 7,
  /** A fetch request may have had no answer for too long. `arg`: index of the fetcher. */
  fetcherTimeout: REPLICA_OPCODES + 8,
  /** A fetcher's delayed partitions may be fetched again. `arg`: index of the fetcher. */
  fetcherBackoff: REPLICA_OPCODES + 9,
} as const;
