/**
 * What the calendar alone rules while the cluster is not simulated, made up for when a jump is over.
 *
 * Left out: the preferred leader election every five minutes (leader.imbalance.check.interval.seconds). It runs in
 * active time, hence later on the calendar than it would; replicas being alike, no figure depends on who leads.
 */
import { isServerState, snapshotMetadata } from '../../model/index.js';
import type { Run } from '../run/run.js';

/** Linux writes pages back that have been dirty for 30 s, looking every 5 s (dirty_expire_centisecs). */
const WRITE_BACK_US = 35_000_000;

/**
 * Each running broker writes a metadata snapshot once an hour (metadata.log.max.snapshot.interval.ms). Nobody reads it
 * before the broker's next start, so it is written when a failure is near.
 */
export class SnapshotCredit {
  /** Calendar time of the last one, by host. */
  private readonly writtenUs = new Map<number, number>();

  /** The hosts are going to fail. */
  credit(run: Run, hosts: readonly number[]): void {
    // Where the metadata is in ZooKeeper brokers have no snapshots of it.
    if (run.definition.plane.mode === 'zookeeper') return;
    const calendarUs = run.nowUs + run.calendarOffsetUs;
    for (const { host, config } of run.definition.brokers) {
      if (!hosts.includes(host)) continue;
      const server = run.simulation.hosts[host]!;
      const intervalUs = config.metadataLogMaxSnapshotIntervalMs * 1000;
      if (server.status !== 'running' || intervalUs === 0) continue;
      if (calendarUs - (this.writtenUs.get(host) ?? 0) < intervalUs) continue;
      this.writtenUs.set(host, calendarUs);
      run.simulation.act(server, (state, context) => {
        if (isServerState(state)) snapshotMetadata(state, context);
      });
    }
  }
}

/**
 * The operating systems have written back what lay in their page caches; `elapsedUs` is the time since the last record
 * was written. What is written from now on stays dirty until the next time: it stands for the last half minute of a
 * traffic that never stops, which a loss of power puts at risk.
 */
export function creditWriteBack(run: Run, elapsedUs: number): void {
  if (elapsedUs < WRITE_BACK_US) return;
  for (const { disk, status } of run.simulation.hosts) {
    if (status === 'off' || disk.status === 'failed') continue;
    for (const file of disk.files.values()) file.markFlushed(file.entries.length, file.sizeBytes);
  }
}
