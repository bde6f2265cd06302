/** How many partitions and replicas a topic has, and where. */
import type { ConfigValues } from '../../model/config/config-key.js';
import { brokerConfig } from '../../model/config/views.js';
import { normalConfig } from './normal-config.js';
import type { TopicPlan } from './plan.js';
import type { Scenario } from './schema.js';

type TopicInput = NonNullable<Scenario['topics']>[number];

/** `replicas` gives both counts; else what the topic says; else the cluster's defaults. */
export function resolveTopic(topic: TopicInput, clusterConfig: ConfigValues): TopicPlan {
  const defaults = brokerConfig(clusterConfig);
  const partitions = topic.replicas?.length ?? topic.partitions ?? defaults.numPartitions;
  const replicationFactor =
    topic.replicas?.[0]?.length ?? topic['replication-factor'] ?? defaults.defaultReplicationFactor;
  return {
    name: topic.name,
    partitions,
    replicationFactor,
    replicas: topic.replicas ?? null,
    config: normalConfig('topic', topic.config),
  };
}
