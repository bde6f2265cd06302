/**
 * What of a random scenario depends on the version of Kafka.
 *
 * The rest is drawn as for 4.1, so that one seed stands for one story in all versions, as far as they go; what a version
 * adds is drawn from a stream of its own.
 */
import { INT_MAX } from '../model/config/config-key.js';
import { hasConfigKey, keyWithoutEffect } from '../model/config/key-lifetimes.js';
import { isBefore, NEWEST_VERSION } from '../model/versions.js';
import type { RandomStream } from '../sim/index.js';
import type { Scenario } from './language/schema.js';
import { writtenVersion, type ScenarioVersion } from './language/version-name.js';

/** What random scenarios are about where nothing else is said. */
export const NEWEST: ScenarioVersion = { kafka: NEWEST_VERSION, metadata: 'kraft' };

/** The least time in which a healthy follower fetches twice, whatever the network drawn. */
const LEAST_LAG_MS = 1000;

type Config = Readonly<Record<string, string | number | boolean>>;

/** The keys that name the version; none for the newest one, which is the language's default. */
export function versionKeys(version: ScenarioVersion): Pick<Scenario, 'kafka' | 'metadata'> {
  return version.kafka === NEWEST_VERSION ? {} : writtenVersion(version);
}

/** Voters, or as many servers of an ensemble. */
export function drawnHosts(
  hosts: { readonly controllers: number; readonly combined: boolean },
  { metadata }: ScenarioVersion,
): Pick<Scenario['cluster'], 'controllers' | 'combined' | 'zookeepers'> {
  return metadata === 'kraft' ? hosts : { zookeepers: hosts.controllers };
}

/**
 * What was drawn for brokers, in the keys of the version: on ZooKeeper sessions are those of ZooKeeper, and there is no
 * quorum. Unclean elections are off, as they are by default since 0.11.
 */
export function drawnBrokerConfig(config: Config, version: ScenarioVersion): Config {
  const { kafka, metadata } = version;
  const kept = Object.entries(config).filter(
    ([key]) => keyWithoutEffect('broker', key, version) === null,
  );
  const sessionMs = config['broker.session.timeout.ms'];
  return {
    ...Object.fromEntries(kept),
    ...(metadata === 'zookeeper' && sessionMs !== undefined
      ? { 'zookeeper.session.timeout.ms': sessionMs }
      : {}),
    ...(isBefore(kafka, '0.11') ? { 'unclean.leader.election.enable': false } : {}),
  };
}

/**
 * The same, such that ISRs are at rest where nothing is amiss. Before 2.1 a member of the ISR that has everything must
 * have fetched within `replica.lag.time.max.ms`, too (KAFKA-7152); a fetch waits for new records up to
 * `replica.fetch.wait.max.ms`, and on a lossy link some hundred milliseconds longer. KafkaConfig asks for
 * the one to be less than the other "at all times".
 */
export function restfulBrokerConfig(config: Config, version: ScenarioVersion): Config {
  const drawn = drawnBrokerConfig(config, version);
  if (!isBefore(version.kafka, '2.3')) return drawn;
  const lagMs = Math.max(LEAST_LAG_MS, Number(drawn['replica.lag.time.max.ms']));
  const waitMs = Math.min(lagMs / 4, Number(drawn['replica.fetch.wait.max.ms']));
  return { ...drawn, 'replica.lag.time.max.ms': lagMs, 'replica.fetch.wait.max.ms': waitMs };
}

/**
 * What was drawn for a consumer. Before 2.0 it waits 305 s for each answer (KIP-266), longer than a run has to recover:
 * a leader that lost its power tells nobody. With a shorter wait it must still be longer than a session (KafkaConsumer).
 */
export function drawnConsumerConfig(config: Config, { kafka }: ScenarioVersion): Config {
  return isBefore(kafka, '2.0') ? { ...config, 'request.timeout.ms': 30_000 } : config;
}

/**
 * What was drawn for a producer, in the keys of the version. Where neither idempotence nor retries are on by default, some
 * producers ask for one or the other.
 */
export function drawnProducerConfig(
  config: Config,
  { kafka }: ScenarioVersion,
  random: RandomStream,
): Config {
  if (!isBefore(kafka, '3.3')) return config;
  const kept = Object.entries(config).filter(([key]) => hasConfigKey('producer', key, kafka));
  const drawn: Record<string, string | number | boolean> = Object.fromEntries(kept);
  const retries = random.pick([0, 3, INT_MAX]);
  const mayAsk = hasConfigKey('producer', 'enable.idempotence', kafka) && drawn['acks'] === 'all';
  if (random.chance(0.5) && mayAsk && drawn['enable.idempotence'] === undefined) {
    drawn['enable.idempotence'] = true;
    // Unset, they are what idempotence needs.
    if (isBefore(kafka, '1.1')) delete drawn['max.in.flight.requests.per.connection'];
  } else if (isBefore(kafka, '2.3')) {
    drawn['retries'] = retries;
  }
  return drawn;
}
