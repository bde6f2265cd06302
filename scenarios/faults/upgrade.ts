/**
 * A rolling upgrade, in the two phases that Kafka's upgrade notes ask for (docs/upgrade.html).
 *
 * 1. Every server is stopped in order and started again with the new version, which goes on to speak the old protocol.
 * 2. When all servers run the new version the protocol is raised: on ZooKeeper by a second roll, of the brokers, with
 *    another `inter.broker.protocol.version`; in KRaft mode by an operator's UpdateFeatures, without a restart.
 *
 * A host gets its version when it is next started, by whomever: a crash in the middle changes nothing of it.
 *
 * Differs from Kafka: `log.message.format.version` has no third roll, since the lab has one format of records. ZooKeeper
 * itself is not upgraded.
 */
import { isBefore, type KafkaVersion } from '../../model/index.js';
import type { Target } from '../language/plan.js';
import type { Blow, Upgrade } from './agenda.js';
import { latestRelease, type Coverage } from './coverage.js';
import { raiseFeatures } from './effects.js';
import type { Field } from './field.js';
import type { Release } from './release.js';
import { resolveTargets } from './resolve-target.js';

/** The first roll: the servers that are of an older version, in the order of the fault. */
export function versionSteps(field: Field, coverage: Coverage, upgrade: Upgrade): Blow[] {
  const { to, targets } = upgrade.action;
  const seen = new Set<number>();
  return targets.flatMap((target) =>
    resolveTargets(field, [target]).flatMap((host) => {
      const before = releaseOf(field, coverage, host);
      if (seen.has(host) || !isBefore(before.kafka, to)) return [];
      seen.add(host);
      const release = { kafka: to, protocol: before.protocol };
      const text = `upgrade ${hostName(field, host)} to ${to}${spoken(field, release)}`;
      return restart(upgrade, target, release, text);
    }),
  );
}

/**
 * Whether the protocol can be raised: `never` where a server is not to get the new version by this upgrade, `later` where
 * one has yet to start with it.
 */
export function readiness(
  field: Field,
  coverage: Coverage,
  { action: { to } }: Upgrade,
): 'now' | 'later' | 'never' {
  const servers = field.definition.nodes.map(({ host }) => host);
  const isMeant = (host: number): boolean => !isBefore(releaseOf(field, coverage, host).kafka, to);
  if (!servers.every(isMeant)) return 'never';
  const runs = (host: number): boolean =>
    coverage[host]!.nextRelease === null && field.simulation.hosts[host]!.status === 'running';
  return servers.every(runs) ? 'now' : 'later';
}

/** The second roll, of the brokers that speak an older protocol; none in KRaft mode, where the operator is told instead. */
export function protocolSteps(field: Field, coverage: Coverage, upgrade: Upgrade): Blow[] {
  const { to } = upgrade.action;
  if (field.definition.plane.mode === 'kraft') {
    raiseFeatures(field, to);
    return [];
  }
  return field.definition.brokers.flatMap(({ id, host }) => {
    const { kafka, protocol } = releaseOf(field, coverage, host);
    if (!isBefore(protocol, to)) return [];
    const text = `restart ${hostName(field, host)} with protocol ${to}`;
    return restart(upgrade, { kind: 'broker', id }, { kafka, protocol: to }, text);
  });
}

/** What the second phase is called in notes and traces. */
export function raiseText({ plane }: Field['definition'], to: KafkaVersion): string {
  return plane.mode === 'zookeeper'
    ? `raise the protocol to ${to}`
    : `raise metadata.version to ${to}`;
}

function releaseOf({ definition }: Field, coverage: Coverage, host: number): Release {
  const { kafka, protocol } = definition.plane;
  return latestRelease(coverage[host]!) ?? { kafka, protocol };
}

/** On ZooKeeper each broker has its protocol; in KRaft mode the cluster has one. */
function spoken({ definition }: Field, { protocol }: Release): string {
  return definition.plane.mode === 'zookeeper' ? ` (protocol ${protocol})` : '';
}

function restart(upgrade: Upgrade, target: Target, release: Release, text: string): Blow {
  return {
    action: { verb: 'stop', targets: [target] },
    forUs: upgrade.action.downUs,
    text: `${upgrade.text}: ${text}`,
    id: null,
    survivable: false,
    release,
  };
}

function hostName({ simulation }: Field, host: number): string {
  return simulation.hosts[host]!.name;
}
