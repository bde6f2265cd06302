/** Who was up, fenced, leader and in sync, and when: what a timeline is drawn from. */
import type { PartitionRegistration } from '../../model/index.js';
import type { Host, HostStatus } from '../../sim/index.js';
import type { BrokerTruth, TruthListener } from './metadata-truth.js';
import type { Run, RunWatcher } from './run.js';
import { Watcher } from './watcher.js';

/** A host's status from a moment on. */
export interface HostMoment {
  readonly atUs: number;
  readonly host: number;
  readonly status: HostStatus;
}

/** A broker's fencing from a moment on. */
export interface FencingMoment {
  readonly atUs: number;
  readonly brokerId: number;
  readonly fenced: boolean;
}

/** A partition as committed at a moment. */
export interface PartitionMoment {
  readonly atUs: number;
  readonly registration: PartitionRegistration;
}

interface ChronicleState {
  hosts: HostMoment[];
  fencing: FencingMoment[];
  partitions: PartitionMoment[];
}

export class Chronicle extends Watcher<ChronicleState> implements RunWatcher, TruthListener {
  constructor() {
    super({ hosts: [], fencing: [], partitions: [] });
  }

  attach(run: Run): void {
    run.truth.listeners.push(this);
  }

  hostChanged(atUs: number, host: Host): void {
    this.state.hosts.push({ atUs, host: host.index, status: host.status });
  }

  brokerChanged(atUs: number, brokerId: number, truth: BrokerTruth): void {
    this.state.fencing.push({ atUs, brokerId, fenced: truth.fenced });
  }

  partitionChanged(
    atUs: number,
    _before: PartitionRegistration | null,
    registration: PartitionRegistration,
  ): void {
    this.state.partitions.push({ atUs, registration });
  }
}
