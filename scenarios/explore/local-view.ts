/** What the explorer itself reads off a host: for the bounds, and for the promises. */
import { isZooKeeperState, serverStateOf, type ClusterDefinition } from '../../model/index.js';
import type { RecordBatch } from '../../model/records.js';
import { sessionOfBroker, type ZooKeeperState } from '../../model/zookeeper/index.js';
import { partitionStateOf, partitionStatePath } from '../../model/zookeeper/znodes.js';
import type { LocalHost } from './local-host.js';

/** A replica, dead or alive. */
export interface ReplicaLook {
  readonly values: readonly number[];
  readonly epochs: readonly number[];
  /** -1 where the process does not run or has not opened its log. */
  readonly highWatermark: number;
  /** Epoch in which it leads, or -1. */
  readonly leaderEpoch: number;
}

/** The one partition and the brokers as the active controller has them, or as they are in ZooKeeper. */
export interface ControllerLook {
  readonly isr: readonly number[];
  readonly elr: readonly number[];
  readonly leader: number;
  readonly leaderEpoch: number;
  /** By broker id: number of the registered life, or -1. Null on ZooKeeper, where no change of an ISR names lives. */
  readonly lives: readonly number[] | null;
  /** By broker id. */
  readonly fenced: readonly boolean[];
  /** By broker id: session in ZooKeeper that it is registered with, or 0. */
  readonly zkSessions: readonly number[];
  /** Ids of brokers with a session, in order of registration. */
  readonly sessions: readonly number[];
}

export interface LocalLook {
  readonly isRunning: boolean;
  /** Number of the present or last life. */
  readonly life: number;
  /** The broker was unfenced at least once in this life. */
  readonly isServing: boolean;
  /** The session in ZooKeeper that the process believes to have, or 0. */
  readonly zkSession: number;
  readonly replica: ReplicaLook | null;
  readonly controller: ControllerLook | null;
}

/** Looks at a host. */
export function lookAt(local: LocalHost, definition: ClusterDefinition): LocalLook {
  const { host } = local;
  const server = serverStateOf(host.state);
  return {
    isRunning: host.status === 'running',
    life: host.index * 64 + host.incarnation,
    isServing: server?.broker?.lifecycle.state === 'RUNNING',
    zkSession: server?.broker?.zk?.client.sessionId ?? 0,
    replica: replicaOf(local, definition.partition(0).name),
    controller: isZooKeeperState(host.state)
      ? zooKeeperOf(host.state, definition)
      : controllerOf(local),
  };
}

function replicaOf({ host }: LocalHost, partitionName: string): ReplicaLook | null {
  const file = host.disk.files.get(partitionName);
  if (file === undefined) return null;
  const values: number[] = [];
  const epochs: number[] = [];
  for (const entry of file.entries) {
    const batch = entry as unknown as RecordBatch;
    for (const value of batch.values) {
      values.push(value);
      epochs.push(batch.leaderEpoch);
    }
  }
  const partition = serverStateOf(host.state)?.broker?.replicas?.partitions[0] ?? null;
  return {
    values,
    epochs,
    highWatermark: partition?.log?.highWatermark ?? -1,
    leaderEpoch: partition?.role.kind === 'leader' ? partition.leaderEpoch : -1,
  };
}

function controllerOf({ host }: LocalHost): ControllerLook | null {
  const controller = serverStateOf(host.state)?.controller ?? null;
  if (controller === null) return null;
  const partition = controller.partitions[0] ?? null;
  const lives: number[] = [];
  const fenced: boolean[] = [];
  const sessions: number[] = [];
  for (const { registration, lastContactUs } of controller.brokers.values()) {
    lives[registration.id] = registration.incarnationId;
    fenced[registration.id] = registration.fenced;
    if (lastContactUs >= 0) sessions.push(registration.id);
  }
  return {
    isr: partition?.isr ?? [],
    elr: partition?.elr ?? [],
    leader: partition?.leader ?? -1,
    leaderEpoch: partition?.leaderEpoch ?? -1,
    lives,
    fenced,
    zkSessions: [],
    sessions,
  };
}

function zooKeeperOf(server: ZooKeeperState, definition: ClusterDefinition): ControllerLook {
  const znode = server.tree.znodes.get(partitionStatePath(definition, 0));
  const state = partitionStateOf(znode?.data ?? null);
  const zkSessions: number[] = [];
  for (const { id } of definition.brokers) zkSessions[id] = sessionOfBroker(server, definition.plane.chroot, id);
  return {
    isr: state?.isr ?? [],
    elr: [],
    leader: state?.leader ?? -1,
    leaderEpoch: state?.leaderEpoch ?? -1,
    lives: null,
    fenced: [],
    zkSessions,
    sessions: [],
  };
}
