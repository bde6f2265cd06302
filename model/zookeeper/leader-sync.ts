/**
 * What a leader sends a follower so that its log becomes the leader's (LearnerHandler.syncFollower).
 *
 * Two logs that hold the same zxid hold the same transactions up to it. So where the leader has the follower's last
 * transaction it sends what comes behind (DIFF). Where it does not, but has an earlier one of the same epoch, the follower
 * has that, too, and cuts its log there (TRUNC). Else the leader sends all it has (SNAP).
 *
 * Differs from ZooKeeper: proposals that are not committed yet are part of the sync; SNAP is the whole log, of which
 * the follower keeps what it has: so nothing that it has acknowledged is ever missing from its disk.
 */
import type { DiskFile } from '../../sim/index.js';
import { Sync } from './messages.js';
import { countUpTo, type ZkLogEntry } from './transaction-log.js';
import { epochOfZxid } from './zxid.js';

/** The sync of a follower whose log ends with `lastZxid`. */
export function syncFor(log: DiskFile<ZkLogEntry>, lastZxid: number, epoch: number): Sync {
  const count = countUpTo(log, lastZxid);
  const keepZxid = count === 0 ? 0 : log.entries.at(count - 1).zxid;
  if (keepZxid === lastZxid) return new Sync('DIFF', epoch, keepZxid, entriesFrom(log, count));
  if (epochOfZxid(keepZxid) === epochOfZxid(lastZxid)) {
    return new Sync('TRUNC', epoch, keepZxid, entriesFrom(log, count));
  }
  return new Sync('SNAP', epoch, 0, entriesFrom(log, 0));
}

/** How many entries of a follower's log stay. */
export function countToKeep(log: DiskFile<ZkLogEntry>, sync: Sync): number {
  if (sync.mode !== 'SNAP') return countUpTo(log, sync.keepZxid);
  let count = 0;
  while (
    count < log.entries.length &&
    count < sync.entries.length &&
    log.entries.at(count).zxid === sync.entries[count]!.zxid
  ) {
    count++;
  }
  return count;
}

/** The entries of a sync that a follower has not kept. */
export function entriesToAppend(sync: Sync, kept: number): readonly ZkLogEntry[] {
  return sync.mode === 'SNAP' ? sync.entries.slice(kept) : sync.entries;
}

function entriesFrom(log: DiskFile<ZkLogEntry>, from: number): ZkLogEntry[] {
  const entries: ZkLogEntry[] = [];
  for (let index = from; index < log.entries.length; index++) entries.push(log.entries.at(index));
  return entries;
}
