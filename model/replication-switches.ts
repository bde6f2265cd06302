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
      'KIP-595 (2.7, with that inter.broker.protocol.version), KIP-101 (0.11), ReplicaManager.makeFollowers',
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
      'a follower leaves out batches of a newer epoch than that of its fetch, or appends whatever it gets',
    source: 'KAFKA-18723 (4.1), UnifiedLog.appendAsFollower',
    history: [{ before: '4.1', value: 'off' }],
  },
  {
    name: 'consumerValidation',
    kind: 'rule',
    area: 'consumer',
    values: ['on', 'off'],
    description:
      'a consumer checks its position against the leader’s epochs after each change of leader, or goes on from its offset (B05)',
    source: 'KIP-320 (2.3), OffsetsForLeaderEpochClient, SubscriptionState.maybeValidatePosition',
    history: [{ before: '2.3', value: 'off' }],
  },
] as const satisfies readonly SwitchDefinition[];
