/** Whether a breach is a bug, or what the user was warned of: the assumptions of each invariant. */
import {
  ruleOf,
  SWITCH_DEFINITIONS,
  type ClusterDefinition,
  type SwitchName,
  type TopicDefinition,
} from '../../model/index.js';
import type { InvariantId } from '../language/invariants.js';
import { inMs, type Breach } from './breach.js';
import type { Circumstances } from './circumstances.js';

export type Verdict =
  | { readonly kind: 'violation' }
  /** `broken`: the assumption that did not hold. */
  | { readonly kind: 'expected'; readonly broken: string };

/** Says how an assumption was broken, or null where it held. */
type Assumption = (
  breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
) => string | null;

/** RF >= 3, 2 <= min.insync.replicas < RF, no unclean elections. Switches are what is tested: they excuse nothing. */
function safeTopic(
  breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  const topic = topicOf(breach, definition);
  if (topic === null) return null;
  const { name, config } = topic;
  const fewest = circumstances.fewestReplicas(breach.partitionIndex);
  const replicationFactor = Math.min(topic.replicationFactor, fewest);
  const minIsr = Math.min(config.minInsyncReplicas, replicationFactor);
  if (config.uncleanLeaderElectionEnable) return `${name} has unclean.leader.election.enable=true`;
  if (replicationFactor < 3) return `${name} has a replication factor of ${replicationFactor}`;
  if (minIsr < 2) return `${name} has min.insync.replicas=${minIsr}`;
  if (minIsr >= replicationFactor)
    return `${name} has min.insync.replicas=${minIsr} of ${replicationFactor} replicas`;
  return null;
}

/**
 * Of losses of power and disks at most min.insync.replicas - 1 at a time; without ELR none of the last member of an ISR,
 * and without broker epochs none while an ISR expansion names the broker.
 */
function lossyBudget(breach: Breach, circumstances: Circumstances): string | null {
  return breach.partitionIndex < 0 ? null : circumstances.exceeded(breach.partitionIndex);
}

/**
 * On ZooKeeper no lossy broker came back into an ISR that it had never left, the controller not knowing. Where it leads, it goes
 * on in its leader epoch with other records at offsets that others have: followers cannot tell them apart, and count; or
 * they are sent a batch that begins below their log's end, and fetch no more until the next leader epoch (Partition.
 * appendRecordsToFollower, AbstractFetcherThread.markPartitionFailed).
 */
function lossesNoticed(breach: Breach, circumstances: Circumstances): string | null {
  return circumstances.unnoticed(breach.partitionIndex);
}

/**
 * No leader let metadata of the partition epoch that it had already wipe its pending ISR expansion: until the expansion's
 * own record comes, its high watermark then passes a member that the controllers may elect. Kafka 4.1's
 * Partition.makeLeader does so; the switch `isrPendingChange=keptAtSameEpoch` takes the hole away.
 */
function pendingIsrKept(breach: Breach, circumstances: Circumstances): string | null {
  if (
    breach.partitionIndex < 0 ||
    !circumstances.wasMarked('pending-isr-change-wiped', breach.partitionIndex)
  )
    return null;
  return 'metadata of an equal partition epoch wiped a pending ISR expansion, as Kafka lets it (isrPendingChange)';
}

/**
 * No leader took up an epoch of its own past epochs that it had missed and in which another led: it keeps what it knew of its
 * followers' logs, although they may have cut them for the other, and its high watermark passes what they do not have.
 * Kafka's Partition.makeLeader does so to this day; the switch `reelectedLeader=forgetsAfterGap` takes the hole away.
 */
function noLeaderMissed(breach: Breach, circumstances: Circumstances): string | null {
  if (breach.partitionIndex < 0 || !circumstances.leaderMissed(breach.partitionIndex)) return null;
  return 'a leader was elected again without having heard of the one between, and kept what it knew of its followers, as Kafka lets it (reelectedLeader)';
}

/**
 * No leader on ZooKeeper lost its session while it changed its ISR: from 1.1 to 2.6 the request fails then, done or not, and the
 * leader goes on with the ISR from before; alone in it, it commits by itself what the one that has joined does not have
 * (KafkaZkClient.conditionalUpdatePath and Partition.updateIsr at 2.3.1).
 */
function isrAnswered(breach: Breach, circumstances: Circumstances): string | null {
  if (
    breach.partitionIndex < 0 ||
    !circumstances.wasMarked('isr-update-error', breach.partitionIndex)
  )
    return null;
  return 'a leader lost its session while it changed the ISR in ZooKeeper, and went on with the one from before, as Kafka lets it from 1.1 to 2.6';
}

/**
 * No broker registered a second time in one incarnation and so got a broker epoch that it does not know: its heartbeats are
 * stale for good, nobody fences it in time, and it comes back with its next start only. Controllers did so until 3.7
 * (ClusterControlManager.registerBroker; switch `reregistration`).
 */
