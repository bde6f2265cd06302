/** What an operator asks for to raise the level of the cluster's features (UpdateFeatures; KIP-584, KIP-778). */
import { errorName } from '../errors.js';
import { KAFKA_VERSIONS, type KafkaVersion } from '../versions.js';
import { digestOf, Kind, RpcMessage } from './kinds.js';

/**
 * `kafka-features.sh upgrade --release-version`: all features to what a release has by default.
 *
 * Left out: single features, downgrades, dry runs.
 */
export class UpdateFeaturesRequest extends RpcMessage {
  readonly kind = Kind.UpdateFeaturesRequest;
  readonly sizeBytes = 80;
  constructor(
    readonly correlationId: number,
    readonly metadataVersion: KafkaVersion,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, KAFKA_VERSIONS.indexOf(this.metadataVersion));
  }
  describe(): string {
    return `UpdateFeatures to ${this.metadataVersion}`;
  }
}

export class UpdateFeaturesResponse extends RpcMessage {
  readonly kind = Kind.UpdateFeaturesResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    /** NOT_CONTROLLER, INVALID_UPDATE_VERSION, or NONE. */
    readonly error: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error);
  }
  describe(): string {
    return `UpdateFeaturesResponse ${errorName(this.error)}`;
  }
}
