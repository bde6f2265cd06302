/**
 * Rules of replication that changed between 0.10 and 4.1: how followers cut their logs, what requests carry, who joins an
 * ISR. Each was read in Kafka's source at the tags named in docs/rules.md.
 */
import type { SwitchDefinition } from './switch-definition.js';

/** Part of `SWITCH_DEFINITIONS`. */
export const REPLICATION_SWITCHES = [
  {
    name: 'truncate',
    kind: 'rule',
    area: 'replication',
    values: ['fetch', 'epochRequest', 'hw'],
    description:
      'a follower of a new leader learns where to cut its log from its fetches, from an answer to OffsetForLeaderEpoch, or cuts it to its own high watermark (B01, B02)',
    source:
      'AbstractFetcherThread.isTruncationOnFetchSupported (KIP-595, 2.8), KIP-101 (0.11), ReplicaManager.makeFollowers',
    follows: 'protocol',
    history: [
      { before: '0.11', value: 'hw' },
      { before: '2.8', value: 'epochRequest' },
    ],
  },
  {
    name: 'epochReply',
    kind: 'rule',
    area: 'replication',
    values: ['epochAndOffset', 'offsetOnly'],
    description:
      'the answer to OffsetForLeaderEpoch says of which epoch the end is, or only where it is (B03)',
    source:
      'KIP-279 (2.0, OffsetForLeaderEpoch v1), AbstractFetcherThread.getOffsetTruncationState',
    follows: 'protocol',
    history: [{ before: '2.0', value: 'offsetOnly' }],
  },
  {
    name: 'epochLookup',
    kind: 'rule',
    area: 'replication',
    values: ['startOfFirst', 'undefined'],
    description:
      'an epoch older than all that a log knows ends where the first of them begins, or is not defined, so that the follower cuts its log to its high watermark',
    source: 'LeaderEpochFileCache.endOffsetFor (2.0.0 and 2.3.1)',
    history: [{ before: '2.3', value: 'undefined' }],
  },
  {
    name: 'fetchEpochFencing',
    kind: 'rule',
    area: 'replication',
    values: ['on', 'off'],
    description:
      'fetches and epoch requests carry the leader epoch, so that other epochs refuse them, or carry none (B04)',
    source: 'KIP-320 (2.1, Fetch v9 and OffsetForLeaderEpoch v2), ReplicaFetcherThread',
    follows: 'protocol',
    history: [{ before: '2.3', value: 'off' }],
  },
  {
    name: 'followerRestart',
    kind: 'rule',
    area: 'replication',
    values: ['newEpoch', 'newLeader'],
    description:
      'a follower starts over, and cuts its log, with each leader epoch, or only when another broker leads',
    source: 'KIP-320 (2.1), Partition.makeFollower',
    history: [{ before: '2.3', value: 'newLeader' }],
  },
  {
    name: 'leaderEpochStart',
    kind: 'rule',
    area: 'replication',
    values: ['onElection', 'firstAppend'],
    description:
      'a leader notes the start of its epoch when it is elected, or with the first record that it appends',
    source: 'KAFKA-7415 (2.0.1), Partition.makeLeader',
    history: [{ before: '2.3', value: 'firstAppend' }],
  },
  {
    name: 'isrUpdate',
    kind: 'rule',
    area: 'replication',
    values: ['alterPartition', 'compareAndSet'],
    description:
      'leaders ask the controller for another ISR, or write it to ZooKeeper themselves under the version that they know',
    source:
      'KIP-497 (2.7, with that inter.broker.protocol.version), ReplicationUtils.updateLeaderAndIsr',
    follows: 'protocol',
    history: [{ before: '2.8', metadata: 'zookeeper', value: 'compareAndSet' }],
  },
  {
    name: 'followerOutOfRange',
    kind: 'rule',
    area: 'replication',
    values: ['truncate', 'halt'],
    description:
      'a follower whose log goes on past its leader’s end cuts it there, or ends its broker’s process unless unclean elections are on',
    source:
      'ReplicaFetcherThread.handleOffsetOutOfRange (2.0.0), AbstractFetcherThread.fetchOffsetAndTruncate (2.3.1)',
    history: [{ before: '2.3', value: 'halt' }],
  },
  {
    name: 'latestOffset',
    kind: 'rule',
    area: 'replication',
    values: ['afterEpochStart', 'highWatermark'],
    description:
      'a leader whose high watermark has not reached the start of its epoch says that it does not know the latest offset, or answers with its high watermark',
    source: 'KIP-207 (2.2), Partition.fetchOffsetForTimestamp',
    history: [{ before: '2.3', value: 'highWatermark' }],
  },
  {
    name: 'stopReplicaEpoch',
    kind: 'rule',
    area: 'replication',
    values: ['sameOrNewer', 'newerOnly'],
    description:
      'a broker stops a replica where the controller names its leader epoch, or only where it names a newer one',
    source: 'ReplicaManager.stopReplicas (2.6.1, 3.3.1, 3.5.1)',
    history: [{ before: '3.5', metadata: 'zookeeper', value: 'newerOnly' }],
  },
  {
    name: 'isrLag',
    kind: 'rule',
    area: 'replication',
    values: ['logEndOrTime', 'timeOnly'],
    description:
      'a member of the ISR that has everything is in sync however long ago it fetched, or must have fetched within replica.lag.time.max.ms, too',
    source: 'KAFKA-7152 (2.1), Partition.getOutOfSyncReplicas',
    history: [{ before: '2.3', value: 'timeOnly' }],
  },
  {
    name: 'minIsrCap',
    kind: 'rule',
    area: 'replication',
    values: ['replicas', 'uncapped'],
    description: 'min.insync.replicas counts as no more than there are replicas, or as it stands',
    source: 'KAFKA-15583 (3.7), Partition.effectiveMinIsr',
    history: [{ before: '3.9', value: 'uncapped' }],
  },
  {
    name: 'fetchedEpochCheck',
    kind: 'rule',
    area: 'replication',
    values: ['on', 'off'],
    description:
      'a follower discards replies to fetches of another leader epoch, and batches of a newer one than that of its fetch, or appends whatever comes for the offset that it asked for',
    source:
      'KAFKA-18723 (3.9.1 and 4.1.0, not 4.0.0), AbstractFetcherThread.processFetchRequest, UnifiedLog.appendAsFollower',
    history: [
      { before: '3.9', value: 'off' },
      { before: '4.0', value: 'on' },
      { before: '4.1', value: 'off' },
    ],
  },
  {
    name: 'unknownProducer',
    kind: 'rule',
    area: 'producer',
    values: ['anySequence', 'sequenceZero'],
    description:
      'a leader takes the first batch of a producer that its log does not know whatever its sequence number, or only number 0',
    source: 'KIP-360 (2.5), ProducerAppendInfo.checkSequence',
    history: [{ before: '2.6', value: 'sequenceZero' }],
  },
  {
    name: 'consumerValidation',
    kind: 'rule',
    area: 'consumer',
    values: ['on', 'off', 'strict'],
    description:
      'a consumer checks its position against the leader’s epochs after each change of leader, or goes on from its offset (B05); strict: it also starts anew where the leader does not know its epoch, which Kafka leaves out (SubscriptionState.maybeCompleteValidation compares end offsets)',
    source: 'KIP-320 (2.3), OffsetsForLeaderEpochClient, SubscriptionState.maybeValidatePosition',
    history: [{ before: '2.3', value: 'off' }],
  },
] as const satisfies readonly SwitchDefinition[];
