/** Switches of clusters on ZooKeeper; a part of the list in `switches.ts`, which says what the fields mean. */
export const ZOOKEEPER_SWITCHES = [
  {
    name: 'zkWriteFencing',
    kind: 'rule',
    area: 'controller',
    values: ['on', 'off'],
    description:
      'every write of the controller to ZooKeeper checks that there is no newer controller (B14)',
    source: 'KAFKA-6082 (2.1), KafkaZkClient.wrapRequestWithControllerEpochCheck',
    history: [{ before: '2.3', value: 'off' }],
  },
  {
    name: 'controllerEpochFencing',
    kind: 'mutation',
    area: 'controller',
    values: ['on', 'off'],
    description:
      'a broker refuses what a controller with an older epoch tells it than one that it has listened to',
    source:
      'ReplicaManager.becomeLeaderOrFollower, stopReplicas, maybeUpdateMetadataCache (0.11.0.2, 2.6.1, 3.9.1)',
  },
  {
    name: 'zkSessionExpiry',
    kind: 'rule',
    area: 'controller',
    values: ['preempts', 'queued'],
    description:
      'a controller whose ZooKeeper session is over drops what it has to do, or does it first, in its new session (B14)',
    source: 'KAFKA-5642 (1.1), ControllerEventManager.clearAndPut; KAFKA-3083',
    history: [{ before: '1.1', value: 'queued' }],
  },
  {
    name: 'zkRequests',
    kind: 'rule',
    area: 'controller',
    values: ['pipelined', 'oneByOne'],
    description: 'the controller has ten requests to ZooKeeper in flight, or one',
    source: 'KAFKA-5642 (1.1), zookeeper.max.in.flight.requests',
    history: [{ before: '1.1', value: 'oneByOne' }],
  },
  {
    name: 'brokerGeneration',
    kind: 'rule',
    area: 'controller',
    values: ['on', 'off'],
    description:
      'the controller notices that a broker came back under another broker epoch, and brokers refuse what names an older epoch than theirs (B16)',
    source: 'KIP-380 (2.2), KafkaController.processBrokerChange, KafkaApis.isBrokerEpochStale',
    history: [{ before: '2.3', value: 'off' }],
  },
  {
    name: 'requestBrokerEpoch',
    kind: 'rule',
    area: 'controller',
    values: ['named', 'unnamed'],
    description:
      'the requests of a controller on ZooKeeper to brokers, and theirs for a controlled shutdown, name the broker epoch that they are about (B16)',
    source:
      'KIP-380 (2.2, with that inter.broker.protocol.version), ControllerBrokerRequestBatch, KafkaServer.controlledShutdown',
    follows: 'protocol',
    history: [{ before: '2.3', value: 'unnamed' }],
  },
  {
    name: 'failoverOfflineReplicas',
    kind: 'rule',
    area: 'controller',
    values: ['removed', 'kept'],
    description:
      'a new controller on ZooKeeper takes replicas of dead brokers out of the ISRs, or leaves them to the leaders',
    source: 'ReplicaStateMachine.startup (2.3.1 against 2.0.0)',
    history: [{ before: '2.3', value: 'kept' }],
  },
  {
    name: 'updateMetadataScope',
    kind: 'rule',
    area: 'controller',
    values: ['changed', 'everything'],
    description:
      'a change of brokers is told to brokers without the states of partitions, or with those of all',
    source: 'KAFKA-7537 (2.2), KafkaController.onBrokerStartup',
    history: [{ before: '2.3', value: 'everything' }],
  },
  {
    name: 'lastIsrMember',
    kind: 'rule',
    area: 'controller',
    values: ['kept', 'droppedIfUnclean'],
    description:
      'the last member of an ISR stays in it when it dies, or goes where unclean elections are allowed',
    source: 'KafkaController.removeReplicaFromIsr (0.10, 0.11), ReplicaStateMachine (1.1)',
    history: [{ before: '1.1', value: 'droppedIfUnclean' }],
  },
  {
    name: 'zkReassignment',
    kind: 'rule',
    area: 'controller',
    values: ['topicZnode', 'adminZnode'],
    description:
      'a reassignment under way is kept with the topic, and can be replaced or cancelled, or in /admin/reassign_partitions',
    source: 'KIP-455 (2.4), KafkaController.onPartitionReassignment (2.3.1 against 2.6.1)',
    history: [{ before: '2.6', value: 'adminZnode' }],
  },
] as const;
