/** What a switch is; `switches.ts` has them all. */
import type { KafkaVersion, MetadataMode } from './versions.js';

/** A switch: its name, what it is about, its values and where the rule comes from. */
export interface SwitchDefinition {
  readonly name: string;
  readonly kind: 'rule' | 'mutation';
  /** The part of the cluster that it is about. */
  readonly area:
    'replication' | 'controller' | 'quorum' | 'recovery' | 'producer' | 'consumer' | 'client';
  /** The first value is Kafka 4.1's. */
  readonly values: readonly string[];
  readonly description: string;
  /** KIP, JIRA or class that the rule comes from. */
  readonly source: string;
  /**
   * What decides in a cluster where the two differ, during a rolling upgrade: the version that brokers speak to each other
   * (`inter.broker.protocol.version`, in KRaft mode the features that are finalized), or that of the program (not given).
   */
  readonly follows?: 'protocol';
  /** What the rule was in older versions, oldest first: the first entry that fits holds. */
  readonly history?: readonly OlderRule[];
}

/** An older rule: the last version that the lab models before the rule changed is one before `before`. */
export interface OlderRule {
  /** The first version modelled that has the next rule. */
  readonly before: KafkaVersion;
  /** Where the rule depends on the mode; else it holds in both. */
  readonly metadata?: MetadataMode;
  readonly value: string;
}
