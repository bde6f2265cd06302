/** A server as others see it. */
import { childrenOf } from './data-tree.js';
import type { ZkStat, ZnodeData } from './operations.js';
import type { ZkRole, ZooKeeperState } from './server-state.js';
import { lastZxidOf } from './transaction-log.js';
import { brokerPath } from './znodes.js';

/** What a server says of itself (the command `srvr`). */
export interface ZooKeeperView {
  /** `myid`. */
  readonly serverId: number;
  readonly role: ZkRole;
  /** Of the leader that it leads as or follows, or of the last one whose history it took over. */
  readonly epoch: number;
  /** Of the last entry of its log, whether committed or not. */
  readonly lastZxid: number;
  /** Of the last transaction that it has applied. */
  readonly lastProcessedZxid: number;
  /** It takes clients: it has a quorum, or a leader that has one. */
  readonly isServing: boolean;
  /** Sessions that live, as far as this server knows. */
  readonly sessions: number;
}

/** A znode with its path. */
export interface ZnodeView {
  readonly path: string;
  readonly data: ZnodeData;
  readonly stat: ZkStat;
  /** Names in order. */
  readonly children: readonly string[];
}

/** Tells a server of the ensemble by its state. */
export function isZooKeeperState(state: unknown): state is ZooKeeperState {
  return (
    typeof state === 'object' &&
    state !== null &&
    'programName' in state &&
    state.programName === 'zookeeper'
  );
}

/** What the server says of itself. */
export function zooKeeperView(server: ZooKeeperState): ZooKeeperView {
  const { serverId, role, leading, following, currentEpoch, isServing, tree } = server;
  const epoch = leading?.epoch ?? following?.epoch ?? 0;
  return {
    serverId,
    role,
    epoch: epoch === 0 ? currentEpoch : epoch,
    lastZxid: lastZxidOf(server.log),
    lastProcessedZxid: tree.lastProcessedZxid,
    isServing,
    sessions: tree.sessions.size,
  };
}

/**
 * The session that a broker is registered with, as far as the server has applied it; 0 where it is not registered.
 *
 * @param chroot of the broker's cluster: '' or '/a'.
 */
export function sessionOfBroker(
  { tree }: ZooKeeperState,
  chroot: string,
  brokerId: number,
): number {
  return tree.znodes.get(chroot + brokerPath(brokerId))?.stat.ephemeralOwner ?? 0;
}

/** The server leads the ensemble, as far as it knows, and takes writes. */
export function isLeading({ leading, failed }: ZooKeeperState): boolean {
  return leading?.phase === 'broadcast' && !failed;
}

/** The server's tree, as far as it has applied it, by path. */
export function zkTree({ tree }: ZooKeeperState): readonly ZnodeView[] {
  return [...tree.znodes.keys()].sort().map((path) => {
    const znode = tree.znodes.get(path)!;
    return { path, data: znode.data, stat: znode.stat, children: childrenOf(znode) };
  });
}
