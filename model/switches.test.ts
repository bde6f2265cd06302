import { describe, expect, it } from 'vitest';

import { resolveSwitches, ruleOf, SWITCH_DEFINITIONS, type SwitchDefinition } from './switches.js';
import { isBefore, KAFKA_VERSIONS, VERSION_PROFILES, type KafkaVersion } from './versions.js';

const SWITCHES: readonly SwitchDefinition[] = SWITCH_DEFINITIONS;

describe('a mixed profile', () => {
  it('of 2.8 that speaks 2.3: what brokers say to each other is old, what a broker does by itself is new', () => {
    const mixed = resolveSwitches({}, '2.8', 'zookeeper', '2.3');
    expect(mixed).toMatchObject({ truncate: 'epochRequest', isrUpdate: 'compareAndSet' });
    expect(mixed).toMatchObject({ epochReply: 'epochAndOffset', fetchEpochFencing: 'on' });
    const after = resolveSwitches({}, '2.8', 'zookeeper');
    expect(after).toMatchObject({ truncate: 'fetch', isrUpdate: 'alterPartition' });
  });

  it('of 2.3 that speaks 1.1 notices bounces of brokers, and does not name their epochs', () => {
    expect(resolveSwitches({}, '2.3', 'zookeeper', '1.1')).toMatchObject({
      brokerGeneration: 'on',
      zkWriteFencing: 'on',
      isrJoin: 'epochStart',
      followerRestart: 'newEpoch',
      requestBrokerEpoch: 'unnamed',
      fetchEpochFencing: 'off',
      epochReply: 'offsetOnly',
      truncate: 'epochRequest',
    });
  });

  it('of 4.1 with features of 3.5 has neither ELR nor the later leader epochs, and the rest of 4.1', () => {
    expect(resolveSwitches({}, '4.1', 'kraft', '3.5')).toMatchObject({
      elr: 'off',
      leaderEpochBump: 'anyShrink',
      isrBrokerEpoch: 'on',
      hwMinIsrGate: 'on',
      preVote: 'on',
      brokerSessions: 'tracked',
    });
    expect(resolveSwitches({}, '4.1', 'kraft', '3.3').isrBrokerEpoch).toBe('off');
  });

  it('keeps what a scenario overrides', () => {
    expect(resolveSwitches({ elr: 'on' }, '4.1', 'kraft', '3.5').elr).toBe('on');
  });

  it('has each rule of one of the two versions, and where both are one, of that one', () => {
    for (const { version, metadata } of VERSION_PROFILES) {
      for (const protocol of olderThan(version)) {
        for (const definition of SWITCHES) {
          const rule = ruleOf(definition, version, metadata, protocol);
          const ruling = definition.follows === 'protocol' ? protocol : version;
          expect(rule).toBe(ruleOf(definition, ruling, metadata));
        }
      }
      expect(resolveSwitches({}, version, metadata, version)).toEqual(
        resolveSwitches({}, version, metadata),
      );
    }
  });

  it('is only about rules of servers that have a history', () => {
    for (const { follows, kind, area, history } of SWITCHES) {
      if (follows === undefined) continue;
      expect(kind).toBe('rule');
      expect(history).not.toBeUndefined();
      expect(['producer', 'consumer', 'client']).not.toContain(area);
    }
  });
});

function olderThan(version: KafkaVersion): KafkaVersion[] {
  return KAFKA_VERSIONS.filter((other) => isBefore(other, version));
}
