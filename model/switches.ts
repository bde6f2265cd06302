/**
 * Protocol rules that can be switched, each in one place of the code.
 *
 * The first value is the newest version's rule; a switch set to anything else brings back the rule of an older version
 * (`rule`), or puts a mistake into the protocol that no release of Kafka has as a whole (`mutation`): one that an
 * implementation could well make, and that the lab must notice. `docs/mutations.md` says how soon it does.
 *
 * A version of Kafka is a preset of the rules: `history` says until which version a rule was another one, and `follows`
 * whether that is the version of the program or of the protocol that brokers speak, where a rolling upgrade sets them apart.
 */
import { CLIENT_SWITCH_DEFINITIONS } from './client/switches.js';
import { KRAFT_SWITCHES } from './kraft-switches.js';
import { REPLICATION_SWITCHES } from './replication-switches.js';
import type { SwitchDefinition } from './switch-definition.js';
import { isBefore, NEWEST_VERSION, type KafkaVersion, type MetadataMode } from './versions.js';
import { ZOOKEEPER_SWITCHES } from './zookeeper-switches.js';

export type { OlderRule, SwitchDefinition } from './switch-definition.js';

/** Every switch there is; a scenario names those that it sets under `switches`. */
export const SWITCH_DEFINITIONS = [
  {
    name: 'produceAck',
    kind: 'mutation',
    area: 'replication',
    values: ['highWatermark', 'append'],
    description:
      'acks=all is answered when the high watermark passes the record, or wrongly at once',
    source: 'DelayedProduce, Partition.checkEnoughReplicasReachOffset',
  },
  {
    name: 'produceIsrCheck',
    kind: 'mutation',
    area: 'replication',
    values: ['on', 'off'],
    description: 'acks=all is refused while the ISR is smaller than min.insync.replicas',
    source: 'Partition.appendRecordsToLeader',
  },
  {
    name: 'truncation',
    kind: 'mutation',
    area: 'replication',
    values: ['on', 'off'],
    description: 'a follower cuts its log where it parts from the leader’s',
    source: 'KIP-101, KIP-279, KIP-595 (truncation on fetch)',
  },
  {
    name: 'leaderEpochFencing',
    kind: 'mutation',
    area: 'replication',
    values: ['on', 'off'],
    description: 'requests with another leader epoch than the replica’s are refused',
    source: 'KIP-320',
  },
  {
    name: 'hwSet',
    kind: 'mutation',
    area: 'replication',
    values: ['maximalIsr', 'committedIsr'],
    description: 'the high watermark waits for members that are being added to the ISR (B07)',
    source: 'KIP-497',
  },
  {
    name: 'votePersistence',
    kind: 'mutation',
    area: 'quorum',
    values: ['on', 'off'],
    description: 'a vote is on disk before it is given',
    source: 'KIP-595, QuorumState',
  },
  {
    name: 'elr',
    kind: 'rule',
    area: 'recovery',
    values: ['on', 'off'],
    description: 'eligible leader replicas (B09)',
    source: 'KIP-966; eligible.leader.replicas.version, by default 1 since 4.1',
    follows: 'protocol',
    history: [{ before: '4.1', value: 'off' }],
  },
  {
    name: 'isrBrokerEpoch',
    kind: 'rule',
    area: 'recovery',
    values: ['on', 'off'],
    description: 'an ISR change names the broker epochs of its members (B08)',
    source: 'KIP-903 (Fetch v15, metadata.version 3.5)',
    follows: 'protocol',
    history: [
      { before: '3.5', value: 'off' },
      { before: '4.0', metadata: 'zookeeper', value: 'off' },
    ],
  },
  {
    name: 'isrEligibility',
    kind: 'rule',
    area: 'controller',
    values: ['on', 'off'],
    description: 'fenced brokers and those shutting down may not join an ISR (B17)',
    source: 'KIP-841',
    history: [{ before: '3.3', value: 'off' }],
  },
  ...ZOOKEEPER_SWITCHES,
  {
    name: 'isrJoin',
    kind: 'rule',
    area: 'replication',
    values: ['epochStart', 'hwOnly'],
    description: 'a follower joins the ISR only at or past the start of the leader’s epoch (B06)',
    source: 'KAFKA-7128',
    history: [{ before: '2.3', value: 'hwOnly' }],
  },
  {
    name: 'isrPendingChange',
    kind: 'rule',
    area: 'replication',
    values: ['replacedByMetadata', 'keptAtSameEpoch'],
    description:
      'metadata of the partition epoch that the leader has already wipe its pending ISR change, or leave it pending',
    source: 'Partition.makeLeader, updateAssignmentAndIsr; no JIRA known',
  },
  {
    name: 'reelectedLeader',
    kind: 'rule',
    area: 'replication',
    values: ['keepsFollowers', 'forgetsAfterGap'],
    description:
      'a leader that hears of a later leader epoch of its own keeps what it knew of its followers’ logs, or forgets it where it missed epochs between, in which another may have led',
    source: 'Partition.makeLeader, Replica.resetReplicaState (2.3.1, 4.1.1); no JIRA known',
  },
  {
    name: 'reassignmentCompletion',
    kind: 'rule',
    area: 'controller',
    values: ['targetInSync', 'addedInSync'],
    description:
      'a reassignment is complete once all replicas of the target are in the ISR, or once those that it adds are',
    source: 'KAFKA-15665 (3.8)',
    history: [{ before: '3.9', metadata: 'kraft', value: 'addedInSync' }],
  },
  {
    name: 'hwMinIsrGate',
    kind: 'rule',
    area: 'replication',
    values: ['on', 'off'],
    description:
      'the high watermark stands still while the ISR is smaller than min.insync.replicas',
    source: 'KIP-966 (3.7)',
    history: [{ before: '3.9', value: 'off' }],
  },
  {
    name: 'hwQuorum',
    kind: 'mutation',
    area: 'replication',
    values: ['wholeIsr', 'majority'],
    description:
      'the high watermark waits for every member of the ISR, or wrongly for more than half of it, as a Raft log would',
    source:
      'Partition.maybeIncrementLeaderHW; Kafka documentation, "Replicated Logs: Quorums, ISRs, and State Machines"',
  },
  {
    name: 'followerProgress',
    kind: 'mutation',
    area: 'replication',
    values: ['fetched', 'sent'],
    description:
      'a follower has what it fetches on from, or wrongly all that it is about to be sent',
    source: 'Replica.updateFetchStateOrThrow; KIP-392',
  },
  {
    name: 'divergingFetch',
    kind: 'mutation',
    area: 'replication',
    values: ['refused', 'counted'],
    description: 'a fetch of a log that parts from the leader’s is no progress of the follower',
    source: 'Partition.fetchRecords (KIP-595)',
  },
  {
    name: 'newLeaderFollowers',
    kind: 'mutation',
    area: 'replication',
    values: ['unknown', 'assumedCaughtUp'],
    description:
      'a new leader knows nothing of its followers’ logs, or wrongly takes members of the ISR for caught up',
    source: 'Partition.makeLeader, Replica.resetReplicaState',
  },
  {
    name: 'isrShrink',
    kind: 'mutation',
    area: 'replication',
    values: ['committed', 'atOnce'],
    description:
      'the high watermark waits for a member until the controller has taken it out of the ISR',
    source: 'KIP-497, Partition.maybeShrinkIsr',
  },
  {
    name: 'produceResign',
    kind: 'mutation',
    area: 'replication',
    values: ['refused', 'acknowledged'],
    description: 'acks=all requests that wait while the leadership is lost are refused',
    source: 'ReplicaManager.applyLocalFollowersDelta, DelayedProduce',
  },
  {
    name: 'produceTimeout',
    kind: 'mutation',
    area: 'replication',
    values: ['refused', 'acknowledged'],
    description: 'acks=all requests whose timeout passes are refused',
    source: 'DelayedProduce.onExpiration',
  },
  {
    name: 'consumerRead',
    kind: 'mutation',
    area: 'consumer',
    values: ['highWatermark', 'logEnd'],
    description:
      'consumers read below the high watermark, or wrongly up to the end of the leader’s log',
    source: 'Partition.readRecords, FetchIsolation',
  },
  {
    name: 'alterPartitionFencing',
    kind: 'mutation',
    area: 'controller',
    values: ['on', 'off'],
    description: 'an ISR change of an earlier leader or partition epoch is refused',
    source: 'ReplicationControlManager.validateAlterPartitionData; KIP-497',
  },
  {
    name: 'controllerReply',
    kind: 'mutation',
    area: 'controller',
    values: ['committed', 'atOnce'],
    description: 'the controller answers when its decision is committed, or wrongly at once',
    source: 'QuorumController.ControllerWriteEvent, DeferredEventQueue; KIP-631',
  },
  {
    name: 'uncleanElection',
    kind: 'mutation',
    area: 'controller',
    values: ['asConfigured', 'always'],
    description:
      'without a live member of ISR and ELR nobody is elected unless unclean.leader.election.enable says so',
    source: 'PartitionChangeBuilder; KIP-106',
  },
  {
    name: 'uncleanRestart',
    kind: 'mutation',
    area: 'recovery',
    values: ['detected', 'ignored'],
    description: 'a broker that comes back without a clean shutdown leaves ISR and ELR',
    source: 'KIP-966, ClusterControlManager.registerBroker',
  },
  {
    name: 'highWatermarkLoad',
    kind: 'mutation',
    area: 'recovery',
    values: ['checkpoint', 'logEnd'],
    description:
      'a replica starts from its checkpointed high watermark, or wrongly from the end of its log',
    source: 'Partition.createLog, ReplicaManager.checkpointHighWatermarks',
  },
  {
    name: 'metadataCommit',
    kind: 'mutation',
    area: 'quorum',
    values: ['majority', 'leaderAlone'],
    description: 'metadata are committed when a majority of the voters has flushed them',
    source: 'LeaderState.maybeUpdateHighWatermark; KIP-595',
  },
  {
    name: 'metadataFlush',
    kind: 'mutation',
    area: 'quorum',
    values: ['beforeFetch', 'off'],
    description: 'a voter flushes what it got before it fetches on from there',
    source: 'KafkaRaftClient.appendAsFollower; KIP-595',
  },
  {
    name: 'metadataApply',
    kind: 'mutation',
    area: 'quorum',
    values: ['committed', 'received'],
    description:
      'nodes apply metadata below the high watermark, or wrongly all that they have received',
    source: 'KafkaRaftClient.updateFollowerHighWatermark, MetadataLoader',
  },
  {
    name: 'metadataDivergence',
    kind: 'mutation',
    area: 'quorum',
    values: ['checked', 'unchecked'],
    description: 'a leader of the quorum says where the log of who fetches parts from its own',
    source: 'KafkaRaftClient.validateFetchOffsetAndEpoch; KIP-595',
  },
  {
    name: 'voteLogCheck',
    kind: 'mutation',
    area: 'quorum',
    values: ['on', 'off'],
    description: 'a vote goes to candidates whose log is at least as long',
    source: 'UnattachedState.canGrantVote; KIP-595',
  },
  {
    name: 'voteOnce',
    kind: 'mutation',
    area: 'quorum',
    values: ['on', 'off'],
    description: 'a voter gives one vote in an epoch',
    source: 'UnattachedState.canGrantVote; KIP-595',
  },
  {
    name: 'sequenceCheck',
    kind: 'mutation',
    area: 'producer',
    values: ['on', 'off'],
    description: 'a leader appends each batch of an idempotent producer once and in order',
    source: 'ProducerAppendInfo; KIP-98',
  },
  {
    name: 'producerFailover',
    kind: 'mutation',
    area: 'producer',
    values: ['kept', 'forgotten'],
    description: 'a new leader knows the sequence numbers of producers from its log',
    source: 'ProducerStateManager; KIP-98',
  },
  {
    name: 'producerRetry',
    kind: 'mutation',
    area: 'producer',
    values: ['sameSequence', 'newSequence'],
    description:
      'a batch of an idempotent producer keeps its sequence number when it is sent again',
    source: 'Sender.reenqueueBatch, TransactionManager; KIP-98',
  },
  ...REPLICATION_SWITCHES,
  ...KRAFT_SWITCHES,
  ...CLIENT_SWITCH_DEFINITIONS,
] as const satisfies readonly SwitchDefinition[];

