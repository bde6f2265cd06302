/**
 * What faults act upon: the simulation, the definition of the cluster, and what is known of its state.
 */
import type { ClusterDefinition } from '../../model/index.js';
import type { RandomStream, Simulation } from '../../sim/index.js';
import type { MetadataTruth } from '../run/metadata-truth.js';
import type { Release } from './release.js';

/** A cluster beside the scenario's own, as faults see it. */
export interface NeighbourField {
  readonly name: string;
  readonly definition: ClusterDefinition;
  readonly truth: MetadataTruth;
}

export interface Field {
  readonly simulation: Simulation;
  readonly definition: ClusterDefinition;
  readonly truth: MetadataTruth;
  readonly adminHost: number;
  /** Other clusters on the same ensemble. */
  readonly neighbours: readonly NeighbourField[];
  /** The stream `faults`. */
  readonly stream: RandomStream;
  /** The rules that servers of a release go by. */
  definitionOf(release: Release): ClusterDefinition;
  /** Puts a release on a host whose process is down: what it runs from its next start on. */
  install(host: number, release: Release): void;
  /** Told when a host's disk was replaced by an empty one. */
  diskLost(host: number): void;
}

/** The cluster that has a server on that host: the scenario's own, or a neighbour. */
export function clusterOfHost({ definition, neighbours }: Field, host: number): ClusterDefinition {
  const neighbour = neighbours.find((one) => one.definition.nodeOnHost(host) !== null);
  return neighbour?.definition ?? definition;
}
