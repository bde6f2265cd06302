/**
 * The ensemble ends a broker's session although the broker lives, as it does when heartbeats are lost for long enough.
 *
 * Its leader proposes the end of the session: what the broker owns goes (its registration, /controller where it is the
 * controller), and it hears of that when it next comes to a server, and registers again.
 */
import {
  expireSession,
  isLeading,
  isZooKeeperState,
  sessionOfBroker,
  type ZooKeeperState,
} from '../../model/index.js';
import type { Host } from '../../sim/index.js';
import { clusterOfHost, type Field } from './field.js';

/** The broker on that host is registered, and there is a server that can end its session. */
export function hasSession(field: Field, host: number): boolean {
  const leader = leadingServer(field);
  return leader !== null && sessionOf(field, leader.server, host) !== 0;
}

/** Ends the session that the broker on that host is registered with; does nothing where there is none. */
export function endSession(field: Field, host: number): void {
  const leader = leadingServer(field);
  if (leader === null) return;
  const session = sessionOf(field, leader.server, host);
  field.simulation.act(leader.host, (state, context) => {
    if (isZooKeeperState(state)) expireSession(field.definition, state, session, context);
  });
}

interface LeadingServer {
  readonly host: Host;
  readonly server: ZooKeeperState;
}

/** The one with the newest epoch: another may not have noticed yet that it leads nobody any more. */
function leadingServer({ definition, simulation }: Field): LeadingServer | null {
  let newest: LeadingServer | null = null;
  for (const zookeeper of definition.plane.zookeepers) {
    const host = simulation.hosts[zookeeper.host]!;
    const server = host.state;
    if (host.status !== 'running' || !isZooKeeperState(server) || !isLeading(server)) continue;
    if (newest === null || server.currentEpoch > newest.server.currentEpoch)
      newest = { host, server };
  }
  return newest;
}

function sessionOf(field: Field, server: ZooKeeperState, host: number): number {
  const cluster = clusterOfHost(field, host);
  const broker = cluster.nodeOnHost(host);
  return broker === null ? 0 : sessionOfBroker(server, cluster.plane.chroot, broker.id);
}
