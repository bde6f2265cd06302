/** Checks where clusters have their znodes, and that neighbours can be told apart. */
import { chrootOf, connectedChroots } from './chroot.js';
import type { Findings } from './findings.js';
import { neighbourScenario } from './neighbours.js';
import type { Scenario } from './schema.js';
import { resolveVersion } from './version-name.js';

/** What Kafka keeps below the root of a cluster: no place for another cluster. */
const KAFKA_NAMES: readonly string[] = [
  'admin',
  'brokers',
  'cluster',
  'config',
  'consumers',
  'controller',
  'controller_epoch',
  'feature',
  'isr_change_notification',
  'latest_producer_id_block',
  'log_dir_event_notification',
  'zookeeper',
];

/** All brokers of a cluster have their znodes in one place, and it is said once. */
export function checkChroot(scenario: Scenario, findings: Findings): void {
  const { chroot } = scenario.cluster;
  if (resolveVersion(scenario).metadata === 'kraft') {
    if (chroot !== undefined)
      findings.warning(['cluster', 'chroot'], 'chroot has no effect with metadata: kraft');
    return;
  }
  const connected = connectedChroots(scenario);
  const other = connected.find((path) => path !== connected[0]);
  if (other !== undefined) {
    findings.problem(
      ['cluster', 'brokers'],
      `brokers have different chroots in zookeeper.connect, ${shown(connected[0]!)} and ${shown(other)}: ` +
        'they would be different clusters, which neighbours are for',
    );
  } else if (chroot !== undefined && connected[0] !== '' && connected[0] !== chroot) {
    findings.problem(
      ['cluster', 'chroot'],
      `chroot is ${chroot}, but zookeeper.connect says ${shown(connected[0]!)}`,
    );
  }
}

/** Names and chroots of neighbours differ, and they have an ensemble to share. */
export function checkNeighbourNames(scenario: Scenario, findings: Findings): void {
  const { neighbours = [] } = scenario;
  if (neighbours.length === 0) return;
  if (resolveVersion(scenario).metadata === 'kraft') {
    findings.problem(
      ['neighbours'],
      'neighbours share a ZooKeeper ensemble: this cluster is in KRaft mode',
      true,
    );
    return;
  }
  findings.duplicates(
    'neighbour',
    neighbours.map(({ name }, index) => ({ name, path: ['neighbours', index, 'name'] })),
  );
  const chroots = [scenario, ...neighbours.map((one) => neighbourScenario(scenario, one))].map(
    chrootOf,
  );
  neighbours.forEach((neighbour, index) => {
    const path = ['neighbours', index, neighbour.chroot === undefined ? 'name' : 'chroot'];
    const own = chroots[index + 1]!;
    if (chroots.indexOf(own) <= index) {
      findings.problem(path, `another cluster has its znodes at ${shown(own)}, too`);
      return;
    }
    for (const [at, other] of chroots.entries()) {
      if (at === index + 1) continue;
      const problem = overlap(own, other) ?? overlap(other, own);
      if (problem !== null && at <= index) findings.problem(path, problem);
    }
  });
}

/** Why there is no place for a cluster at `inner` while another is at `outer`, or null. */
function overlap(inner: string, outer: string): string | null {
  if (!inner.startsWith(`${outer}/`)) return null;
  const [first = ''] = inner.slice(outer.length + 1).split('/');
  if (!KAFKA_NAMES.includes(first)) return null;
  return `${inner} is where the cluster at ${shown(outer)} has znodes of its own`;
}

function shown(chroot: string): string {
  return chroot === '' ? '/' : chroot;
}
