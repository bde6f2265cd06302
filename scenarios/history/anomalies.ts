/**
 * The anomalies that the checker knows, and which of them a client mode allows.
 *
 * All judge the history alone: where a record lies is known from the offsets that sends and polls returned. What the
 * checker cannot see: records that nobody polled before the history ends (the reason for the final drain), and the loss
 * of records that somebody had polled, unless others took their offsets.
 *
 * Source: jepsen-io/jepsen, jepsen/src/jepsen/tests/kafka.clj (allowed-error-types).
 * Differs from Jepsen: a value without a writer is an anomaly, where Jepsen's checker stops; G0 and G1c know no order of
 * time or process (G0-realtime and the like).
 */

/** Each anomaly with what it means, the most severe first. */
export const ANOMALIES = {
  'inconsistent-offsets': 'Two values were seen at one offset of a key.',
  'no-writer': 'A value was seen that no operation of the history sent.',
  G1a: 'A poll returned a value whose send had certainly failed.',
  'lost-write':
    'A send had its effect (ok, or info and one of its values was polled), a later record of its key was polled, but the value never was.',
  unseen: 'A value whose send was ok was never polled, to the end of the history.',
  duplicate: 'A value lies at several offsets of its key.',
  'precommitted-read': 'An operation polled a value that it sent itself.',
  'int-poll-skip': 'Within one operation, polls of a key passed over records between two others.',
  'int-nonmonotonic-poll':
    'Within one operation, polls of a key went back in its log, or returned a record again.',
  'int-send-skip': 'Within one operation, sends to a key have other records between them.',
  'int-nonmonotonic-send':
    'Within one operation, a later send to a key lies before an earlier one.',
  'poll-skip':
    'Between two operations of a process, its polls of a key passed over records that exist.',
  'nonmonotonic-poll':
    'Between two operations of a process, its polls of a key went back in its log, or returned a record again.',
  'nonmonotonic-send':
    'A process sent to a key what lies at or before what it had sent there by an earlier operation.',
  G0: 'Operations whose sends to several keys lie in orders that contradict each other: a cycle of write-write dependencies.',
  G1c: 'A cycle of write-write and write-read dependencies, with at least one write-read.',
} as const;

export type AnomalyName = keyof typeof ANOMALIES;

export const ANOMALY_NAMES = Object.keys(ANOMALIES) as readonly AnomalyName[];

/** How consumers come by their partitions: by themselves, or by their group. */
export type ClientMode = 'assign' | 'subscribe';

export const CLIENT_MODES: readonly ClientMode[] = ['assign', 'subscribe'];

/**
 * What is no fault of the system's, in the order of `ANOMALIES`.
 *
 * Transactions of Kafka do not keep their writes together, so writes of others lie in between (int-send-skip) and orders
 * cross (G0); with write-write dependencies in the graph these make cycles with reads, too (G1c). A group may
 * rebalance between two polls: its members then go on where the last commit was (poll-skip, nonmonotonic-poll).
 */
export function allowedAnomalies(mode: ClientMode, wwDependencies: boolean): AnomalyName[] {
  const allowed = new Set<AnomalyName>(['int-send-skip', 'G0']);
  if (mode === 'subscribe') allowed.add('poll-skip').add('nonmonotonic-poll');
  if (wwDependencies) allowed.add('G1c');
  return ANOMALY_NAMES.filter((name) => allowed.has(name));
}