function registrationAmended(
  breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  const fenced = breach.evidence['fenced'] as readonly number[] | undefined;
  return circumstances.registeredAnew(fenced ?? definition.brokers.map(({ id }) => id));
}

/**
 * No broker registered as a new incarnation in the moments in which its session was over and it was not fenced yet: before 4.0
 * the registration fences it and leaves it in its ISRs (ClusterControlManager.registerBroker at 3.5.1, 3.9.1; switch
 * `newIncarnation`).
 */
function incarnationsLeft(
  { evidence }: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  if (presetOf('newIncarnation', definition) === 'leavesIsr') return null;
  return circumstances.replacedUnfenced((evidence['fenced'] ?? []) as readonly number[]);
}

/**
 * No broker waits in controlled shutdown for metadata that are always newer than what the others have told: before 3.5
 * each of its heartbeats set the mark anew, and it stops when its own timeout ends (switch `controlledShutdownOffset`).
 */
function shutdownsEnd(
  _breach: Breach,
  circumstances: Circumstances,
  { brokers, switches }: ClusterDefinition,
): string | null {
  if (switches.controlledShutdownOffset === 'first') return null;
  const waiting = brokers.find(({ id }) => circumstances.isShuttingDown(id));
  return waiting === undefined
    ? null
    : `broker ${waiting.id} is in controlled shutdown, and the metadata offset that the others must reach moves on with each of its heartbeats`;
}

/**
 * No ISR change was answered INVALID_UPDATE_VERSION to a leader on ZooKeeper: it leaves the change pending until it hears of
 * its partition, and hears of it only when the controller raises the leader epoch (Partition.handleAlterIsrError at 2.8.1).
 * A controller answers so where ZooKeeper's answer to its write was lost, and the write done (KafkaZkClient.updateLeaderAndIsr).
 */
function isrAnswersCame(
  _breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  const partition = circumstances.leftPending;
  if (partition < 0) return null;
  const { name } = definition.partition(partition);
  return `the leader of ${name} was told INVALID_UPDATE_VERSION, and leaves its ISR as it is until the next leader epoch, as on ZooKeeper since 2.7`;
}

/**
 * No controller on ZooKeeper takes a partition for new whose state is there: it created it, the answer was lost, and the
 * second attempt finds it. The partition has no leader in its eyes until another controller comes
 * (PartitionStateMachine.initializeLeaderAndIsrForPartitions, logFailedStateChange; read at 0.11.0.2 and 3.9.1).
 */
function partitionsBegan(
  _breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  const partition = circumstances.heldForNew;
  if (partition < 0) return null;
  return `the controller takes ${definition.partition(partition).name} for new since it could not create what it had created, and tells nobody to lead it`;
}

/**
 * No follower found its log to go on past its leader's end: before 2.1 it ends its broker's process then, each time that it
 * starts, until an operator lets it cut its log (ReplicaFetcherThread.handleOffsetOutOfRange at 2.0.0). So it does where the
 * leader lost its disk, or its log to a loss of power.
 */
function followersRun(
  _breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  if (presetOf('followerOutOfRange', definition) === 'truncate') return null;
  const halted = definition.partitions.find(({ index }) => circumstances.haltedAtUs(index) >= 0);
  if (halted === undefined) return null;
  const { index, name } = halted;
  return `at ${inMs(circumstances.haltedAtUs(index))} a follower of ${name} ended its process since its log went on past its leader's, as Kafka lets it before 2.1 (followerOutOfRange)`;
}

/** No fenced broker joined an ISR: before KIP-841 (3.3; switch `isrEligibility`) leaders take them in again. */
function onlyActiveJoined(breach: Breach, circumstances: Circumstances): string | null {
  const { partitionIndex } = breach;
  if (partitionIndex < 0 || !circumstances.wasMarked('inactive-replica-joined', partitionIndex))
    return null;
  return 'a broker joined the ISR that was fenced or shutting down, as Kafka lets it before 3.3 (isrEligibility)';
}

/** Every voter of the quorum kept its disk. */
function quorumDisks(_breach: Breach, circumstances: Circumstances): string | null {
  return circumstances.quorumDiskLost;
}

/**
 * Lost disks of voters did not take committed metadata or votes with them: after that nothing may come back. Topics are
 * gone, and nodes that saw another leader of the same epoch end each time they hear of this one.
 */
function quorumRemembers(_breach: Breach, circumstances: Circumstances): string | null {
  return circumstances.quorumForgot;
}

function acksAll(breach: Breach): string | null {
  const acks = breach.evidence['acks'];
  return acks === 'all' ? null : `the producer asked for acks=${String(acks)}`;
}

