/** Finalized features (FeatureControlManager; KIP-584, KIP-778): here one version that stands for all of them. */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { UpdateFeaturesResponse, type UpdateFeaturesRequest } from '../rpc/index.js';
import { isBefore } from '../versions.js';
import { decided, refused, type Decision } from './decision.js';

/**
 * Raises `metadata.version`, and the other features to what that release has by default. A version that is finalized
 * already, or a newer one, changes nothing.
 *
 * Differs from Kafka: whether all registered brokers and controllers know the version is not checked
 * (FeatureControlManager.reasonNotSupported); the lab's operator asks when all servers run it. That min.insync.replicas
 * of single brokers is dropped with the first level of `eligible.leader.replicas.version` is left out.
 *
 * @param definition whose protocol is the version that is in force now.
 */
export function decideUpdateFeatures(
  definition: ClusterDefinition,
  { correlationId, metadataVersion }: UpdateFeaturesRequest,
): Decision {
  const { kafka, protocol } = definition.plane;
  if (isBefore(kafka, metadataVersion))
    return refused(new UpdateFeaturesResponse(correlationId, ErrorCode.INVALID_UPDATE_VERSION));
  const response = new UpdateFeaturesResponse(correlationId, ErrorCode.NONE);
  if (!isBefore(protocol, metadataVersion)) return decided([], response);
  return decided([{ type: 'FeatureLevel', metadataVersion }], response);
}
