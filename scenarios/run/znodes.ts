/**
 * The tree of znodes at the moment at which it is asked for, as plain data: what `run --znodes` shows.
 *
 * It is the tree of the server that has applied most. A server that is down has none: it builds its tree from its log
 * when it starts.
 */
import {
  BrokerZnode,
  ControllerEpochZnode,
  ControllerZnode,
  describeZxid,
  isZooKeeperState,
  IsrChangeZnode,
  PartitionStateZnode,
  PreferredReplicaElectionZnode,
  ReassignPartitionsZnode,
  TopicZnode,
  zkTree,
  type ClusterDefinition,
  type ZnodeData,
  type ZnodeView,
  type ZooKeeperState,
} from '../../model/index.js';
import { chrootOf } from './chroot-view.js';
import type { Run } from './run.js';

/** What a znode says, by the names of Kafka's JSON; partitions by their names. */
export type ZnodeFields = Readonly<
  Record<string, number | string | null | readonly (number | string | readonly number[])[]>
>;

/** A znode. */
export interface ZnodeReport {
  readonly path: string;
  /** How often its data has changed. */
  readonly version: number;
  /** Zxid of the transaction that made it, `epoch/counter`. Of a broker's registration it is the broker epoch. */
  readonly czxid: string;
  /** The session that an ephemeral znode lives with, and whose it is; null where the znode is persistent. */
  readonly ephemeralOwner: { readonly session: number; readonly broker: number | null } | null;
  /** Null where it carries nothing. */
  readonly data: ZnodeFields | number | string | null;
}

/** All znodes but the root. */
export interface ZnodeTree {
  /** Id of the server whose tree it is; null where none is up. */
  readonly server: number | null;
  /** In alphabetical order of the paths. */
  readonly znodes: readonly ZnodeReport[];
}

/** The znodes of a run, of all clusters on the ensemble; null where its cluster is not on ZooKeeper. */
export function znodesOf({ plan, simulation, definition, neighbours }: Run): ZnodeTree | null {
  if (plan.metadata !== 'zookeeper') return null;
  let furthest: ZooKeeperState | null = null;
  for (const { host } of definition.plane.zookeepers) {
    const { state } = simulation.hosts[host]!;
    if (!isZooKeeperState(state)) continue;
    const isAhead =
      furthest === null || state.tree.lastProcessedZxid > furthest.tree.lastProcessedZxid;
    if (isAhead) furthest = state;
  }
  if (furthest === null) return { server: null, znodes: [] };
  const tree = zkTree(furthest).filter(({ path }) => path !== '/');
  const brokers = brokersBySession(tree);
  const clusters = [definition, ...neighbours.map((neighbour) => neighbour.definition)];
  const znodes = tree.map((znode) => reportOf(clusterAt(clusters, znode.path), znode, brokers));
  return { server: furthest.serverId, znodes };
}

/** The cluster whose znode is at that path; the first where there is none, as for the parents of a chroot. */
function clusterAt(clusters: readonly ClusterDefinition[], path: string): ClusterDefinition {
  const chroots = clusters.map(({ plane }) => plane.chroot);
  return clusters[Math.max(0, chroots.indexOf(chrootOf(chroots, path) ?? ''))]!;
}

/** Ephemeral znodes say of themselves which broker made them: no other has their session. */
function brokersBySession(tree: readonly ZnodeView[]): ReadonlyMap<number, number> {
  const brokers = new Map<number, number>();
  for (const { data, stat } of tree) {
    if (stat.ephemeralOwner === 0) continue;
    if (data instanceof BrokerZnode || data instanceof ControllerZnode)
      brokers.set(stat.ephemeralOwner, data.brokerId);
  }
  return brokers;
}

function reportOf(
  definition: ClusterDefinition,
  { path, data, stat }: ZnodeView,
  brokers: ReadonlyMap<number, number>,
): ZnodeReport {
  const { version, czxid, ephemeralOwner: session } = stat;
  const ephemeralOwner = session === 0 ? null : { session, broker: brokers.get(session) ?? null };
  const fields = fieldsOf(definition, data);
  return { path, version, czxid: describeZxid(czxid), ephemeralOwner, data: fields };
}

function fieldsOf(definition: ClusterDefinition, data: ZnodeData): ZnodeReport['data'] {
  if (data === null || typeof data !== 'object') return data;
  const namesOf = (partitions: readonly number[]): string[] =>
    partitions.map((partition) => definition.partition(partition).name);
  if (data instanceof ControllerZnode) return { brokerId: data.brokerId };
  if (data instanceof ControllerEpochZnode) return { epoch: data.epoch };
  if (data instanceof BrokerZnode) return { brokerId: data.brokerId, rack: data.rack };
  if (data instanceof TopicZnode) {
    const { replicas, adding, removing } = data;
    const isMoving = [...adding, ...removing].some((list) => list.length > 0);
    return isMoving ? { replicas, adding, removing } : { replicas };
  }
  if (data instanceof ReassignPartitionsZnode) {
    const { targets } = data;
    const partitions = namesOf(targets.map(({ partition }) => partition));
    return { partitions, replicas: targets.map(({ replicas }) => replicas) };
  }
  if (data instanceof PartitionStateZnode) {
    const { leader, leaderEpoch, isr, controllerEpoch } = data;
    return { leader, leaderEpoch, isr, controllerEpoch };
  }
  if (data instanceof IsrChangeZnode || data instanceof PreferredReplicaElectionZnode)
    return { partitions: namesOf(data.partitions) };
  throw new Error(`a znode carries ${data.constructor.name}, which has no readable form`);
}