/** A switch as scenarios and `resolveSwitches` name it. */
export type SwitchName = (typeof SWITCH_DEFINITIONS)[number]['name'];

/** The value of every switch in one run. */
export type Switches = {
  readonly [
    Definition in (typeof SWITCH_DEFINITIONS)[number] as Definition['name']
  ]: Definition['values'][number];
};

/**
 * The rules of a version of Kafka with some of them overridden. Throws on an unknown switch or value.
 *
 * @param protocol the version whose rules hold where they follow the protocol (`SwitchDefinition.follows`): an older one
 *   than the program's in the middle of a rolling upgrade.
 */
export function resolveSwitches(
  overrides: Readonly<Record<string, string | boolean>>,
  version: KafkaVersion = NEWEST_VERSION,
  metadata: MetadataMode = 'kraft',
  protocol: KafkaVersion = version,
): Switches {
  const resolved: Record<string, string> = {};
  for (const definition of SWITCH_DEFINITIONS)
    resolved[definition.name] = ruleOf(definition, version, metadata, protocol);
  for (const [name, value] of Object.entries(overrides)) {
    const definition = SWITCH_DEFINITIONS.find((candidate) => candidate.name === name);
    if (definition === undefined) throw new Error(`there is no switch named ${name}`);
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
    if (!(definition.values as readonly string[]).includes(text)) {
      throw new Error(`switch ${name} is one of ${definition.values.join(', ')}, not ${text}`);
    }
    resolved[name] = text;
  }
  return resolved as Switches;
}

/** The value of a switch in a version of Kafka whose brokers speak the protocol of this one, or an older one. */
export function ruleOf(
  definition: SwitchDefinition,
  version: KafkaVersion,
  metadata: MetadataMode,
  protocol: KafkaVersion = version,
): string {
  const ruling = definition.follows === 'protocol' ? protocol : version;
  const older = definition.history?.find(
    (rule) =>
      isBefore(ruling, rule.before) && (rule.metadata === undefined || rule.metadata === metadata),
  );
  return older?.value ?? definition.values[0]!;
}
