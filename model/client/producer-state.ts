/** All that a producer has in memory: lost with the process. */
import type { HostContext, RandomStream } from '../../sim/index.js';
import { createCore, type ClientCore } from './client-core.js';
import { createIdempotence, type IdempotenceState } from './idempotence.js';
import type { ProducerBatch } from './producer-batch.js';
import type { ProducerPlan } from './producer-plan.js';
import {
  createStickyPartitioner,
  type PartitionLoads,
  type StickyPartitioner,
} from './sticky-partitioner.js';

/** A record that waits for metadata or for memory (`max.block.ms`). */
interface BlockedRecord {
  readonly value: number;
  readonly key: number;
  readonly slot: number;
  readonly deadlineUs: number;
}

export interface ProducerState {
  readonly core: ClientCore<readonly ProducerBatch[]>;
  /** Null without idempotence. */
  readonly idempotence: IdempotenceState | null;
  readonly partitioner: StickyPartitioner;
  /** Views of the metadata and the queues below. */
  readonly loads: PartitionLoads;

  /** Batches that wait to be sent, by slot, in order. */
  readonly queues: ProducerBatch[][];
  /** Slots with a queue that is not empty, ascending. */
  readonly active: number[];
  /** Slots with a batch under way, where one request at a time keeps the order. */
  readonly muted: boolean[];
  /** By node: the slot at which the next request begins to look for batches. */
  readonly drainFrom: number[];
  /** Nodes with data to send, of the present pass of the sender, and how many; scratch. */
  readonly readyNodes: number[];
  readyNodeCount: number;
  freeMemoryBytes: number;
  /** No batch expires before then. */
  nextExpiryUs: number;

  /** In order of their sending; those before `blockedFrom` are done. */
  readonly blocked: BlockedRecord[];
  blockedFrom: number;
  /** Records handed over by the application without an outcome yet. */
  pending: number;

  /** Records that the application made so far, whether they were sent by this process or not. */
  nextRecord: number;
  /** Next of the definition's `sends`. */
  nextSend: number;
  readonly workload: RandomStream;
  readonly partitionerRandom: RandomStream;
}

export function createProducerState(plan: ProducerPlan, context: HostContext): ProducerState {
  const { partitionCount } = plan;
  const core = createCore<readonly ProducerBatch[]>(plan, context);
  const queues: ProducerBatch[][] = Array.from({ length: partitionCount }, () => []);
  return {
    core,
    idempotence: plan.isIdempotent ? createIdempotence(partitionCount) : null,
    partitioner: createStickyPartitioner(plan.nodes.length),
    loads: {
      metadata: core.metadata,
      queues,
      isAdaptive: plan.producer.config.partitionerAdaptivePartitioningEnable,
      availabilityTimeoutUs: plan.availabilityTimeoutUs,
    },
    queues,
    active: [],
    muted: new Array<boolean>(partitionCount).fill(false),
    drainFrom: plan.nodes.map(() => 0),
    readyNodes: plan.nodes.map(() => -1),
    readyNodeCount: 0,
    freeMemoryBytes: plan.bufferMemory,
    nextExpiryUs: Number.MAX_SAFE_INTEGER,
    blocked: [],
    blockedFrom: 0,
    pending: 0,
    nextRecord: 0,
    nextSend: 0,
    workload: context.random('workload'),
    partitionerRandom: context.random('partitioner'),
  };
}

/** Records of the application without an outcome: what is left of them after settling is a liveness failure. */
export function producerPending(state: ProducerState): number {
  return state.pending;
}

/** Records that wait for metadata or memory. */
export function blockedCount(state: ProducerState): number {
  return state.blocked.length - state.blockedFrom;
}
