/** The root of a cluster's znodes in an ensemble, as scenarios say it. */
import { zookeeperChroot } from '../../model/config/broker-zookeeper-keys.js';
import { resolveCluster } from './cluster.js';
import type { Scenario } from './schema.js';
import { resolveVersion } from './version-name.js';

/** Where each broker of a cluster would look for its znodes, by `zookeeper.connect` alone; in the order of their ids. */
export function connectedChroots({ cluster }: Scenario): string[] {
  return resolveCluster(cluster, 'zookeeper').brokers.map(({ config }) =>
    zookeeperChroot(String(config['zookeeper.connect'] ?? '')),
  );
}

/** The root of the scenario's cluster: what `cluster.chroot` says, or `zookeeper.connect`; empty in KRaft mode. */
export function chrootOf(scenario: Scenario): string {
  if (resolveVersion(scenario).metadata !== 'zookeeper') return '';
  return scenario.cluster.chroot ?? connectedChroots(scenario)[0] ?? '';
}
