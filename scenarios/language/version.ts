/** Checks the version of a scenario, and what it says of hosts, against the mode. */
import { versionProfile } from '../../model/versions.js';
import type { Findings } from './findings.js';
import type { Scenario } from './schema.js';
import { onlyMode, resolveVersion, ZOOKEEPER_SUFFIX } from './version-name.js';

/** Checks that the version has the mode, and that what is said of hosts fits the mode. */
export function checkVersion(scenario: Scenario, findings: Findings): void {
  const { kafka, metadata } = resolveVersion(scenario);
  if (versionProfile(kafka, metadata) === null) {
    findings.problem(['metadata'], onlyMode(kafka, metadata));
  } else if (scenario.kafka?.endsWith(ZOOKEEPER_SUFFIX) === true && metadata === 'kraft') {
    findings.problem(['metadata'], `kafka "${scenario.kafka}" is on ZooKeeper, not kraft`);
  }
  const { controllers, combined, zookeepers } = scenario.cluster;
  if (metadata === 'kraft') {
    if (zookeepers === undefined) return;
    findings.warning(['cluster', 'zookeepers'], 'zookeepers has no effect with metadata: kraft');
    return;
  }
  for (const [key, value] of Object.entries({ controllers, combined })) {
    if (value === undefined) continue;
    findings.warning(
      ['cluster', key],
      `${key} has no effect with metadata: zookeeper: the controller is one of the brokers`,
    );
  }
}
