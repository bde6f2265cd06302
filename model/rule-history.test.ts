import { describe, expect, it } from 'vitest';

import { dependsOnMode, ruleHistory, rulesSince } from './rule-history.js';
import type { SwitchDefinition } from './switch-definition.js';
import { resolveSwitches, SWITCH_DEFINITIONS } from './switches.js';
import { VERSION_PROFILES } from './versions.js';

const DEFINITIONS: readonly SwitchDefinition[] = SWITCH_DEFINITIONS;

function definition(name: string): SwitchDefinition {
  const found = DEFINITIONS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no switch ${name}`);
  return found;
}

describe('the history of a switch', () => {
  it.each([
    ['partitioner', 'roundRobin until 2.3, sticky480 from 2.6, uniformSticky from 3.3'],
    ['batchExpiry', 'requestTimeout until 2.0, deliveryTimeout from 2.3'],
    ['elr', 'off until 4.0, on from 4.1'],
    ['produceAck', 'always highWatermark'],
    ['isrBrokerEpoch', 'zookeeper: always off; kraft: off until 3.3, on from 3.5'],
  ])('of %s is: %s', (name, history) => {
    expect(ruleHistory(definition(name))).toBe(history);
  });

  it('is that of the presets', () => {
    expect(dependsOnMode(definition('isrBrokerEpoch'))).toBe(true);
    expect(dependsOnMode(definition('partitioner'))).toBe(false);
    for (const { version, metadata } of VERSION_PROFILES) {
      const switches: Readonly<Record<string, string>> = resolveSwitches({}, version, metadata);
      for (const one of DEFINITIONS) {
        const versions = VERSION_PROFILES.map((profile) => profile.version);
        const held = rulesSince(one, metadata).filter(
          ({ since }) => versions.indexOf(since) <= versions.indexOf(version),
        );
        expect([one.name, held.at(-1)?.value]).toEqual([one.name, switches[one.name]]);
      }
    }
  });

  it('ends with the rule of 4.1, and tells of values that there are', () => {
    for (const one of DEFINITIONS) {
      const values = one.history?.map(({ value }) => value) ?? [];
      for (const value of values) expect(one.values).toContain(value);
      if (values.length > 0)
        expect(values).toContainEqual(expect.not.stringMatching(`^${one.values[0]}$`));
      expect(rulesSince(one, 'kraft').at(-1)?.value).toBe(one.values[0]);
    }
  });
});

describe('rules of clients by version', () => {
  it('are those of the releases', () => {
    const rules = (version: '0.10' | '2.0' | '2.3' | '2.6' | '3.3' | '3.6'): string[] => {
      const mode = version === '3.3' || version === '3.6' ? 'kraft' : 'zookeeper';
      const { partitioner, batchExpiry, metadataEpoch } = resolveSwitches({}, version, mode);
      return [partitioner, batchExpiry, metadataEpoch];
    };
    expect(rules('0.10')).toEqual(['roundRobin', 'requestTimeout', 'unchecked']);
    expect(rules('2.0')).toEqual(['roundRobin', 'requestTimeout', 'unchecked']);
    expect(rules('2.3')).toEqual(['roundRobin', 'deliveryTimeout', 'checked']);
    expect(rules('2.6')).toEqual(['sticky480', 'deliveryTimeout', 'checked']);
    expect(rules('3.3')).toEqual(['uniformSticky', 'deliveryTimeout', 'checked']);
    expect(resolveSwitches({}, '3.6')).toMatchObject({
      retryBackoff: 'constant',
      newLeaderBackoff: 'kept',
      reconnectBackoff: 'exponential',
      metadataRecovery: 'none',
    });
    expect(resolveSwitches({}, '0.10', 'zookeeper').reconnectBackoff).toBe('constant');
  });
});
