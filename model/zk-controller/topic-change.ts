/**
 * Topics that appear, and topics that get partitions (KafkaController.processTopicChange, processPartitionModifications,
 * onNewPartitionCreation). Deletion of topics is left out.
 */
import type { ClusterDefinition } from '../definition.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import { parseTopic, topicPath, TOPICS_PATH, TopicZnode } from '../zookeeper/znodes.js';
import { addPartition, isKnown, isTopicKnown } from './controller-context.js';
import { takeReassignment } from './reassignment-assignments.js';
import { NOBODY, pushSteps, type Step, type ZkControllerState } from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** Reads which topics there are, and watches it. */
export function beginReadTopics(): ZkOperation[] {
  return [{ type: 'getChildren', path: TOPICS_PATH, watch: true }];
}

export function finishReadTopics(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'ReadTopics'>,
  results: readonly ZkResult[],
): void {
  const topics = (results[0]?.children ?? [])
    .map((name) => parseTopic(definition, name))
    .filter((topic) => topic >= 0 && !isTopicKnown(definition, controller.context, topic));
  topics.sort((a, b) => a - b);
  pushSteps(controller, { type: 'ReadAssignments', purpose: step.purpose, topics });
}

export function beginReadAssignments(
  definition: ClusterDefinition,
  step: StepOf<'ReadAssignments'>,
): ZkOperation[] {
  return step.topics.map((topic) => ({
    type: 'getData',
    path: topicPath(definition, topic),
    watch: true,
  }));
}

/** Takes in partitions that are not known yet; outside of a fail-over they are created at once. */
export function finishReadAssignments(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'ReadAssignments'>,
  results: readonly ZkResult[],
): void {
  const added: number[] = [];
  for (const { code, data } of results) {
    if (code !== 'OK' || !(data instanceof TopicZnode)) continue;
    const { firstPartition, partitionCount } = definition.topics[data.topic]!;
    for (const [number, replicas] of data.replicas.entries()) {
      const partition = firstPartition + number;
      if (number >= partitionCount || isKnown(controller.context, partition)) continue;
      addPartition(controller.context, partition, replicas);
      const adding = data.adding[number] ?? NOBODY;
      const removing = data.removing[number] ?? NOBODY;
      takeReassignment(controller.context, partition, { replicas, adding, removing });
      added.push(partition);
    }
  }
  if (step.purpose === 'change' && added.length > 0) {
    pushSteps(controller, { type: 'CreatePartitions', partitions: added });
  }
}

/** New partitions: their replicas are new, they get a leader, their replicas are online (onNewPartitionCreation). */
export function finishCreatePartitions(
  controller: ZkControllerState,
  step: StepOf<'CreatePartitions'>,
): void {
  const { context } = controller;
  for (const partition of step.partitions) {
    context.partitionStates[partition] = 'New';
    context.replicaStates[partition]!.fill('Online');
  }
  pushSteps(controller, { type: 'TriggerOnline', partitions: step.partitions });
}
