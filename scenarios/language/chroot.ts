/** The root of a cluster's znodes in an ensemble, as scenarios say it. */
import {
  zookeeperChroot,
  zookeeperConnectProblem,
} from '../../model/config/broker-zookeeper-keys.js';
import { resolveCluster } from './cluster.js';
import type { Scenario } from './schema.js';
import { resolveVersion } from './version-name.js';

/** Reads `/kafka`: an absolute path that does not end in a slash. */
export function readChroot(raw: unknown): { readonly ok: boolean; readonly reason?: string } {
  const isPath =
    typeof raw === 'string' &&
    /^\/\S*$/.test(raw) &&
    zookeeperConnectProblem(raw) === null &&
    raw !== '/';
  if (isPath) return { ok: true };
  const given = raw === undefined ? 'nothing' : JSON.stringify(raw);
  return { ok: false, reason: `a chroot is a path such as "/kafka", not ${given}` };
}

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
