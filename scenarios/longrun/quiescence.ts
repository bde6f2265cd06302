/**
 * Whether nothing but clocks would change if time went on: then the calendar may jump.
 */
import type { Run } from '../run/run.js';
import { Watcher } from '../run/watcher.js';
import type { MetadataBatch } from '../../model/index.js';

/** An idle period of this length must have changed nothing. */
export const IDLE_PERIOD_US = 2_000_000;

/** Notes when anything but no-ops last happened. */
export class ActivityWatch extends Watcher<{ lastUs: number; quorumLeader: number }> {
  constructor() {
    super({ lastUs: 0, quorumLeader: -1 });
  }

  touch(atUs: number): void {
    this.state.lastUs = atUs;
  }

  override becameLeader(atUs: number): void {
    this.touch(atUs);
  }

  override becameFollower(atUs: number): void {
    this.touch(atUs);
  }

  override isrChangeAsked(atUs: number): void {
    this.touch(atUs);
  }

  override leaderIsrChanged(atUs: number): void {
    this.touch(atUs);
  }

  override leaderAppended(atUs: number): void {
    this.touch(atUs);
  }

  override followerAppended(atUs: number): void {
    this.touch(atUs);
  }

  override logTruncated(atUs: number): void {
    this.touch(atUs);
  }

  override logLoaded(atUs: number): void {
    this.touch(atUs);
  }

  override controllerActivated(atUs: number): void {
    this.touch(atUs);
  }

  override controllerResigned(atUs: number): void {
    this.touch(atUs);
  }

  override sendInvoked(atUs: number): void {
    this.touch(atUs);
  }

  override sendSucceeded(atUs: number): void {
    this.touch(atUs);
  }

  override metadataCommitted(atUs: number, _node: number, batch: MetadataBatch): void {
    if (batch.records.some(({ type }) => type !== 'NoOp')) this.touch(atUs);
  }
}

/** Null where the cluster is quiescent, else what is still under way. */
export function whatIsUnderWay(run: Run, activity: ActivityWatch): string | null {
  const { definition, simulation, truth } = run;
  if (run.nowUs - activity.state.lastUs < IDLE_PERIOD_US) return 'something changed lately';
  if (!run.isWarm) return 'warm-up';
  const votersUp = definition.voters.filter(
    ({ host }) => simulation.hosts[host]!.status === 'running',
  );
  if (2 * votersUp.length <= definition.voters.length) return null;
  if (truth.state.activeController < 0) return 'no active controller';
  for (const { id, host } of definition.brokers) {
    const isUp = simulation.hosts[host]!.status === 'running';
    const broker = truth.broker(id);
    if (isUp === broker.fenced)
      return isUp ? `broker ${id} is starting` : `broker ${id} is not fenced yet`;
    if (isUp && broker.registeredAtUs < run.director.coverage[host]!.lastStartUs)
      return `broker ${id} is registering`;
    if (broker.inControlledShutdown) return `broker ${id} is shutting down`;
  }
  return whatPartitionsWaitFor(run);
}

/** A live replica that is not in the ISR of a live leader is about to catch up. */
function whatPartitionsWaitFor(run: Run): string | null {
  const { definition, simulation, truth } = run;
  for (const { index, name } of definition.partitions) {
    const partition = truth.partition(index);
    if (partition === null) return `${name} is being created`;
    if (partition.leader < 0) continue;
    for (const id of partition.replicas) {
      const isUp = simulation.hosts[definition.node(id).host]!.status === 'running';
      if (isUp !== partition.isr.includes(id))
        return `${name}: the ISR is about to change for ${id}`;
    }
  }
  return null;
}
