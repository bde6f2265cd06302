/** What the explorer itself reads off a host: for the bounds, and for the promises. */
import { serverStateOf } from '../../model/index.js';
import type { RecordBatch } from '../../model/records.js';
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

/** The active controller's view of the one partition and of the brokers. */
export interface ControllerLook {
  readonly isr: readonly number[];
  readonly elr: readonly number[];
  readonly leader: number;
  readonly leaderEpoch: number;
  /** By broker id: number of the registered life, or -1. */
  readonly lives: readonly number[];
  /** By broker id. */
  readonly fenced: readonly boolean[];
  /** Ids of brokers with a session, in order of registration. */
  readonly sessions: readonly number[];
}

export interface LocalLook {
  readonly isRunning: boolean;
  /** Number of the present or last life. */
  readonly life: number;
  /** The broker was unfenced at least once in this life. */
  readonly isServing: boolean;
  readonly replica: ReplicaLook | null;
  readonly controller: ControllerLook | null;
}

/** Looks at a host. `partitionName`: of the one partition. */
export function lookAt(local: LocalHost, partitionName: string): LocalLook {
  const { host } = local;
  const server = serverStateOf(host.state);
  return {
    isRunning: host.status === 'running',
    life: host.index * 64 + host.incarnation,
    isServing: server?.broker?.lifecycle.state === 'RUNNING',
    replica: replicaOf(local, partitionName),
    controller: controllerOf(local),
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
    sessions,
  };
}
