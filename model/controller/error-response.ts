import {
  AlterPartitionReassignmentsResponse,
  AllocateProducerIdsResponse,
  AlterPartitionResponse,
  BrokerHeartbeatResponse,
  BrokerRegistrationResponse,
  CreateTopicsResponse,
  ElectLeadersResponse,
  Kind,
  UpdateFeaturesResponse,
  type RpcMessage,
} from '../rpc/index.js';

/** The response that refuses a whole request to the controller. Throws on other kinds of requests. */
export function errorResponse(request: RpcMessage, error: number): RpcMessage {
  const { correlationId } = request;
  switch (request.kind) {
    case Kind.BrokerRegistrationRequest:
      return new BrokerRegistrationResponse(correlationId, error, -1);
    case Kind.BrokerHeartbeatRequest:
      return new BrokerHeartbeatResponse(correlationId, error, false, true, false);
    case Kind.AlterPartitionRequest:
      return new AlterPartitionResponse(correlationId, error, []);
    case Kind.AllocateProducerIdsRequest:
      return new AllocateProducerIdsResponse(correlationId, error, -1, 0);
    case Kind.CreateTopicsRequest:
      return new CreateTopicsResponse(correlationId, error, []);
    case Kind.ElectLeadersRequest:
      return new ElectLeadersResponse(correlationId, error, []);
    case Kind.AlterPartitionReassignmentsRequest:
      return new AlterPartitionReassignmentsResponse(correlationId, error, []);
    case Kind.UpdateFeaturesRequest:
      return new UpdateFeaturesResponse(correlationId, error);
    default:
      throw new Error(`the controller does not serve requests of kind ${request.kind}`);
  }
}
