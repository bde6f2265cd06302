/** What an operator's host remembers. */
import { Immutable, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { ManualElection } from '../rpc/index.js';
import type { KafkaVersion } from '../versions.js';
import { planClient } from './client-core.js';
import type { MetadataPlan } from './client-metadata.js';
import { createNetwork, type NetworkState } from './network-client.js';

/** How patient the operator is: an assumption of the lab, not Kafka's configuration. */
const ADMIN_CONFIG = {
  requestTimeoutMs: 2000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 100,
  reconnectBackoffMs: 100,
  reconnectBackoffMaxMs: 100,
  metadataMaxAgeMs: Number.MAX_SAFE_INTEGER,
};

export interface AdminPlan extends MetadataPlan {
  readonly definition: ClusterDefinition;
  /** Nodes that are brokers, and those of which one is the active controller, in their order. */
  readonly brokers: readonly number[];
  readonly voters: readonly number[];
}

/**
 * - `waiting`: until all brokers are unfenced, or the operator gives up waiting.
 * - `creating`: until the controller has all topics.
 * - `confirming`: until the brokers' metadata shows a leader for each partition.
 * - `done`: nothing to do but what whoever directs the run commands.
 */
type AdminPhase = 'waiting' | 'creating' | 'confirming' | 'done';

/** What an operator asks for; the answer is told apart by its kind. */
export type AdminRequest =
  'metadata' | 'create-topics' | 'elect-leaders' | 'reassign' | 'update-features';

export interface AdminState {
  readonly network: NetworkState<AdminRequest>;
  phase: AdminPhase;
  startedUs: number;
  /** Nothing is asked before then. */
  askAtUs: number;
  isAsking: boolean;
  /** Which of the brokers and voters to ask; moved on when one does not answer as hoped. */
  broker: number;
  voter: number;
  /** Topics that are not known to exist. */
  topics: number[];
  /** What to ask for, in order. */
  readonly commands: AdminCommand[];
}

/**
 * Tells the operator to ask for an election: the payload of the timer `ClientOpcode.electLeaders`, which whoever directs
 * the run sets on the operator's host.
 */
export class ElectLeadersCommand extends Immutable {
  readonly request = 'elect-leaders';
  /** @param partitions indexes of the cluster definition, or null for all. */
  constructor(
    readonly partitions: readonly number[] | null,
    readonly electionType: ManualElection = 'preferred',
  ) {
    super();
  }
}

/** Tells the operator to have a partition reassigned, in the same way (kafka-reassign-partitions --execute). */
export class ReassignCommand extends Immutable {
  readonly request = 'reassign';
  /**
   * @param partition index of the cluster definition.
   * @param replicas broker ids, the preferred leader first; null cancels the reassignment under way.
   */
  constructor(
    readonly partition: number,
    readonly replicas: readonly number[] | null,
  ) {
    super();
  }
}

/** Tells the operator to have the features of a release finalized, in the same way (kafka-features.sh upgrade). */
export class UpdateFeaturesCommand extends Immutable {
  readonly request = 'update-features';
  constructor(readonly metadataVersion: KafkaVersion) {
    super();
  }
}

/** What an operator can be told to ask for. */
export type AdminCommand = ElectLeadersCommand | ReassignCommand | UpdateFeaturesCommand;

export function planAdmin(definition: ClusterDefinition): AdminPlan {
  const { nodes } = definition;
  const onZooKeeper = definition.plane.mode === 'zookeeper';
  const partitions = definition.partitions.map((partition) => partition.index);
  return {
    ...planClient(definition, nodes, partitions, ADMIN_CONFIG, 1, false),
    definition,
    brokers: definition.brokers.map((broker) => nodes.indexOf(broker)),
    voters: (onZooKeeper ? definition.brokers : definition.voters).map((node) =>
      nodes.indexOf(node),
    ),
  };
}

export function createAdminState(plan: AdminPlan, context: HostContext): AdminState {
  return {
    network: createNetwork<AdminRequest>(plan, context),
    phase: plan.definition.topics.length === 0 ? 'done' : 'waiting',
    startedUs: context.nowUs(),
    askAtUs: 0,
    isAsking: false,
    broker: 0,
    voter: 0,
    topics: plan.definition.topics.map((topic) => topic.index),
    commands: [],
  };
}

/** Whether all topics exist, as far as the operator knows. */
export function adminIsDone(state: AdminState): boolean {
  return state.phase === 'done' && state.commands.length === 0;
}
