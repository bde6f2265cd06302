/** The steps of the controller's events: what each asks ZooKeeper, and what it makes of the answers. */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { ZkClientState } from '../zookeeper/client.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import * as brokers from './broker-change.js';
import * as election from './controller-election.js';
import * as failover from './failover.js';
import * as isr from './isr-changes.js';
import * as partitions from './partition-state-machine.js';
import * as reassignment from './reassignment.js';
import * as replicas from './replica-state-machine.js';
import { addStopReplica, sendMetadata, sendRequests } from './request-batch.js';
import * as requested from './requested-changes.js';
import type { Step, ZkControllerState } from './state.js';
import * as topics from './topic-change.js';
import * as submitted from './znode-reassignment.js';

/** What a step asks ZooKeeper for; nothing where it is done without. */
export function beginStep(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: Step,
): readonly ZkOperation[] {
  switch (step.type) {
    case 'WatchController':
      return election.beginWatchController();
    case 'ReadController':
    case 'VerifyClaim':
    case 'VerifyController':
      return election.beginReadController();
    case 'ReadEpoch':
    case 'VerifyEpoch':
    case 'ReadEpochUnfenced':
      return election.beginReadEpoch();
    case 'CreateEpoch':
      return election.beginCreateEpoch();
    case 'Claim':
      return election.beginClaim(controller, step);
    case 'CreateController':
      return election.beginCreateController(controller);
    case 'RaiseEpoch':
      return election.beginRaiseEpoch(step);
    case 'DeleteController':
      return election.beginDeleteController();
    case 'WatchPreferredElection':
      return failover.beginWatchPreferredElection();
    case 'DropNotifications':
      return failover.beginDropNotifications();
    case 'DeletePaths':
      return step.paths.map((path) => ({ type: 'delete', path, version: -1 }));
    case 'CreatePaths':
      return step.paths.map((path) => ({ type: 'create', path, data: null, ephemeral: false }));
    case 'ReadStates':
      return failover.beginReadStates(definition, controller, step);
    case 'ReadBrokerIds':
      return brokers.beginReadBrokerIds();
    case 'ReadBrokers':
      return brokers.beginReadBrokers(step);
    case 'ReadTopics':
      return topics.beginReadTopics();
    case 'ReadAssignments':
      return topics.beginReadAssignments(definition, step);
    case 'WriteInitial':
      return partitions.beginWriteInitial(definition, step);
    case 'Elect':
      return partitions.readStates(definition, controller, step.partitions);
    case 'RemoveFromIsr':
      return partitions.readStates(definition, controller, step.group.partitions);
    case 'WriteElected':
    case 'WriteRemoved':
    case 'WriteIsr':
      return partitions.writeStates(definition, step.updates);
    case 'ReadNotifications':
      return isr.beginReadNotifications();
    case 'ReadNotified':
      return isr.beginReadNotified(step);
    case 'ReadPreferredElection':
      return requested.beginReadPreferredElection();
    default:
      return beginReassignmentStep(definition, controller, step);
  }
}

/** Steps that are about reassignments. */
function beginReassignmentStep(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: Step,
): readonly ZkOperation[] {
  switch (step.type) {
    case 'WriteAssignment':
      return reassignment.beginWriteAssignment(definition, controller, step);
    case 'CheckReassigned':
      return reassignment.beginCheckReassigned(definition, controller, step);
    case 'RaiseLeaderEpoch':
      return partitions.readStates(definition, controller, [step.partition]);
    case 'WriteRaised':
      return partitions.writeStates(definition, [step.update]);
    case 'WatchReassignments':
      return submitted.beginWatchReassignments(definition);
    case 'ReadReassignments':
      return submitted.beginReadReassignments(definition);
    case 'WriteReassignments':
      return submitted.beginWriteReassignments(controller);
    case 'SubmitReassignments':
      return submitted.beginSubmitReassignments(step);
    default:
      return [];
  }
}

