/** What brokers and partitions wait for, whoever controls them. */
import { partitionView, serverStateOf } from '../../model/index.js';
import type { Run } from '../run/run.js';

/** A broker that the controllers take for something else than what it is; null where there is none. */
export function whatBrokersWaitFor(run: Run): string | null {
  for (const { id, host } of run.definition.brokers) {
    const isUp = isReachable(run, host);
    const broker = run.truth.broker(id);
    if (isUp === broker.fenced)
      return isUp ? `broker ${id} is starting` : `broker ${id} is not fenced yet`;
    if (!isUp) continue;
    if (broker.registeredAtUs < run.director.coverage[host]!.lastStartUs)
      return `broker ${id} is registering`;
    if (broker.inControlledShutdown) return `broker ${id} is shutting down`;
  }
  return null;
}

/** A live replica that is not in the ISR of a live leader is about to catch up. */
export function whatPartitionsWaitFor(run: Run): string | null {
  const { definition, truth, availability } = run;
  for (const { index, name } of definition.partitions) {
    const partition = truth.partition(index);
    if (partition === null) return `${name} is being created`;
    const { up } = availability.state.partitions[index]!;
    if (up.read !== up.structuralRead || up.write !== up.structuralWrite)
      return `${name} has not got over a failure`;
    if (hasNoLeader(run, index, partition.leader)) continue;
    for (const id of partition.replicas) {
      const { host } = definition.node(id);
      const isUp = isReachable(run, host);
      if (isUp !== partition.isr.includes(id))
        return `${name}: the ISR is about to change for ${id}`;
      if (isUp && !actsOn(run, host, index, partition.leaderEpoch))
        return `${name}: broker ${id} has not heard of leader epoch ${partition.leaderEpoch}`;
    }
  }
  return null;
}

/**
 * Nobody leads, and nobody can. On ZooKeeper the dead may stay named as leaders: where all brokers are gone there is
 * no controller to say otherwise, and a new one did not until 2.3 (switch `failoverOfflineReplicas`).
 */
function hasNoLeader(run: Run, partition: number, leader: number): boolean {
  if (leader < 0) return true;
  const { definition, availability } = run;
  if (definition.plane.mode !== 'zookeeper') return false;
  const { up } = availability.state.partitions[partition]!;
  return !up.structuralRead && !isReachable(run, definition.node(leader).host);
}

function actsOn(run: Run, host: number, partition: number, leaderEpoch: number): boolean {
  const server = serverStateOf(run.simulation.hosts[host]!.state);
  return server !== null && partitionView(server, partition)?.leaderEpoch === leaderEpoch;
}

/** The process runs, and is not paused. */
export function isRunning(run: Run, host: number): boolean {
  return run.simulation.hosts[host]!.status === 'running';
}

/** Runs and is not cut off; the operator's host stands for everybody else. */
export function isReachable(run: Run, host: number): boolean {
  return isRunning(run, host) && run.availability.isReachableHost(host);
}
