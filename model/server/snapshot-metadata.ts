import type { HostContext } from '../../sim/index.js';
import { takeMetadataSnapshot } from './metadata-publisher.js';
import type { ServerState } from './state.js';

/**
 * Lets a broker write its metadata snapshot now. For whoever lets calendar time jump: over an hour of it the broker
 * would have written one (metadata.log.max.snapshot.interval.ms).
 */
export function snapshotMetadata(server: ServerState, context: HostContext): void {
  if (server.broker !== null) takeMetadataSnapshot(server.broker, context);
}
