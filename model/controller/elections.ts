/** Elections that nobody's coming or going causes: asked for, or from time to time (ReplicationControlManager). */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { NO_LEADER, type PartitionRegistration } from '../metadata/partition-registration.js';
import type { MetadataRecord } from '../metadata/records.js';
import {
  ElectLeadersResponse,
  type ElectLeadersRequest,
  type ManualElection,
} from '../rpc/index.js';
import type { ControllerState } from './controller-state.js';
import { decided, type Decision } from './decision.js';
import { electionOf, isUncleanElectionEnabled } from './leader-and-isr.js';
import { buildPartitionChange, type ElectionType } from './partition-change.js';

/** A periodic run elects at most so many leaders (MAX_ELECTIONS_PER_IMBALANCE). */
export const MAX_ELECTIONS_PER_RUN = 1000;

/** Elections by hand, of the given partitions or of all. */
export function decideElectLeaders(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: ElectLeadersRequest,
): Decision {
  const records: MetadataRecord[] = [];
  const results: { readonly partition: number; readonly error: number }[] = [];
  const all = request.partitions === null;
  const partitions = request.partitions ?? definition.partitions.map(({ index }) => index);
  for (const index of partitions) {
    const partition = controller.partitions[index] ?? null;
    if (partition === null) {
      if (!all) results.push({ partition: index, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
      continue;
    }
    const { electionType } = request;
    const error = electByHand(definition, controller, partition, electionType, records);
    // Asked for all, Kafka leaves out those that need no election.
    if (!all || error !== ErrorCode.ELECTION_NOT_NEEDED) results.push({ partition: index, error });
  }
  return decided(records, new ElectLeadersResponse(request.correlationId, ErrorCode.NONE, results));
}

/** An unclean election is for what has no leader; whoever asks for it by hand need not ask `unclean.leader.election.enable`. */
function electByHand(
  definition: ClusterDefinition,
  controller: ControllerState,
  partition: PartitionRegistration,
  election: ManualElection,
  records: MetadataRecord[],
): number {
  const isNeeded =
    election === 'unclean' ? partition.leader === NO_LEADER : !hasPreferredLeader(partition);
  if (!isNeeded) return ErrorCode.ELECTION_NOT_NEEDED;
  if (elect(definition, controller, partition, election, records)) return ErrorCode.NONE;
  return election === 'unclean'
    ? ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE
    : ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE;
}

/** Leaders back to the preferred replicas where those may lead (`maybeBalancePartitionLeaders`). */
export function balanceLeaders(
  definition: ClusterDefinition,
  controller: ControllerState,
): MetadataRecord[] {
  const records: MetadataRecord[] = [];
  for (const partition of controller.partitions) {
    if (records.length >= MAX_ELECTIONS_PER_RUN) break;
    if (partition === null || hasPreferredLeader(partition)) continue;
    elect(definition, controller, partition, 'preferred', records);
  }
  return records;
}

/** Leaders for leaderless partitions whose topic allows unclean elections (`maybeElectUncleanLeaders`). */
export function electUncleanLeaders(
  definition: ClusterDefinition,
  controller: ControllerState,
): MetadataRecord[] {
  const records: MetadataRecord[] = [];
  for (const partition of controller.partitions) {
    if (records.length >= MAX_ELECTIONS_PER_RUN) break;
    if (partition?.leader !== NO_LEADER) continue;
    if (!isUncleanElectionEnabled(definition, partition.partition)) continue;
    elect(definition, controller, partition, 'unclean', records);
  }
  return records;
}

function elect(
  definition: ClusterDefinition,
  controller: ControllerState,
  partition: PartitionRegistration,
  election: ElectionType,
  records: MetadataRecord[],
): boolean {
  const change = electionOf(definition, controller, partition, election);
  const record = buildPartitionChange(controller, change);
  if (record === null) return false;
  records.push(record);
  return true;
}

function hasPreferredLeader(partition: PartitionRegistration): boolean {
  return partition.leader === partition.replicas[0];
}
