/** Which hosts a scenario has: ids, racks and roles, from counts or lists. */
import type { ConfigValues } from '../../model/config/config-key.js';
import type { MetadataMode } from '../../model/versions.js';
import type { BrokerPlan, ControllerPlan, ZooKeeperPlan } from './plan.js';
import { normalConfig } from './normal-config.js';
import type { Scenario } from './schema.js';

export interface ClusterPlan {
  readonly brokers: readonly BrokerPlan[];
  readonly controllers: readonly ControllerPlan[];
  readonly zookeepers: readonly ZooKeeperPlan[];
  readonly racks: readonly string[];
}

/** Servers of the ensemble where the scenario says nothing. */
const ZOOKEEPERS_DEFAULT = 3;

/** Voters where the scenario says nothing; combined ones are no more than there are brokers. */
const CONTROLLERS_DEFAULT = 3;

interface Node {
  readonly id: number;
  readonly rack: string | null;
  readonly config: ConfigValues;
}

/**
 * The hosts of a cluster. Brokers are 1..N and dedicated controllers follow, unless lists give
 * their ids; combined voters are the first brokers, or those that a list of controllers names.
 * On ZooKeeper there are no voters: there is an ensemble, whose servers are 1..N.
 */
export function resolveCluster(
  cluster: Scenario['cluster'],
  metadata: MetadataMode = 'kraft',
): ClusterPlan {
  const racks = cluster.racks ?? [];
  const shared = normalConfig('broker', cluster.config);
  const brokers = brokerNodes(cluster, shared).sort((a, b) => a.id - b.id);
  const onZooKeeper = metadata === 'zookeeper';
  const controllers = onZooKeeper ? [] : controllerPlans(cluster, brokers, shared);
  const zookeepers = onZooKeeper ? zookeeperPlans(cluster) : [];
  const combinedIds = new Set(controllers.filter((node) => node.combined).map((node) => node.id));
  return {
    racks: allRacks(racks, [...brokers, ...controllers, ...zookeepers]),
    brokers: brokers.map((node) => ({ ...node, combined: combinedIds.has(node.id) })),
    controllers,
    zookeepers,
  };
}

function zookeeperPlans(cluster: Scenario['cluster']): ZooKeeperPlan[] {
  return Array.from({ length: cluster.zookeepers ?? ZOOKEEPERS_DEFAULT }, (_, index) => ({
    id: index + 1,
    rack: dealt(cluster.racks ?? [], index),
  }));
}

function brokerNodes(cluster: Scenario['cluster'], shared: ConfigValues): Node[] {
  const racks = cluster.racks ?? [];
  if (typeof cluster.brokers === 'number') {
    return Array.from({ length: cluster.brokers }, (_, index) => ({
      id: index + 1,
      rack: dealt(racks, index),
      config: shared,
    }));
  }
  return cluster.brokers.map((broker, index) => ({
    id: broker.id,
    rack: broker.rack ?? dealt(racks, index),
    config: { ...shared, ...normalConfig('broker', broker.config) },
  }));
}

function controllerPlans(
  cluster: Scenario['cluster'],
  brokers: readonly Node[],
  shared: ConfigValues,
): ControllerPlan[] {
  const room = cluster.combined === true ? brokers.length : CONTROLLERS_DEFAULT;
  const given = cluster.controllers ?? Math.min(room, CONTROLLERS_DEFAULT);
  const firstDedicated = Math.max(...brokers.map((node) => node.id)) + 1;
  if (typeof given === 'number') {
    return Array.from({ length: given }, (_, voterIndex) => {
      const host = cluster.combined === true ? brokers[voterIndex] : undefined;
      return host === undefined
        ? {
            id: firstDedicated + voterIndex,
            voterIndex,
            combined: false,
            rack: dealt(cluster.racks ?? [], voterIndex),
            config: shared,
          }
        : { ...host, voterIndex, combined: true };
    });
  }
  return given.map((controller, voterIndex) => {
    const host = brokers.find((node) => node.id === controller.id);
    const own = normalConfig('broker', controller.config);
    return {
      id: controller.id,
      voterIndex,
      combined: host !== undefined,
      rack: controller.rack ?? host?.rack ?? dealt(cluster.racks ?? [], voterIndex),
      config: { ...(host?.config ?? shared), ...own },
    };
  });
}

function dealt(racks: readonly string[], index: number): string | null {
  return racks.length === 0 ? null : (racks[index % racks.length] ?? null);
}

/** The racks listed, then those that only hosts name. */
function allRacks(
  listed: readonly string[],
  nodes: readonly { readonly rack: string | null }[],
): string[] {
  const named = nodes.flatMap((node) => (node.rack === null ? [] : [node.rack]));
  return [...new Set([...listed, ...named])];
}

/** Ids of producers, consumers or members of a group, counted out: `web` with count 2 is `web-0`, `web-1`. */
export function countedIds(client: {
  readonly id: string;
  readonly count?: number | undefined;
}): string[] {
  return Array.from({ length: client.count ?? 1 }, (_, index) => `${client.id}-${String(index)}`);
}
