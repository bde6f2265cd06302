/** Kafka's configuration: the registry of keys, typed views of the modelled ones, and checks. */
export { zookeeperChroot } from './broker-zookeeper-keys.js';
export {
  DOUBLE_MAX,
  INT_MAX,
  LONG_MAX,
  type ConfigKey,
  type ConfigType,
  type ConfigValue,
  type ConfigValues,
} from './config-key.js';
export { brokenConfigRules, brokenProducerRules, type ConfigRuleBreach } from './config-rules.js';
export {
  hasConfigKey,
  keyWithoutEffect,
  valuesOfVersion,
  type ConfigScope,
} from './key-lifetimes.js';
export { didYouMean, editDistance, nearestName } from './nearest-name.js';
export {
  checkConfigEntry,
  configEntries,
  findConfigEntry,
  nearestConfigName,
  olderConfigEntries,
  type ConfigCheck,
  type ConfigEntry,
  type ConfigSet,
} from './registry.js';
export {
  brokerConfig,
  ConfigError,
  consumerConfig,
  producerConfig,
  topicConfig,
  type BrokerConfig,
  type ConsumerConfig,
  type ProducerConfig,
  type TopicConfig,
} from './views.js';
