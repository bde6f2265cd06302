import { Message } from '../../sim/index.js';

/**
 * Kinds of messages: twice the API's number here, plus one for the response. The names are Kafka's API names.
 */
export const API_NAMES = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetForLeaderEpoch',
  'InitProducerId',
  'Vote',
  'BeginQuorumEpoch',
  'EndQuorumEpoch',
  'QuorumFetch',
  'BrokerRegistration',
  'BrokerHeartbeat',
  'AlterPartition',
  'AllocateProducerIds',
  'CreateTopics',
  'ElectLeaders',
  'LeaderAndIsr',
  'UpdateMetadata',
  'StopReplica',
  'ControlledShutdown',
  'AlterPartitionReassignments',
  'UpdateFeatures',
] as const;

/** An API that the model has. `QuorumFetch` is the Fetch of the metadata log (KIP-595). */
export type ApiName = (typeof API_NAMES)[number];

/** The kind of an API's request; the response's is one more. */
export function requestKind(api: ApiName): number {
  return 2 * API_NAMES.indexOf(api);
}

/** The kind of each message by its name: requests are even, their responses one more. */
export const Kind = {
  ProduceRequest: 0,
  ProduceResponse: 1,
  FetchRequest: 2,
  FetchResponse: 3,
  ListOffsetsRequest: 4,
  ListOffsetsResponse: 5,
  MetadataRequest: 6,
  MetadataResponse: 7,
  OffsetForLeaderEpochRequest: 8,
  OffsetForLeaderEpochResponse: 9,
  InitProducerIdRequest: 10,
  InitProducerIdResponse: 11,
  VoteRequest: 12,
  VoteResponse: 13,
  BeginQuorumEpochRequest: 14,
  BeginQuorumEpochResponse: 15,
  EndQuorumEpochRequest: 16,
  EndQuorumEpochResponse: 17,
  QuorumFetchRequest: 18,
  QuorumFetchResponse: 19,
  BrokerRegistrationRequest: 20,
  BrokerRegistrationResponse: 21,
  BrokerHeartbeatRequest: 22,
  BrokerHeartbeatResponse: 23,
  AlterPartitionRequest: 24,
  AlterPartitionResponse: 25,
  AllocateProducerIdsRequest: 26,
  AllocateProducerIdsResponse: 27,
  CreateTopicsRequest: 28,
  CreateTopicsResponse: 29,
  ElectLeadersRequest: 30,
  ElectLeadersResponse: 31,
  LeaderAndIsrRequest: 32,
  LeaderAndIsrResponse: 33,
  UpdateMetadataRequest: 34,
  UpdateMetadataResponse: 35,
  StopReplicaRequest: 36,
  StopReplicaResponse: 37,
  ControlledShutdownRequest: 38,
  ControlledShutdownResponse: 39,
  AlterPartitionReassignmentsRequest: 40,
  AlterPartitionReassignmentsResponse: 41,
  UpdateFeaturesRequest: 42,
  UpdateFeaturesResponse: 43,
} as const;

/** A request or a response; a response carries the correlation id of its request. */
export abstract class RpcMessage extends Message {
  abstract readonly correlationId: number;
}

/** Tells a response's kind from a request's. */
export function isResponse(kind: number): boolean {
  return (kind & 1) === 1;
}

/** Mixes up to four integers into a digest. */
export function digestOf(a: number, b = 0, c = 0, d = 0): number {
  let mixed = Math.imul(a ^ 0x2545f491, 0x9e3779b1);
  mixed = Math.imul(mixed ^ b, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ c, 0xc2b2ae35);
  return Math.imul(mixed ^ (mixed >>> 13) ^ d, 0x27d4eb2f);
}
