import type { KafkaVersion } from '../../model/index.js';

/** What a server runs in the course of a rolling upgrade: plain data. */
export interface Release {
  /** The version of the program. */
  readonly kafka: KafkaVersion;
  /**
   * `inter.broker.protocol.version` of the process. In KRaft mode what holds while no features are finalized, which is the
   * scenario's version throughout: the cluster's features are in the metadata log.
   */
  readonly protocol: KafkaVersion;
}
