/** What a server writes: entries of its log, flushes, epochs. A disk that refuses ends the process. */
import type { HostContext } from '../../sim/index.js';
import { ZkServerOpcode } from './server-opcodes.js';
import type { ZooKeeperState } from './server-state.js';
import { EpochCheckpoint, writeEpochs, type ZkLogEntry } from './transaction-log.js';

/** Appends an entry and sees that it will be flushed; false where the disk refuses. */
export function appendEntry(
  server: ZooKeeperState,
  entry: ZkLogEntry,
  context: HostContext,
): boolean {
  if (context.host.disk.append(server.log, entry) !== 'ok') {
    failDisk(server, context);
    return false;
  }
  flushLog(server, context);
  return true;
}

/** Flushes what is not flushed, unless a flush is under way: another follows it (SyncRequestProcessor). */
export function flushLog(server: ZooKeeperState, context: HostContext): void {
  const { log } = server;
  if (server.isFlushing || log.flushedCount >= log.entries.length) return;
  server.isFlushing = true;
  context.flush(log, ZkServerOpcode.flushed);
}

/** Writes both epochs; returns how long what is said next has to wait for it, in microseconds. */
export function saveEpochs(
  server: ZooKeeperState,
  acceptedEpoch: number,
  currentEpoch: number,
  context: HostContext,
): number {
  const durationUs = writeEpochs(new EpochCheckpoint(acceptedEpoch, currentEpoch), context);
  if (durationUs < 0) {
    failDisk(server, context);
    return 0;
  }
  server.acceptedEpoch = acceptedEpoch;
  server.currentEpoch = currentEpoch;
  return durationUs;
}

function failDisk(server: ZooKeeperState, context: HostContext): void {
  if (server.failed) return;
  server.failed = true;
  context.exit();
}
