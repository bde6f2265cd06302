/**
 * Other clusters on the same ensemble. Each is a cluster like the scenario's own: it is checked and resolved as the
 * scenario that it would be by itself.
 */
import type { Path } from './problem.js';
import type { Scenario } from './schema.js';

export type NeighbourInput = NonNullable<Scenario['neighbours']>[number];

/** The neighbour as a scenario of its own, on the ensemble of the scenario and without its faults. */
export function neighbourScenario(scenario: Scenario, neighbour: NeighbourInput): Scenario {
  const { name, brokers, config, topics, producers, consumers } = neighbour;
  const { kafka, metadata, network, disk, run, invariants, switches, cluster } = scenario;
  const isConnected = config?.['zookeeper.connect'] !== undefined;
  const chroot = neighbour.chroot ?? (isConnected ? undefined : `/${name}`);
  return {
    name,
    kafka,
    metadata,
    cluster: { brokers, zookeepers: cluster.zookeepers, chroot, config },
    network,
    disk,
    topics,
    producers,
    consumers,
    run,
    invariants,
    switches,
  };
}

/** Where something of a neighbour's own scenario stands in the scenario. */
export function neighbourPath(index: number, path: Path): Path {
  return ['neighbours', index, ...(path[0] === 'cluster' ? path.slice(1) : path)];
}
