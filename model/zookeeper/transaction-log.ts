/**
 * What a server keeps on its disk: the log of transactions, and the epochs that it has promised (FileTxnLog,
 * QuorumPeer.getAcceptedEpoch and getCurrentEpoch).
 *
 * Left out: snapshots. The log is never cut at its beginning, and a server that starts plays all of it.
 */
import { Immutable, type DiskEntry, type DiskFile, type HostContext } from '../../sim/index.js';
import type { ZkCode, ZkTransaction } from './operations.js';

/** `SESSIONMOVED` is never told: the server that gets it closes the client's connection. */
export type ZkLogCode = ZkCode | 'SESSIONMOVED';

/** An entry of the log: the transaction, and what the server that took the request needs for its answer. */
export class ZkLogEntry extends Immutable implements DiskEntry {
  readonly sizeBytes: number;

  constructor(
    readonly transaction: ZkTransaction,
    /** The client's number of the request within its session; 0 for the beginning and end of a session. */
    readonly cxid: number,
    /** `OK`, or why nothing was done: a request that fails takes a zxid of its own, without changes. */
    readonly code: ZkLogCode,
    /** Of a multi one for each write, else empty. */
    readonly codes: readonly ZkLogCode[],
  ) {
    super();
    let sizeBytes = 60;
    for (const change of transaction.changes) {
      sizeBytes += 'path' in change ? 150 + change.path.length : 20;
    }
    this.sizeBytes = sizeBytes;
  }

  get zxid(): number {
    return this.transaction.zxid;
  }
}

/** The files `acceptedEpoch` and `currentEpoch`, replaced as a whole. */
export class EpochCheckpoint extends Immutable {
  constructor(
    /** Highest epoch that this server has promised to follow. */
    readonly acceptedEpoch: number,
    /** Epoch of the leader whose history this server has taken over. */
    readonly currentEpoch: number,
  ) {
    super();
  }
}

/** Name of the log's file. */
export const TRANSACTION_LOG = 'version-2/log';
/** Name of the epochs' checkpoint. */
const EPOCHS = 'version-2/epochs';

/** The log as a start finds it; an entry that a loss of power tore is dropped. */
export function openLog(context: HostContext): DiskFile<ZkLogEntry> {
  const log = context.host.disk.file<ZkLogEntry>(TRANSACTION_LOG);
  if (log.tornAt >= 0) log.truncate(log.tornAt);
  return log;
}

export function readEpochs(context: HostContext): EpochCheckpoint {
  const { disk } = context.host;
  return disk.readCheckpoint<EpochCheckpoint>(EPOCHS) ?? new EpochCheckpoint(0, 0);
}

/** Replaces the epochs; returns how long that takes in microseconds, or -1 where the disk refuses. */
export function writeEpochs(checkpoint: EpochCheckpoint, context: HostContext): number {
  const { disk } = context.host;
  if (disk.writeCheckpoint(EPOCHS, checkpoint) !== 'ok') return -1;
  return disk.flushEndUs(context.virtualUs, 0) - context.virtualUs;
}

/** Zxid of the last entry, flushed or not; 0 where there is none. */
export function lastZxidOf(log: DiskFile<ZkLogEntry>): number {
  return log.entries.last()?.zxid ?? 0;
}

/** Zxid of the last entry that a loss of power would leave; 0 where there is none. */
export function flushedZxidOf(log: DiskFile<ZkLogEntry>): number {
  return log.flushedCount === 0 ? 0 : log.entries.at(log.flushedCount - 1).zxid;
}

/** How many entries have a zxid up to the given one. */
export function countUpTo(log: DiskFile<ZkLogEntry>, zxid: number): number {
  let low = 0;
  let high = log.entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (log.entries.at(middle).zxid <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}
