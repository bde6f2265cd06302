/**
 * The words of the scenario language: verbs, kinds of failure, marks, RPCs, and those
 * that the language has and the lab does not model yet.
 */
import type { FailureKind, FaultVerb, RandomFaultVerb } from './plan.js';

/** Every fault verb that can be run, in the order in which lists show them. */
export const FAULT_VERBS = [
  'crash',
  'power-loss',
  'stop',
  'pause',
  'partition',
  'block',
  'slow-link',
  'lossy-link',
  'reset-connections',
  'slow-disk',
  'fill-disk',
  'fail-disk',
  'lose-disk',
  'clock-jump',
  'expire-session',
  'rack-outage',
  'rack-power-loss',
  'rolling-restart',
  'upgrade',
  'elect-leaders',
  'reassign',
  'hold',
  'release',
] as const satisfies readonly FaultVerb[];

/** What each verb does, for `list faults` and for editors. */
export const FAULT_VERB_STORIES: Readonly<Record<FaultVerb, string>> = {
  crash: 'the process dies; its page cache survives',
  'power-loss': 'the host loses power: what was not flushed may be gone',
  stop: 'controlled shutdown',
  pause: 'the process stands still (a long GC pause, a frozen VM), then goes on',
  partition: 'groups of hosts do not hear one another',
  block: 'one way: what one host sends to another does not arrive',
  'slow-link': 'messages between hosts take longer',
  'lossy-link': 'packets between hosts get lost and are sent again',
  'reset-connections': 'open connections break; requests in flight fail',
  'slow-disk': 'disk operations take longer',
  'fill-disk': 'the disk is full: writes fail',
  'fail-disk': 'every disk operation fails',
  'lose-disk': 'the host goes down and comes back with an empty disk',
  'clock-jump': "a host's clock jumps",
  'expire-session': "ZooKeeper ends a broker's session although the broker lives",
  'rack-outage': 'every host of a rack crashes; page caches survive',
  'rack-power-loss': 'every host of a rack loses power',
  'rolling-restart': 'hosts are restarted one after the other',
  upgrade:
    'hosts are restarted one after the other into a newer version, then the protocol is raised',
  'elect-leaders': 'leader election, preferred or unclean, as the operator starts it',
  reassign: 'a partition gets other replicas, as the operator starts it',
  hold: 'messages of one kind are kept back',
  release: 'messages kept back by a hold go on their way',
};

/** Verbs of the language that this release refuses. */
export const REFUSED_FAULT_VERBS = [
  'corrupt',
  'clock-drift',
  'create-partitions',
  'alter-config',
  'delete-records',
  'delete-topic',
  'add-broker',
  'remove-broker',
] as const;

/** Verbs that random faults may draw where they are given a weight. */
export const WEIGHTED_FAULT_VERBS = FAULT_VERBS.filter(
  (verb): verb is RandomFaultVerb => verb !== 'hold' && verb !== 'release' && verb !== 'upgrade',
);

/** Verbs that only clusters on ZooKeeper have. */
export const ZOOKEEPER_VERBS: readonly FaultVerb[] = ['expire-session'];

/**
 * Verbs that random faults draw unless they are told which, in any cluster: all but what moves data for good. On
 * ZooKeeper `ZOOKEEPER_VERBS` come to them.
 */
export const RANDOM_FAULT_VERBS: readonly RandomFaultVerb[] = WEIGHTED_FAULT_VERBS.filter(
  (verb) => verb !== 'reassign' && !ZOOKEEPER_VERBS.includes(verb),
);

/** Verbs that strike a rack: they need racks in the cluster. */
export const RACK_VERBS: readonly FaultVerb[] = ['rack-outage', 'rack-power-loss'];

/** Verbs that happen at once and leave nothing that could last. */
export const INSTANT_VERBS: readonly FaultVerb[] = [
  'reset-connections',
  'clock-jump',
  'expire-session',
  'rolling-restart',
  'upgrade',
  'elect-leaders',
  'reassign',
  'release',
];

/** Kinds of `failures`. */
export const FAILURE_KINDS = [
  'broker-crash',
  'broker-power-loss',
  'broker-stop',
  'disk-loss',
  'controller-crash',
  'zookeeper-crash',
  'rack-outage',
  'rack-power-loss',
  'cluster-outage',
  'network-partition',
  'gray',
] as const satisfies readonly FailureKind[];

/**
 * Moments that `when` can wait for, with what each is about: a partition (`of orders-0`), a
 * broker (`of broker 1`), a controller (`of controller 2`), or nothing.
 */
export const MARKS = {
  'log-appended': 'partition',
  'high-watermark-advanced': 'partition',
  'follower-truncated': 'partition',
  'leader-elected': 'partition',
  'unclean-leader-elected': 'partition',
  'isr-shrunk': 'partition',
  'isr-expanded': 'partition',
  'produce-acknowledged': 'partition',
  'broker-registered': 'broker',
  'broker-fenced': 'broker',
  'broker-unfenced': 'broker',
  'controller-elected': 'controller',
  'warm-up-ended': 'nothing',
} as const;

/** A moment that `when` can wait for. */
export type MarkName = keyof typeof MARKS;

/** APIs whose messages a `hold` can keep back, as Kafka's protocol names them. */
export const RPC_NAMES = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetForLeaderEpoch',
  'InitProducerId',
  'AlterPartition',
  'BrokerRegistration',
  'BrokerHeartbeat',
  'Vote',
  'BeginQuorumEpoch',
  'EndQuorumEpoch',
  'LeaderAndIsr',
  'UpdateMetadata',
  'StopReplica',
  'ControlledShutdown',
] as const;

/** Versions of Kafka in the language; the lab models those of `KAFKA_VERSIONS`. */
export const NAMED_KAFKA_VERSIONS = [
  '0.10',
  '0.11',
  '1.0',
  '1.1',
  '2.0',
  '2.1',
  '2.2',
  '2.3',
  '2.4',
  '2.5',
  '2.6',
  '2.7',
  '2.8',
  '3.0',
  '3.1',
  '3.2',
  '3.3',
  '3.4',
  '3.5',
  '3.6',
  '3.7',
  '3.8',
  '3.9',
  '3.9-zk',
  '4.0',
  '4.1',
] as const;