function oneIdempotentSession(
  breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  const producer = definition.producers[breach.evidence['producer'] as number]!;
  if (!producer.config.enableIdempotence)
    return `producer ${producer.id} has enable.idempotence=false`;
  if (circumstances.producerRestarted(producer.index))
    return `producer ${producer.id} was started more than once`;
  const sessions = breach.evidence['sessions'] as readonly string[];
  return sessions.length > 1
    ? `producer ${producer.id} raised its epoch (producer ids and epochs ${sessions.join(', ')}), and sequences tell no copies across epochs (KIP-360)`
    : null;
}

/** What a switch is in the version that the scenario is about, whatever the scenario sets it to. */
function presetOf(name: SwitchName, { plane }: ClusterDefinition): string {
  const definition = SWITCH_DEFINITIONS.find((one) => one.name === name)!;
  return ruleOf(definition, plane.kafka, plane.mode);
}

/** Before 2.1 fetches carry no leader epoch: nothing fences a replica of another one (KIP-320). */
function fencesLeaderEpochs(
  { evidence }: Breach,
  _circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  const isOfFetches = 'batchLeaderEpoch' in evidence || 'followerEpoch' in evidence;
  if (!isOfFetches || presetOf('fetchEpochFencing', definition) === 'on') return null;
  return `Kafka ${definition.plane.kafka} fences no leader epochs in fetches (KIP-320)`;
}

/** On ZooKeeper, and before 3.5, ISR changes name no broker epochs (KIP-903). */
function fencesIncarnations(
  { evidence }: Breach,
  _circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  if (!('askedBrokerEpoch' in evidence) || evidence['askedBrokerEpoch'] === -1) return null;
  if (presetOf('isrBrokerEpoch', definition) === 'on') return null;
  return `Kafka ${definition.plane.kafka} changes ISRs without broker epochs (KIP-903)`;
}

/** Consumers look, since 2.3, whether the log was cut below their position; an `auto.offset.reset` of latest passes over by itself. */
function goesBackAfterCuts(
  { evidence }: Breach,
  _circumstances: Circumstances,
  definition: ClusterDefinition,
): string | null {
  if (!('passedOver' in evidence)) return null;
  if (presetOf('consumerValidation', definition) !== 'on')
    return `consumers of Kafka ${definition.plane.kafka} do not hold their positions against leader epochs (KIP-320)`;
  const reader = definition.consumers.find(({ id }) => id === evidence['consumer']);
  if (reader?.config.autoOffsetReset === 'earliest') return null;
  return `consumer ${String(evidence['consumer'])} has auto.offset.reset=${String(reader?.config.autoOffsetReset)}`;
}

/** Only where the breach is about the cluster as a whole: a leader's own high watermark never falls. */
function unlessWithinEpoch(assumption: Assumption): Assumption {
  return (breach, circumstances, definition) =>
    breach.evidence['withinEpoch'] === true ? null : assumption(breach, circumstances, definition);
}

/** SAFE and Budget L of the semantics, but for the producer's own settings. */
const SAFE: readonly Assumption[] = [
  quorumDisks,
  safeTopic,
  lossyBudget,
  pendingIsrKept,
  noLeaderMissed,
  isrAnswered,
];

const ASSUMPTIONS: Readonly<Record<InvariantId, readonly Assumption[]>> = {
  I1: [acksAll, ...SAFE],
  I2: SAFE,
  I3: SAFE,
  I4: SAFE,
  I5: SAFE,
  I6: [quorumDisks, ...SAFE.map(unlessWithinEpoch)],
  I7: [quorumDisks],
  I8: [quorumDisks, registrationAmended, incarnationsLeft, onlyActiveJoined],
  I10: [oneIdempotentSession, ...SAFE],
  I12: [goesBackAfterCuts, ...SAFE],
  I16: [
    quorumRemembers,
    registrationAmended,
    shutdownsEnd,
    isrAnswersCame,
    partitionsBegan,
    followersRun,
    lossesNoticed,
  ],
  I22: [quorumDisks, lossesNoticed],
  I23: [quorumDisks, fencesLeaderEpochs, fencesIncarnations],
  I24: [quorumDisks],
};

/**
 * A breach is a violation where every assumption of its invariant held: the configuration, and the faults that
 * happened so far. Judge it when it is found.
 */
export function judge(
  breach: Breach,
  circumstances: Circumstances,
  definition: ClusterDefinition,
): Verdict {
  for (const assumption of ASSUMPTIONS[breach.invariant]) {
    const broken = assumption(breach, circumstances, definition);
    if (broken !== null) return { kind: 'expected', broken };
  }
  return { kind: 'violation' };
}

function topicOf(breach: Breach, definition: ClusterDefinition): TopicDefinition | null {
  return breach.partitionIndex < 0 ? null : definition.partition(breach.partitionIndex).topic;
}
