import { describe, expect, it } from 'vitest';

import { VERSION_PROFILES } from '../../../model/versions.js';
import { runScenario } from '../../run/run-scenario.js';
import { CORPUS } from './index.js';

const KRAFT = VERSION_PROFILES.filter(({ metadata }) => metadata === 'kraft');

/** The versions in KRaft mode in which the script loses acknowledged records. */
function losingVersions(bug: string): string[] {
  const { scenario } = CORPUS.find((entry) => entry.bug === bug && entry.breaks !== undefined)!;
  const losing: string[] = [];
  for (const { version } of KRAFT) {
    const result = runScenario({ ...scenario, kafka: version }, { seed: 1 });
    expect(result.pending).toEqual([]);
    const breaches = [...result.violations, ...result.expectedLosses];
    const loses = breaches.some(({ invariant }) => invariant === 'I1');
    expect(loses).toBe(result.clients.ackedLost > 0);
    if (loses) losing.push(version);
  }
  return losing;
}

describe('one script in every version', () => {
  it('B08: brokers name their lives in ISR changes since 3.5 (KIP-903)', () => {
    expect(losingVersions('B08')).toEqual(['3.3']);
  });

  it('B09: eligible leader replicas are on since 4.1 (KIP-966)', () => {
    expect(losingVersions('B09')).toEqual(['3.3', '3.5', '3.6', '3.9', '4.0']);
  });
});
