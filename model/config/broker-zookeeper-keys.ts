/**
 * Keys of `server.properties` that brokers on ZooKeeper have and Kafka 4 has no more.
 *
 * They are no part of the registry of 4.1: `checkConfigEntry` knows them for versions before 4.0. In KRaft mode those
 * versions take them and make no use of them.
 *
 * Source: KafkaConfig of Kafka 0.10.2 to 3.6, ZkConfigs, ReplicationConfigs and ServerConfigs of 3.9.
 */
import { int, string, type ConfigKeys } from './config-key.js';

/** Keys that become fields of `BrokerConfig`; the defaults are those of 3.9. */
export const BROKER_ZOOKEEPER_KEYS = {
  /** Of the connect string only the chroot matters (`zookeeperChroot`): the hosts are the scenario's `zookeepers`. */
  'zookeeper.connect': string(''),
  'zookeeper.session.timeout.ms': int(18_000, { min: 1 }), // lab: min
  'leader.imbalance.per.broker.percentage': int(10, { min: 0 }), // lab: min
  'controlled.shutdown.max.retries': int(3, { min: 0 }), // lab: min
  'controlled.shutdown.retry.backoff.ms': int(5000, { min: 0 }), // lab: min
} satisfies ConfigKeys;

/** Keys that the lab checks and does not model: what brokers say to each other is what their version says. */
export const BROKER_ZOOKEEPER_KNOWN_KEYS = {
  'inter.broker.protocol.version': string(null),
} satisfies ConfigKeys;

/**
 * The chroot of a connect string: `/kafka` of `zk1:2181,zk2:2181/kafka`, the empty string where there is none. Brokers
 * with different chroots know nothing of one another.
 *
 * Source: ConnectStringParser of the ZooKeeper client: what follows the first slash, `/` alone being none.
 */
export function zookeeperChroot(connect: string): string {
  const slash = connect.indexOf('/');
  const chroot = slash < 0 ? '' : connect.slice(slash).trim();
  return chroot === '/' ? '' : chroot;
}

/**
 * Why a connect string is none, or null where it is fine: a sentence that goes after "zookeeper.connect ".
 *
 * Source: PathUtils.validatePath of the ZooKeeper client.
 */
export function zookeeperConnectProblem(connect: string): string | null {
  const chroot = zookeeperChroot(connect);
  const names = chroot.split('/').slice(1);
  const isPath = names.every((name) => name !== '' && name !== '.' && name !== '..');
  if (isPath) return null;
  return `has ${JSON.stringify(chroot)}, which is no path such as "/kafka"`;
}
