/**
 * Whether nothing but clocks would change if time went on: then the calendar may jump.
 *
 * Two things must hold. An idle period has changed nothing; and nothing that the state knows to be coming is still to
 * come: a session about to lapse, a registration, an election, a change of an ISR, a shutdown, a resignation.
 * What probes append does not count as a change: a replica that has to catch up is not in the ISR, and is waited for.
 *
 * Two states count as quiescent though they are not: a cluster that has found no rest for long, which goes on from
 * where it is when the calendar has jumped; and one whose controllers have lost the metadata, which is past help.
 */
import {
  activeControllerView,
  serverStateOf,
  type MetadataBatch,
  type NodeDefinition,
} from '../../model/index.js';
import type { Host } from '../../sim/index.js';
import type { Run, RunWatcher } from '../run/run.js';
import { Watcher } from '../run/watcher.js';
import { isReachable, isRunning, whatBrokersWaitFor, whatPartitionsWaitFor } from './waiting.js';
import { whatWaitsOnZooKeeper } from './zookeeper-waiting.js';

/**
 * An idle period of this length must have changed nothing. More than the longest time for which a request may be parked
 * (replica.fetch.wait.max.ms, and MAX_FETCH_WAIT_MS of the quorum, 500 ms), which is the longest pause between two
 * steps of one transition that the state does not show; all longer waits are asked for by name below.
 */
export const IDLE_PERIOD_US = 600_000;

/** While something is under way the state is looked at so often at most, */
export const STEP_US = 100_000;
/** and so often at least: what the state waits for shows itself by activity. */
const LOOK_AGAIN_US = 1_000_000;

/**
 * What has not come to rest after this long will not come to rest by itself: the longest that anything waits is a
 * controlled shutdown (5 minutes). A quorum whose leader has a gray disk elects one leader after the other, for hours.
 */
const RESTLESS_US = 600_000_000;

/** Notes when anything but no-ops and appends last happened. */
export class ActivityWatch
  extends Watcher<{ lastUs: number; disturbedUs: number }>
  implements RunWatcher
{
  private run: Run | null = null;

  constructor() {
    super({ lastUs: 0, disturbedUs: 0 });
  }

  attach(run: Run): void {
    this.run = run;
  }

  /**
   * A broker that shuts down in order is fenced before its process ends, and its session lapses later: until then a
   * new process of it cannot register. (On ZooKeeper its session ends before its process does.)
   */
  hostChanged(atUs: number, { index, status }: Host): void {
    if (this.run === null || (status !== 'down' && status !== 'off')) return;
    const { definition, truth } = this.run;
    if (definition.plane.mode === 'zookeeper') return;
    const broker = definition.brokers.find(({ host }) => host === index);
    if (broker === undefined || !truth.broker(broker.id).fenced) return;
    const timeoutUs = definition.voters[0]!.config.brokerSessionTimeoutMs * 1000;
    // The controller looks for lapsed sessions every eighth of the timeout.
    this.touch(atUs + timeoutUs + timeoutUs / 8);
  }

  /** Something happened, or will have happened by a time that is still to come. */
  touch(atUs: number): void {
    this.state.lastUs = Math.max(this.state.lastUs, atUs);
  }

  /** A failure or a repair; requests that it leaves without an answer are over by `restUs`. */
  disturbed(atUs: number, restUs: number): void {
    this.state.disturbedUs = atUs;
    this.touch(restUs);
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

  override logTruncated(atUs: number): void {
    this.touch(atUs);
  }

  override logDeleted(atUs: number): void {
    this.touch(atUs);
  }

  override logLoaded(atUs: number): void {
    this.touch(atUs);
  }

  override brokerServing(atUs: number): void {
    this.touch(atUs);
  }

  override quorumLeaderElected(atUs: number): void {
    this.touch(atUs);
  }

  override controllerActivated(atUs: number): void {
    this.touch(atUs);
  }

  override controllerResigned(atUs: number): void {
    this.touch(atUs);
  }

  override zooKeeperCommitted(atUs: number): void {
    this.touch(atUs);
  }

  override metadataCommitted(atUs: number, _node: number, batch: MetadataBatch): void {
    const { records } = batch;
    for (let index = 0; index < records.length; index++) {
      if (records[index]!.type !== 'NoOp') this.touch(atUs);
    }
  }
}

/** How long to simulate before it is worth looking again where nothing happens meanwhile. */
export function longestLookUs(run: Run, activity: ActivityWatch): number {
  const idleLeftUs = activity.state.lastUs + IDLE_PERIOD_US - run.nowUs;
  return idleLeftUs > 0 ? idleLeftUs : LOOK_AGAIN_US;
}

/** Null where the cluster is quiescent, else what is still under way. */
export function whatIsUnderWay(run: Run, activity: ActivityWatch): string | null {
  if (run.nowUs - activity.state.disturbedUs > RESTLESS_US) return null;
  if (run.nowUs - activity.state.lastUs < IDLE_PERIOD_US) return 'something changed lately';
  if (!run.isWarm) return 'the cluster warms up';
  if (run.truth.state.lostPartitions.length > 0) return null;
  const shutdown = whoShutsDown(run);
  if (shutdown !== null) return shutdown;
  if (run.director.agenda.some(({ act }) => act.kind === 'supervise'))
    return 'a process that ended by itself is about to be started again';
  return run.definition.plane.mode === 'zookeeper'
    ? whatWaitsOnZooKeeper(run)
    : whatWaitsInKraft(run);
}

function whatWaitsInKraft(run: Run): string | null {
  const { voters } = run.definition;
  const reachable = voters.filter(({ host }) => isReachable(run, host));
  const active = voters.filter((voter) => isActiveController(run, voter));
  const deposed = active.find(({ host }) => !isReachable(run, host));
  if (deposed !== undefined) return `node ${deposed.id} is cut off and has not resigned`;
  if (2 * reachable.length <= voters.length) {
    return active.length === 0 ? null : 'a controller without a quorum has not resigned';
  }
  if (active.length !== 1) return `${active.length} controllers are active`;
  return whatBrokersWaitFor(run) ?? whatPartitionsWaitFor(run);
}

/** A process that was told to stop ends by itself, with or without the controllers' leave. */
function whoShutsDown(run: Run): string | null {
  for (const { id, host } of run.definition.nodes) {
    const { stopped } = run.director.coverage[host]!;
    if (stopped > 0 && isRunning(run, host)) return `node ${id} is shutting down`;
  }
  return null;
}

function isActiveController(run: Run, voter: NodeDefinition): boolean {
  if (!isRunning(run, voter.host)) return false;
  const server = serverStateOf(run.simulation.hosts[voter.host]!.state);
  return server !== null && activeControllerView(server) !== null;
}
