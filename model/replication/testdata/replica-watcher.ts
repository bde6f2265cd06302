import { ModelObserver } from '../../observer.js';

/** Notes what the replicas report; `problems` lists what must never be. */
export class ReplicaWatcher extends ModelObserver {
  readonly marks: string[] = [];
  readonly truncations: string[] = [];
  readonly isrAsked: string[] = [];
  readonly fenced: number[] = [];
  readonly problems: string[] = [];
  readonly copying = new Map<string, boolean>();
  private readonly leaderHighWatermarks = new Map<string, number>();

  override mark(_atUs: number, name: string): void {
    this.marks.push(name);
  }
  override becameLeader(_atUs: number, broker: number, partition: number): void {
    this.leaderHighWatermarks.delete(`${broker}/${partition}`);
  }
  override highWatermarkMoved(
    _atUs: number,
    broker: number,
    partition: number,
    highWatermark: number,
    isLeader: boolean,
  ): void {
    if (!isLeader) return;
    const key = `${broker}/${partition}`;
    const before = this.leaderHighWatermarks.get(key) ?? 0;
    if (highWatermark <= before) {
      this.problems.push(`leader ${key} moved its high watermark from ${before} to ${highWatermark}`);
    }
    this.leaderHighWatermarks.set(key, highWatermark);
  }
  override logTruncated(
    _atUs: number,
    broker: number,
    partition: number,
    from: number,
    to: number,
  ): void {
    this.truncations.push(`b${broker} p${partition} ${from}->${to}`);
  }
  override isrChangeAsked(
    _atUs: number,
    broker: number,
    partition: number,
    isr: readonly number[],
  ): void {
    this.isrAsked.push(`b${broker} p${partition} [${isr.join(' ')}]`);
  }
  override requestFenced(_atUs: number, _broker: number, _partition: number, error: number): void {
    this.fenced.push(error);
  }
  override followerFetching(
    _atUs: number,
    broker: number,
    partition: number,
    isFetching: boolean,
  ): void {
    this.copying.set(`${broker}/${partition}`, isFetching);
  }
}

