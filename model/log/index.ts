/** Logs of replicas: batches, leader epochs, producers, recovery. */
export { deleteLog } from './delete-log.js';
export {
  assignEpoch,
  endOffsetForEpoch,
  type EpochEndOffset,
  latestEpoch,
  UNDEFINED_EPOCH,
  UNDEFINED_EPOCH_END,
  UNDEFINED_OFFSET,
} from './epoch-cache.js';
export {
  bytesToRecover,
  hasLog,
  openLog,
  readCleanShutdownEpoch,
  takeCleanShutdownMarker,
  writeCleanShutdownMarker,
} from './log-recovery.js';
export { indexOfOffset, NO_BATCHES, readableBytes, readBatches } from './log-search.js';
export { findDuplicate, forgetProducers, producerError } from './producer-state.js';
export {
  appendBatch,
  clampedHighWatermark,
  finishFlush,
  startFlush,
  truncateLog,
  type LogFlush,
  type ReplicaLog,
} from './replica-log.js';
