/**
 * Protocol rules that can be switched, each in one place of the code.
 *
 * The values here are those of the newest version; a switch set to anything else brings back the rule of an older
 * version, or takes a rule out altogether (a *mutation*: the lab must notice).
 */
export interface SwitchDefinition {
  readonly name: string;
  /** The first value is Kafka 4.1's. */
  readonly values: readonly string[];
  readonly description: string;
  /** KIP, JIRA or class that the rule comes from. */
  readonly source: string;
}

export const SWITCH_DEFINITIONS = [
  {
    name: 'produceAck',
    values: ['highWatermark', 'append'],
    description:
      'acks=all is answered when the high watermark passes the record, or wrongly at once',
    source: 'DelayedProduce, Partition.checkEnoughReplicasReachOffset',
  },
  {
    name: 'produceIsrCheck',
    values: ['on', 'off'],
    description: 'acks=all is refused while the ISR is smaller than min.insync.replicas',
    source: 'Partition.appendRecordsToLeader',
  },
  {
    name: 'truncation',
    values: ['on', 'off'],
    description: 'a follower cuts its log where it parts from the leader’s',
    source: 'KIP-101, KIP-279, KIP-595 (truncation on fetch)',
  },
  {
    name: 'leaderEpochFencing',
    values: ['on', 'off'],
    description: 'requests with another leader epoch than the replica’s are refused',
    source: 'KIP-320',
  },
  {
    name: 'hwSet',
    values: ['maximalIsr', 'committedIsr'],
    description: 'the high watermark waits for members that are being added to the ISR (B07)',
    source: 'KIP-497',
  },
  {
    name: 'votePersistence',
    values: ['on', 'off'],
    description: 'a vote is on disk before it is given',
    source: 'KIP-595, QuorumState',
  },
  {
    name: 'elr',
    values: ['on', 'off'],
    description: 'eligible leader replicas (B09)',
    source: 'KIP-966',
  },
  {
    name: 'isrBrokerEpoch',
    values: ['on', 'off'],
    description: 'an ISR change names the broker epochs of its members (B08)',
    source: 'KIP-903',
  },
  {
    name: 'isrEligibility',
    values: ['on', 'off'],
    description: 'fenced brokers and those shutting down may not join an ISR (B17)',
    source: 'KIP-841',
  },
  {
    name: 'isrJoin',
    values: ['epochStart', 'hwOnly'],
    description: 'a follower joins the ISR only at or past the start of the leader’s epoch (B06)',
    source: 'KAFKA-7128',
  },
  {
    name: 'isrPendingChange',
    values: ['replacedByMetadata', 'keptAtSameEpoch'],
    description:
      'metadata of the partition epoch that the leader has already wipe its pending ISR change, or leave it pending',
    source: 'Partition.makeLeader, updateAssignmentAndIsr; no JIRA known',
  },
  {
    name: 'hwMinIsrGate',
    values: ['on', 'off'],
    description:
      'the high watermark stands still while the ISR is smaller than min.insync.replicas',
    source: 'KIP-966 (3.7)',
  },
] as const satisfies readonly SwitchDefinition[];

export type SwitchName = (typeof SWITCH_DEFINITIONS)[number]['name'];

/** The value of every switch in one run. */
export type Switches = {
  readonly [
    Definition in (typeof SWITCH_DEFINITIONS)[number] as Definition['name']
  ]: Definition['values'][number];
};

/** Kafka 4.1's rules with some of them overridden. Throws on an unknown switch or value. */
export function resolveSwitches(overrides: Readonly<Record<string, string | boolean>>): Switches {
  const resolved: Record<string, string> = {};
  for (const definition of SWITCH_DEFINITIONS) resolved[definition.name] = definition.values[0];
  for (const [name, value] of Object.entries(overrides)) {
    const definition = SWITCH_DEFINITIONS.find((candidate) => candidate.name === name);
    if (definition === undefined) throw new Error(`there is no switch named ${name}`);
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
    if (!(definition.values as readonly string[]).includes(text)) {
      throw new Error(`switch ${name} is one of ${definition.values.join(', ')}, not ${text}`);
    }
    resolved[name] = text;
  }
  return resolved as Switches;
}
