/**
 * What a cluster on ZooKeeper waits for: the ensemble for its leader, sessions for a server, brokers for their
 * registration or for the end of a session from before, the controller for its events, partitions for what it decides.
 *
 * What goes on for ever is no reason to wait: pings of sessions and of the ensemble, the attempts of brokers to reach an
 * ensemble without a quorum, and those of a broker that is cut off, which takes itself for the controller or for a
 * leader until it hears otherwise.
 */
import {
  isLeading,
  isZooKeeperState,
  serverStateOf,
  zkBrokerView,
  zooKeeperView,
  type ZkBrokerView,
  type ZooKeeperState,
} from '../../model/index.js';
import type { Run } from '../run/run.js';
import { isReachable, whatBrokersWaitFor, whatPartitionsWaitFor } from './waiting.js';

/** Null where nothing is still to come. */
export function whatWaitsOnZooKeeper(run: Run): string | null {
  const { zookeepers } = run.definition.plane;
  const servers = zookeepers.flatMap(({ host }) => serverOn(run, host));
  if (2 * servers.length <= zookeepers.length) {
    const late = servers.find((server) => zooKeeperView(server).isServing);
    // Sessions live on until there is a quorum again, which then gives all of them their whole timeout.
    return late === undefined ? null : `zookeeper ${late.serverId} serves without a quorum`;
  }
  return (
    whatEnsembleWaitsFor(servers) ??
    whatBrokersWaitFor(run) ??
    whatSessionsWaitFor(run, servers) ??
    whatPartitionsWaitFor(run)
  );
}

function whatEnsembleWaitsFor(servers: readonly ZooKeeperState[]): string | null {
  const leading = servers.filter(isLeading);
  if (leading.length !== 1) return `${leading.length} servers lead the ensemble`;
  const late = servers.find((server) => !zooKeeperView(server).isServing);
  return late === undefined ? null : `zookeeper ${late.serverId} has not joined its leader`;
}

/** Of brokers that are reachable: all are connected, one is the controller, and nobody has anything to tell it. */
function whatSessionsWaitFor(run: Run, servers: readonly ZooKeeperState[]): string | null {
  let controllers = 0;
  let brokers = 0;
  for (const { id, host } of run.definition.brokers) {
    if (!isReachable(run, host)) continue;
    const view = brokerOn(run, host);
    if (view?.isConnected !== true) return `broker ${id} has no server for its session`;
    if (view.awaitsZooKeeper) return `broker ${id} waits for ZooKeeper`;
    if (view.isControllerBusy) return `the controller on broker ${id} has events to handle`;
    if (view.hasIsrNews) return `broker ${id} is about to tell the controller of an ISR`;
    brokers++;
    if (view.isActiveController) controllers++;
  }
  // A client may have lost a session's server before it knew the session: it began another.
  const isLeft = servers.some((server) => zooKeeperView(server).sessions > brokers);
  if (isLeft) return 'a session that nobody has any more is about to expire';
  if (brokers === 0 || controllers === 1) return null;
  return `${controllers} brokers are the controller`;
}

function serverOn(run: Run, host: number): ZooKeeperState[] {
  const { state } = run.simulation.hosts[host]!;
  return isReachable(run, host) && isZooKeeperState(state) ? [state] : [];
}

function brokerOn(run: Run, host: number): ZkBrokerView | null {
  const server = serverStateOf(run.simulation.hosts[host]!.state);
  return server === null ? null : zkBrokerView(server);
}
