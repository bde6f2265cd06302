/**
 * What faults act upon: the simulation, the definition of the cluster, and what is known of its state.
 */
import type { ClusterDefinition } from '../../model/index.js';
import type { RandomStream, Simulation } from '../../sim/index.js';
import type { MetadataTruth } from '../run/metadata-truth.js';
import type { Release } from './release.js';

export interface Field {
  readonly simulation: Simulation;
  readonly definition: ClusterDefinition;
  readonly truth: MetadataTruth;
  readonly adminHost: number;
  /** The stream `faults`. */
  readonly stream: RandomStream;
  /** The rules that servers of a release go by. */
  definitionOf(release: Release): ClusterDefinition;
  /** Puts a release on a host whose process is down: what it runs from its next start on. */
  install(host: number, release: Release): void;
  /** Told when a host's disk was replaced by an empty one. */
  diskLost(host: number): void;
}
