/**
 * How large an input may be. Every limit is checked before the work that it bounds, and an error
 * names the limit.
 */

/** Bytes of a scenario file. */
export const SCENARIO_BYTES_MAX = 1_048_576;
/** Bytes of a properties file. */
export const PROPERTIES_BYTES_MAX = 1_048_576;
/** Bytes of the output of `kafka-topics.sh --describe`. */
export const TOPICS_DESCRIPTION_BYTES_MAX = 67_108_864;

/** YAML aliases that may be resolved: a small file must not unfold into a large value. */
export const YAML_ALIASES_MAX = 100;

export const BROKERS_MAX = 1000;
export const CONTROLLERS_MAX = 99;
/** Clusters beside the scenario's own on its ensemble. */
export const NEIGHBOURS_MAX = 9;
export const TOPICS_MAX = 10_000;
/** Replicas of all partitions together. */
export const REPLICAS_MAX = 300_000;
/** Producers and consumers, counted out. */
export const CLIENTS_MAX = 10_000;
/** Listed faults, and listed sends of a producer. */
export const FAULTS_MAX = 10_000;
export const SENDS_MAX = 100_000;
/** Highest node id: Kafka has 32-bit ids, the lab small ones. */
export const NODE_ID_MAX = 1_000_000;

/** Longest duration: 100 years. In microseconds it still is an exact integer. */
export const DURATION_US_MAX = 36_525 * 86_400_000_000;
/** Longest `run.for` and `run.settle`: 366 days. */
export const RUN_US_MAX = 366 * 86_400_000_000;
/** Largest size: 1 PiB. */
export const SIZE_BYTES_MAX = 1_125_899_906_842_624;
/** Highest rate, per second. */
export const RATE_PER_SECOND_MAX = 1_000_000;
/** Highest probability that a packet is lost. */
export const LOSS_MAX = 0.99;
/** Largest record value. */
export const VALUE_BYTES_MAX = 104_857_600;