/** Does what a step is for, with the answers to what it asked. */
export function finishStep(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  step: Step,
  results: readonly ZkResult[],
  context: HostContext,
): void {
  switch (step.type) {
    case 'ReadController':
      return election.finishReadController(definition, controller, results, context);
    case 'Compete':
      return election.finishCompete(definition, controller);
    case 'ReadEpoch':
      return election.finishReadEpoch(controller, results);
    case 'CreateEpoch':
      return election.finishCreateEpoch(controller, results);
    case 'Claim':
      return election.finishClaim(controller, step, results);
    case 'VerifyClaim':
      return election.finishVerifyClaim(controller, step, results);
    case 'VerifyEpoch':
      return election.finishVerifyEpoch(controller, step, results);
    case 'CreateController':
      return election.finishCreateController(controller, results);
    case 'VerifyController':
      return election.finishVerifyController(controller, zk, results);
    case 'ReadEpochUnfenced':
      return election.finishReadEpochUnfenced(controller, results);
    case 'RaiseEpoch':
      return election.finishRaiseEpoch(definition, controller, step, results, context);
    case 'DropNotifications':
      return failover.finishDropNotifications(controller, results);
    case 'ReadStates':
      return failover.finishReadStates(controller, step, results);
    case 'StartReplicas':
      return failover.finishStartReplicas(definition, controller);
    case 'StartPartitions':
      return failover.finishStartPartitions(controller);
    case 'Ready':
      return failover.finishReady(definition, controller, context);
    case 'ReadBrokerIds':
      return brokers.finishReadBrokerIds(controller, step, results);
    case 'ReadBrokers':
      return brokers.finishReadBrokers(definition, controller, step, results);
    case 'AddBrokers':
      return brokers.finishAddBrokers(controller, step);
    case 'RemoveBrokers':
      return brokers.finishRemoveBrokers(controller, step, context);
    case 'BrokerStartup':
      return brokers.finishBrokerStartup(definition, controller, step, context);
    case 'BrokerFailure':
      return brokers.finishBrokerFailure(controller, step);
    case 'ReplicasOffline':
      return brokers.finishReplicasOffline(controller, step);
    case 'ReadTopics':
      return topics.finishReadTopics(definition, controller, step, results);
    case 'ReadAssignments':
      return topics.finishReadAssignments(definition, controller, step, results);
    case 'CreatePartitions':
      return topics.finishCreatePartitions(controller, step);
    default:
      return finishPartitionStep(definition, controller, step, results, context);
  }
}

/** Steps that are about partitions. */
function finishPartitionStep(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: Step,
  results: readonly ZkResult[],
  context: HostContext,
): void {
  switch (step.type) {
    case 'TriggerOnline':
      return partitions.finishTriggerOnline(definition, controller, step);
    case 'WriteInitial':
      return partitions.finishWriteInitial(controller, step, results, context);
    case 'Elect':
      return partitions.finishElect(definition, controller, step, results, context);
    case 'WriteElected':
      return partitions.finishWriteElected(controller, step, results);
    case 'OnlineReplicas':
      return replicas.finishOnlineReplicas(controller, step);
    case 'OfflineReplicas':
      return replicas.finishOfflineReplicas(definition, controller, step);
    case 'RemoveFromIsr':
      return replicas.finishRemoveFromIsr(definition, controller, step, results);
    case 'WriteRemoved':
      return replicas.finishWriteRemoved(controller, step, results);
    case 'StopReplicas':
      for (const partition of step.group.partitions) {
        addStopReplica(definition, controller, step.group.broker, partition, step.deletes);
      }
      return;
    case 'Send':
      return sendRequests(definition, controller, context);
    case 'UpdateMetadata':
      return sendMetadata(definition, controller, step.brokers, step.partitions, context);
    case 'ReadNotifications':
      return isr.finishReadNotifications(controller, results);
    case 'ReadNotified':
      return isr.finishReadNotified(controller, step, results);
    case 'WriteIsr':
      return isr.finishWriteIsr(controller, step, results);
    case 'AnswerAlterPartition':
      return isr.finishAnswerAlterPartition(controller, step, context);
    case 'ReadPreferredElection':
      return requested.finishReadPreferredElection(definition, controller, results);
    case 'AnswerElectLeaders':
      return requested.finishAnswerElectLeaders(controller, step, context);
    case 'AnswerControlledShutdown':
      return requested.finishAnswerControlledShutdown(controller, step, context);
    default:
      finishReassignmentStep(definition, controller, step, results, context);
  }
}

/** Steps that are about reassignments. */
function finishReassignmentStep(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: Step,
  results: readonly ZkResult[],
  context: HostContext,
): void {
  switch (step.type) {
    case 'Reassign':
      return reassignment.finishReassign(controller, step);
    case 'SetAssignment':
      return reassignment.finishSetAssignment(controller, step);
    case 'BeginReassignment':
      return reassignment.finishBeginReassignment(controller, step);
    case 'CheckReassigned':
      return reassignment.finishCheckReassigned(definition, controller, step, results);
    case 'NewReplica':
      return replicas.finishNewReplica(controller, step);
    case 'RaiseLeaderEpoch':
      return reassignment.finishRaiseLeaderEpoch(controller, step, results);
    case 'WriteRaised':
      return reassignment.finishWriteRaised(controller, step, results);
    case 'MoveReassignedLeader':
      return reassignment.finishMoveReassignedLeader(definition, controller, step);
    case 'EndReassignment':
      return reassignment.finishEndReassignment(definition, controller, step);
    case 'ResumeReassignments':
      return reassignment.finishResumeReassignments(definition, controller, step);
    case 'AnswerReassignments':
      return reassignment.finishAnswerReassignments(step, context);
    case 'ReadReassignments':
      return submitted.finishReadReassignments(controller, step, results);
    case 'TriggerReassignments':
      return submitted.finishTriggerReassignments(controller, step);
    case 'WriteReassignments':
      return submitted.finishWriteReassignments(controller, results);
    case 'SubmitReassignments':
      return submitted.finishSubmitReassignments(step, results, context);
    // The others only set a watch, or write what may be there already.
    default:
  }
}
