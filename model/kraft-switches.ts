/**
 * Rules of KRaft clusters that changed between 3.3 and 4.1: the quorum, its controllers, and what brokers have to do with
 * them. Each was read in Kafka's source at 3.3.1, 3.5.1, 3.6.0, 3.7.0, 3.9.1, 4.0.0 and 4.1.1; where the lab models no
 * version between two of them, the source says which release brought the change.
 */
import type { SwitchDefinition } from './switch-definition.js';

/** Part of `SWITCH_DEFINITIONS`. */
export const KRAFT_SWITCHES = [
  {
    name: 'preVote',
    kind: 'rule',
    area: 'quorum',
    values: ['on', 'off'],
    description:
      'a voter asks whether it could win before it begins a new epoch; or begins one as soon as it hears of no leader',
    source: 'KIP-996, KafkaRaftClient',
    history: [{ before: '4.0', metadata: 'kraft', value: 'off' }],
  },
  {
    name: 'checkQuorum',
    kind: 'rule',
    area: 'quorum',
    values: ['on', 'off'],
    description:
      'a leader of the quorum resigns without fetches of a majority for one and a half fetch timeouts',
    source: 'KAFKA-15489 (3.7), LeaderState.timeUntilCheckQuorumExpires',
    history: [{ before: '3.9', metadata: 'kraft', value: 'off' }],
  },
  {
    name: 'electionBackoff',
    kind: 'rule',
    area: 'quorum',
    values: ['electionTimeout', 'exponential'],
    description:
      'a candidate that lost waits for the rest of its election timeout; or for a random time that doubles with each election in a row',
    source: 'KafkaRaftClient.binaryExponentialElectionBackoffMs (until 4.0)',
    history: [{ before: '4.1', metadata: 'kraft', value: 'exponential' }],
  },
  {
    name: 'leaderSearch',
    kind: 'rule',
    area: 'quorum',
    values: ['anyVoter', 'leaderOnly'],
    description:
      'voters that do not reach their leader ask the others, who hear of it again and again; or fetch from it alone, and hear of it until they have confirmed it',
    source:
      'KIP-853 (3.9), KafkaRaftClient.maybeSendFetchToBestNode, LeaderState.nonAcknowledgingVoters (until 3.8)',
    history: [{ before: '3.9', metadata: 'kraft', value: 'leaderOnly' }],
  },
  {
    name: 'metadataHighWatermark',
    kind: 'rule',
    area: 'quorum',
    values: ['pushed', 'atArrival', 'atTimeout'],
    description:
      'a higher high watermark of the metadata log answers the fetches that wait; or they end with the one from their arrival, or from their end',
    source: 'KIP-1166 (4.1), KafkaRaftClient.handleFetchRequest',
    history: [
      { before: '3.6', metadata: 'kraft', value: 'atTimeout' },
      { before: '4.1', metadata: 'kraft', value: 'atArrival' },
    ],
  },
  {
    name: 'brokerSessions',
    kind: 'rule',
    area: 'controller',
    values: ['tracked', 'unfencedOnly'],
    description:
      'a session lasts a timeout from the last heartbeat that came, and is looked at eight times in a timeout; or it ends with the fence, counts heartbeats when they are handled, and is looked at when it runs out',
    source:
      'BrokerHeartbeatTracker (4.0); BrokerHeartbeatManager.hasValidSession, findOneStaleBroker',
    history: [{ before: '4.0', metadata: 'kraft', value: 'unfencedOnly' }],
  },
  {
    name: 'reregistration',
    kind: 'rule',
    area: 'controller',
    values: ['amended', 'anew'],
    description:
      'an incarnation that registers again keeps its broker epoch and its fence; or gets a new epoch, fenced',
    source: 'ClusterControlManager.registerBroker (3.8)',
    history: [{ before: '3.9', metadata: 'kraft', value: 'anew' }],
  },
  {
    name: 'newIncarnation',
    kind: 'rule',
    area: 'controller',
    values: ['leavesIsr', 'unnoticed'],
    description:
      'a broker that registers as a new incarnation leaves the ISRs that it is still in (without ELR, or after a clean stop), or stays in them',
    source: 'ReplicationControlManager.handleBrokerShutdown (4.0)',
    history: [{ before: '4.0', metadata: 'kraft', value: 'unnoticed' }],
  },
  {
    name: 'controlledShutdownOffset',
    kind: 'rule',
    area: 'controller',
    values: ['first', 'latest'],
    description:
      'a broker that shuts down waits until all others know its first heartbeat’s metadata; or its latest one’s',
    source: 'BrokerHeartbeatManager.maybeUpdateControlledShutdownOffset (by 3.5)',
    history: [{ before: '3.5', metadata: 'kraft', value: 'latest' }],
  },
  {
    name: 'leaderEpochBump',
    kind: 'rule',
    area: 'controller',
    values: ['leaderChange', 'anyShrink'],
    description:
      'the leader epoch rises when the leader changes; or whenever a member leaves the ISR, too',
    source:
      'KAFKA-15021 (metadata.version 3.6), PartitionChangeBuilder.triggerLeaderEpochBumpIfNeeded',
    follows: 'protocol',
    history: [{ before: '3.6', metadata: 'kraft', value: 'anyShrink' }],
  },
  {
    name: 'uncleanElectionRetry',
    kind: 'rule',
    area: 'controller',
    values: ['periodic', 'never'],
    description:
      'where unclean elections are allowed they are tried again from time to time; or only when a broker comes or goes',
    source:
      'ReplicationControlManager.maybeElectUncleanLeaders (3.8), unclean.leader.election.interval.ms',
    history: [{ before: '3.9', metadata: 'kraft', value: 'never' }],
  },
  {
    name: 'periodicElections',
    kind: 'rule',
    area: 'controller',
    values: ['onGrid', 'onDemand'],
    description:
      'preferred and unclean elections are tried in every period since the controller became active; or one period after there was something to elect',
    source:
      'PeriodicTaskControlManager (4.0); QuorumController.maybeScheduleNextBalancePartitionLeaders',
    history: [{ before: '4.0', metadata: 'kraft', value: 'onDemand' }],
  },
  {
    name: 'lastKnownLeader',
    kind: 'rule',
    area: 'recovery',
    values: ['alive', 'unchecked'],
    description:
      'with ELR a partition goes back to its last known leader when that is alive; or whether it is or not',
    source: 'PartitionChangeBuilder.canElectLastKnownLeader (until 4.0)',
    history: [{ before: '4.1', metadata: 'kraft', value: 'unchecked' }],
  },
  {
    name: 'lifecycleRetry',
    kind: 'rule',
    area: 'controller',
    values: ['heartbeatInterval', 'exponential'],
    description:
      'a broker repeats a failed registration or heartbeat after a heartbeat interval; or after 100 ms, twice as long each time',
    source: 'BrokerLifecycleManager.scheduleNextCommunicationAfterFailure (4.0)',
    history: [{ before: '4.0', metadata: 'kraft', value: 'exponential' }],
  },
  {
    name: 'firstPublication',
    kind: 'rule',
    area: 'recovery',
    values: ['atHighWatermark', 'afterCatchUp'],
    description:
      'a starting broker takes up the roles that the metadata give it when it knows all that is committed; or when its registration is among that',
    source: 'BrokerServer.startup (MetadataLoader.installPublishers since 3.4)',
    history: [{ before: '3.5', metadata: 'kraft', value: 'afterCatchUp' }],
  },
  {
    name: 'fetchIncarnation',
    kind: 'rule',
    area: 'recovery',
    values: ['refused', 'counted'],
    description:
      'a fetch of an incarnation older than the registered one is refused; or counts as progress of the follower',
    source: 'KAFKA-15221 (3.7), Replica.updateFetchStateOrThrow',
    history: [
      { before: '3.9', value: 'counted' },
      { before: '4.0', metadata: 'zookeeper', value: 'counted' },
    ],
  },
  {
    name: 'hwCaughtUp',
    kind: 'rule',
    area: 'replication',
    values: ['eligible', 'any'],
    description:
      'the high watermark waits for caught-up followers outside the ISR that may join it; or for any of them',
    source: 'KAFKA-15021 (3.6), Partition.maybeIncrementLeaderHW',
    history: [{ before: '3.6', value: 'any' }],
  },
  {
    name: 'leaderHint',
    kind: 'rule',
    area: 'replication',
    values: ['on', 'off'],
    description: 'a broker that refuses a request because another one leads names that one',
    source: 'KIP-951 (3.7)',
    history: [{ before: '3.9', value: 'off' }],
  },
] as const satisfies readonly SwitchDefinition[];
