/** Capsules: out and in again, replayed, and refused with a clear message. */
import { describe, expect, it } from 'vitest';

import { formatProblem } from '../language/problem.js';
import type { Scenario } from '../language/schema.js';
import { playScenario } from '../run/run-scenario.js';
import { failureOf } from '../search/failure.js';
import { capsuleOf, capsuleToJson, parseCapsule, type Capsule } from './capsule.js';
import { replayCapsule } from './replay.js';

const SCENARIO: Scenario = {
  name: 'early-ack',
  cluster: { brokers: 2, controllers: 1, config: { 'min.insync.replicas': 2 } },
  network: { latency: '1ms' },
  topics: [{ name: 'orders', partitions: 1, 'replication-factor': 2 }],
  producers: [{ id: 'web', topic: 'orders', sends: [{ at: '1s', partition: 0, records: 1 }] }],
  faults: [{ at: '1500ms', pause: 'broker 1', for: '200ms' }],
  run: { for: '2s', settle: '0s', seed: 3 },
  switches: { produceAck: 'append' },
};

function capsule(): Capsule {
  const { run, result } = playScenario(SCENARIO, { seed: 3 });
  const source = { brokerlab: '0.1.0', sourceHash: '0'.repeat(64) };
  return capsuleOf(SCENARIO, run, result, failureOf(result)!, source);
}

/** The messages about a capsule with one part replaced; undefined takes it out. */
function complaints(changes: Readonly<Record<string, unknown>>): string[] {
  const parsed = parseCapsule(JSON.stringify({ ...capsule(), ...changes }), 'c.json');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

describe('a capsule', () => {
  it('comes back from its file, and shows the same run', () => {
    const made = capsule();
    const parsed = parseCapsule(capsuleToJson(made), 'c.json');
    expect(parsed.ok && parsed.capsule).toEqual(made);
    expect(made.failure.invariant).toBe('I22');
    expect(made.faults).toEqual([{ fromMs: 1500, untilMs: 1700, text: 'pause broker 1' }]);
    const replayed = replayCapsule(made);
    expect({ fails: replayed.fails, same: replayed.isSameRun }).toEqual({
      fails: true,
      same: true,
    });
  });

  it('whose failure is gone says so', () => {
    const mended = { ...capsule(), scenario: { ...SCENARIO, switches: {} } };
    const replayed = replayCapsule(mended);
    expect({ fails: replayed.fails, same: replayed.isSameRun }).toEqual({
      fails: false,
      same: false,
    });
  });

  it('that is not in order is refused with the place', () => {
    expect(complaints({ schema: 2 })).toEqual(['c.json: schema: schema must be 1, not 2']);
    expect(complaints({ seed: -1 })).toEqual(['c.json: seed: seed must not be negative']);
    expect(complaints({ hash: 'abc' })).toEqual([
      'c.json: hash: hash must have 16 hexadecimal digits',
    ]);
    expect(complaints({ seed: undefined })).toEqual(['c.json: seed: the key "seed" is missing']);
    expect(complaints({ colour: 'red' })).toEqual(['c.json: Unrecognized key: "colour"']);
    expect(complaints({ failure: { invariant: 'nine', kind: '', message: '' } })).toEqual([
      'c.json: failure.invariant: invariant must be an id such as I1, or liveness',
    ]);
  });

  it('has a scenario that is checked as every other', () => {
    const faults = [{ at: '1s', crash: 'broker 9' }];
    expect(complaints({ scenario: { ...SCENARIO, faults } })).toEqual([
      'c.json: scenario.faults[0].crash: unknown broker 9: the brokers are 1, 2',
    ]);
    expect(complaints({ scenario: { ...SCENARIO, topcis: [] } })[0]).toContain(
      'did you mean "topics"',
    );
  });

  it('that is no JSON is refused', () => {
    for (const text of ['', '{', 'no', '[1, 2]', 'null']) {
      const parsed = parseCapsule(text, 'c.json');
      expect(parsed.ok).toBe(false);
      if (!parsed.ok) expect(formatProblem(parsed.problems[0]!)).toMatch(/^c\.json:/);
    }
  });
});
