/**
 * The fetch sessions that read a partition: which must look at it again, and which parked fetches it may free.
 */
import { unsettle } from './follower-progress.js';
import type { FetchSession, Partition, ReplicaManagerState, SessionPartition } from './state.js';

/** Has the session look at the partition with its next answer. */
export function activate(reader: SessionPartition): void {
  if (reader.isActive) return;
  reader.isActive = true;
  reader.session.active.push(reader);
}

/** Has a parked fetch tried again at the end of the present call. */
function wake(replicas: ReplicaManagerState, session: FetchSession): void {
  if (!session.isParked || session.isWoken) return;
  session.isWoken = true;
  replicas.woken.push(session);
}

/** The leader's log grew: followers can read more. (Consumers can, too, when the high watermark follows.) */
export function tellReadersOfAppend(replicas: ReplicaManagerState, partition: Partition): void {
  const { readers } = partition;
  for (let at = 0; at < readers.length; at++) {
    const reader = readers[at]!;
    if (reader.session.replicaId < 0) continue;
    activate(reader);
    wake(replicas, reader.session);
  }
}

/** The high watermark moved: consumers can read more. A follower learns of it with its next answer, whenever that is. */
export function tellReadersOfHighWatermark(
  replicas: ReplicaManagerState,
  partition: Partition,
): void {
  const { readers } = partition;
  for (let at = 0; at < readers.length; at++) {
    const reader = readers[at]!;
    activate(reader);
    if (reader.session.replicaId < 0) wake(replicas, reader.session);
  }
}

/** The partition's epoch or ISR changed: what held for its readers so far may not hold any more. */
export function activateReaders(partition: Partition): void {
  const { readers } = partition;
  for (let at = 0; at < readers.length; at++) activate(readers[at]!);
}

/** The partition's role changed: its readers have to look their follower up again. */
export function detachReaders(partition: Partition): void {
  const { readers } = partition;
  for (let at = 0; at < readers.length; at++) {
    const reader = readers[at]!;
    if (reader.follower !== null) unsettle(reader.follower);
    reader.follower = null;
    activate(reader);
  }
}

/** The partition is not led here any more: parked fetches of it end with an error. */
export function wakeReaders(replicas: ReplicaManagerState, partition: Partition): void {
  const { readers } = partition;
  for (let at = 0; at < readers.length; at++) wake(replicas, readers[at]!.session);
}
