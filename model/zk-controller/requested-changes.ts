/**
 * Leaders that are moved on purpose: preferred elections (processReplicaLeaderElection, checkAndTriggerAutoLeaderRebalance)
 * and brokers that shut down (doControlledShutdown).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import {
  ControlledShutdownResponse,
  ElectLeadersResponse,
  type PartitionErrorEntry,
} from '../rpc/index.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import {
  PREFERRED_REPLICA_ELECTION_PATH,
  PreferredReplicaElectionZnode,
} from '../zookeeper/znodes.js';
import {
  assignmentOf,
  brokerOf,
  electedPartitions,
  knownPartitions,
  leadershipIn,
  partitionsOnBroker,
} from './controller-context.js';
import { canPreferredReplicaLead } from './election.js';
import { electSteps } from './partition-state-machine.js';
import { reply } from './reply.js';
import { pushSteps, type ControllerEvent, type Step, type ZkControllerState } from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** `leader.imbalance.per.broker.percentage`, whose default no registry of the lab has any more. */
const LEADER_IMBALANCE_PER_BROKER = 0.1;

/** Preferred leaders of brokers more than a tenth of whose partitions others lead, where they can lead; none while replicas are moved. */
export function rebalanceSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
): Step[] {
  const { context } = controller;
  const steps: Step[] = [];
  if (context.targets.some((target) => target !== null)) return steps;
  for (const { id } of definition.brokers) {
    const own = knownPartitions(context).filter(
      (partition) => assignmentOf(context, partition)[0] === id,
    );
    const ledByOthers = own.filter((partition) => {
      const leadership = leadershipIn(context, partition);
      return leadership !== null && leadership.leader !== id;
    });
    if (ledByOthers.length <= LEADER_IMBALANCE_PER_BROKER * own.length) continue;
    const partitions = ledByOthers.filter((partition) =>
      canPreferredReplicaLead(context, partition, context.leadership[partition]!),
    );
    steps.push(...electSteps(definition, 'preferred', partitions), { type: 'Send' });
  }
  return steps;
}

/** Elections that an operator asks for; null stands for all partitions. */
export function electLeadersSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  event: ControllerEvent & { readonly type: 'ElectLeaders' },
): Step[] {
  const { context } = controller;
  const asked = event.request.partitions ?? knownPartitions(context);
  const refused: PartitionErrorEntry[] = [];
  const electable: number[] = [];
  for (const partition of asked) {
    const leadership = context.leadership[partition] ?? null;
    if (leadership === null) {
      refused.push({ partition, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
    } else if (leadership.leader === assignmentOf(context, partition)[0]) {
      refused.push({ partition, error: ErrorCode.ELECTION_NOT_NEEDED });
    } else electable.push(partition);
  }
  return [
    ...electSteps(definition, 'preferred', electable),
    { type: 'Send' },
    { type: 'AnswerElectLeaders', event, refused },
  ];
}

/** Differs from Kafka: the answer does not wait until this broker's own metadata shows the new leaders. */
export function finishAnswerElectLeaders(
  controller: ZkControllerState,
  step: StepOf<'AnswerElectLeaders'>,
  context: HostContext,
): void {
  const { connection, request } = step.event;
  const results = [...(controller.current?.outcomes ?? []), ...step.refused];
  const { correlationId } = request;
  reply(connection, new ElectLeadersResponse(correlationId, ErrorCode.NONE, results), context);
}

export function beginReadPreferredElection(): ZkOperation[] {
  return [{ type: 'getData', path: PREFERRED_REPLICA_ELECTION_PATH, watch: true }];
}

/** Elections that a tool asks for in ZooKeeper (kafka-preferred-replica-election before 2.4); the znode goes with them. */
export function finishReadPreferredElection(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  results: readonly ZkResult[],
): void {
  const { code, data } = results[0]!;
  if (code !== 'OK' || !(data instanceof PreferredReplicaElectionZnode)) return;
  const { context } = controller;
  const partitions = data.partitions.filter((partition) => {
    const leadership = leadershipIn(context, partition);
    return leadership !== null && leadership.leader !== assignmentOf(context, partition)[0];
  });
  pushSteps(
    controller,
    ...electSteps(definition, 'preferred', partitions),
    { type: 'Send' },
    { type: 'DeletePaths', paths: [PREFERRED_REPLICA_ELECTION_PATH] },
    { type: 'WatchPreferredElection' },
  );
}

/**
 * A broker is about to stop: others lead what it leads, and it leaves the ISRs of what it follows. Partitions that it
 * is the only replica of, or whose ISR has no other member, stay with it.
 */
export function controlledShutdownSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  event: ControllerEvent & { readonly type: 'ControlledShutdown' },
  context: HostContext,
): Step[] {
  const cluster = controller.context;
  const { brokerId, brokerEpoch, correlationId } = event.request;
  const broker = brokerOf(cluster, brokerId);
  let error: number = ErrorCode.NONE;
  if (broker === undefined) error = ErrorCode.BROKER_NOT_AVAILABLE;
  else if (brokerEpoch >= 0 && brokerEpoch < broker.epoch) error = ErrorCode.STALE_BROKER_EPOCH;
  if (error !== ErrorCode.NONE) {
    reply(event.connection, new ControlledShutdownResponse(correlationId, error, []), context);
    return [];
  }
  if (!cluster.shuttingDown.includes(brokerId)) cluster.shuttingDown.push(brokerId);
  const affected = partitionsOnBroker(cluster, brokerId).filter(
    (partition) =>
      assignmentOf(cluster, partition).length > 1 && leadershipIn(cluster, partition) !== null,
  );
  const isLed = (partition: number): boolean => cluster.leadership[partition]!.leader === brokerId;
  const followed = affected.filter((partition) => !isLed(partition));
  const led = affected.filter(isLed);
  const group = { broker: brokerId, partitions: followed };
  const steps: Step[] = [];
  if (led.length > 0) {
    steps.push(...electSteps(definition, 'controlledShutdown', led), { type: 'Send' });
  }
  if (followed.length > 0) {
    steps.push(
      { type: 'StopReplicas', group, deletes: false },
      { type: 'Send' },
      { type: 'OfflineReplicas', replicas: [group] },
    );
  }
  return [...steps, { type: 'AnswerControlledShutdown', event }];
}

export function finishAnswerControlledShutdown(
  controller: ZkControllerState,
  step: StepOf<'AnswerControlledShutdown'>,
  context: HostContext,
): void {
  const cluster = controller.context;
  const { connection, request } = step.event;
  const remaining = electedPartitions(cluster).filter(
    (partition) =>
      cluster.leadership[partition]!.leader === request.brokerId &&
      assignmentOf(cluster, partition).length > 1,
  );
  reply(
    connection,
    new ControlledShutdownResponse(request.correlationId, ErrorCode.NONE, remaining),
    context,
  );
}
