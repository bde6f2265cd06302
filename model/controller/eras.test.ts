/** The controllers of each version of Kafka with KRaft: what they answered and wrote before 4.1. */
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { AlterPartitionRequest, type AlterPartitionResponse } from '../rpc/index.js';
import { resolveSwitches, type Switches } from '../switches.js';
import type { KafkaVersion } from '../versions.js';
import { ControlPlane } from './control-plane-testbed.js';

const CONFIG = { 'min.insync.replicas': 2 };

function rulesOf(version: KafkaVersion, overrides: Record<string, string> = {}): Switches {
  return resolveSwitches(overrides, version, 'kraft');
}

/** Brokers 11 to 13 with one partition on the given ones. */
function planeOf(
  switches: Switches,
  replicas: readonly number[] = [11, 12, 13],
  config: Record<string, number | boolean> = {},
): ControlPlane {
  const topic = {
    partitions: 1,
    replicationFactor: replicas.length,
    replicas: [replicas],
    config: { ...CONFIG, ...config },
  };
  const plane = new ControlPlane({ topics: [topic], switches });
  plane.bringUp([11, 12, 13]);
  plane.createTopics([0]);
  return plane;
}

/** The leader's wish for an ISR, with the broker epochs of its members as they are now (or -1). */
function isrChange(
  plane: ControlPlane,
  isr: readonly number[],
  withEpochs: boolean,
): AlterPartitionRequest {
  const { leader, leaderEpoch, partitionEpoch } = plane.partition(0);
  const newIsr = isr.map((brokerId) => ({
    brokerId,
    brokerEpoch: withEpochs ? plane.epochOf(brokerId) : -1,
  }));
  return new AlterPartitionRequest(plane.correlationId(), leader, plane.epochOf(leader), [
    { partition: 0, leaderEpoch, partitionEpoch, newIsr, leaderRecoveryState: 'RECOVERED' },
  ]);
}

function errorOf(plane: ControlPlane, request: AlterPartitionRequest): number {
  return (plane.ask(request) as AlterPartitionResponse).results[0]!.error;
}

/** Lets the others live on until the broker is fenced. */
function fence(plane: ControlPlane, broker: number, others: readonly number[]): void {
  for (let half = 0; half < 60 && !plane.controller.brokers.get(broker)!.fenced; half++) {
    for (const other of others) plane.heartbeat(other);
    plane.run(0.5);
  }
  expect(plane.controller.brokers.get(broker)!.registration.fenced).toBe(true);
}

describe('sessions (brokerSessions)', () => {
  it.each(['3.3', '3.5', '3.6', '3.9'] as const)(
    '%s: a broker that stopped in order may come back at once',
    (version) => {
      const plane = planeOf(rulesOf(version));
      plane.heartbeat(13, { shutDown: true });
      expect(plane.tryRegister(13, 77).error).toBe(ErrorCode.NONE);
    },
  );

  it.each(['4.0', '4.1'] as const)('%s: not while its session lasts', (version) => {
    const plane = planeOf(rulesOf(version));
    plane.heartbeat(13, { shutDown: true });
    expect(plane.tryRegister(13, 77).error).toBe(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
  });

  it('before 4.0 a silent broker is fenced the moment its session runs out', () => {
    const plane = planeOf(rulesOf('3.9'));
    const { brokers } = plane.controller;
    const lastUs = brokers.get(13)!.lastContactUs;
    for (let round = 0; round < 4; round++) {
      plane.heartbeat(11);
      plane.heartbeat(12);
      plane.run(2);
    }
    while (!brokers.get(13)!.fenced) plane.run(0.001);
    expect(plane.simulation.nowUs - lastUs).toBeLessThan(9_000_000 + 5000);
    expect(plane.simulation.nowUs - lastUs).toBeGreaterThan(9_000_000);
  });

  it('before 4.0 several silent brokers are fenced one right after the other', () => {
    const plane = planeOf(rulesOf('3.9'));
    plane.run(12);
    for (const id of [11, 12, 13]) expect(plane.controller.brokers.get(id)!.fenced).toBe(true);
    expect(plane.partition(0)).toMatchObject({ leader: -1, isr: [13] });
  });
});

describe('registration', () => {
  it('reregistration=anew: a repeated registration makes the broker’s heartbeats stale', () => {
    const plane = planeOf(rulesOf('3.6'));
    const epoch = plane.epochOf(12);
    const request = plane.heartbeatRequest(12);
    const again = plane.tryRegister(12, 1200);
    expect(again.brokerEpoch).toBeGreaterThan(epoch);
    expect(plane.ask(request)).toMatchObject({ error: ErrorCode.STALE_BROKER_EPOCH });
    // Fenced, and in the ISR all the same.
    expect(plane.controller.brokers.get(12)!.registration.fenced).toBe(true);
    expect(plane.partition(0).isr).toContain(12);
    expect(plane.observer.marks).toContain('broker-registered-anew');
  });

  it.each([
    ['3.9', [11, 12, 13]],
    ['4.0', [11, 13]],
  ] as const)('%s: a new incarnation that nobody had fenced is in the ISR [%s]', (version, isr) => {
    // With sessions of 4.0 in both, a broker can register anew before it was fenced.
    const plane = planeOf(rulesOf(version, { brokerSessions: 'tracked' }));
    plane.controller.brokers.get(12)!.lastContactUs = -1;
    plane.register(12, 77);
    expect(plane.partition(0).isr).toEqual(isr);
  });
});

describe('leaderEpochBump (KAFKA-15021)', () => {
  it.each([
    ['3.3', 1],
    ['3.5', 1],
    ['3.6', 0],
    ['4.1', 0],
  ] as const)('%s: a shrink raises the leader epoch to %i', (version, leaderEpoch) => {
    const plane = planeOf(rulesOf(version));
    expect(errorOf(plane, isrChange(plane, [11, 12], true))).toBe(ErrorCode.NONE);
    expect(plane.partition(0)).toMatchObject({ leader: 11, isr: [11, 12], leaderEpoch });
    expect(errorOf(plane, isrChange(plane, [11, 12, 13], true))).toBe(ErrorCode.NONE);
    expect(plane.partition(0)).toMatchObject({ isr: [11, 12, 13], leaderEpoch });
  });
});

describe('controlledShutdownOffset', () => {
  it.each([
    ['3.3', true],
    ['3.5', false],
  ] as const)('%s: moves on with each heartbeat: %s', (version, moves) => {
    const plane = planeOf(rulesOf(version));
    plane.heartbeat(11, { shutDown: true });
    const first = plane.controller.brokers.get(11)!.controlledShutdownOffset;
    plane.run(1.2);
    plane.heartbeat(12, { offset: 1 });
    plane.heartbeat(11, { shutDown: true });
    const second = plane.controller.brokers.get(11)!.controlledShutdownOffset;
    expect(second > first).toBe(moves);
  });
});

describe('elections from time to time', () => {
  const unclean = {
    'unclean.leader.election.enable': true,
    'unclean.leader.election.interval.ms': 5000,
  };

  it.each([
    ['3.6', false],
    ['3.9', true],
    ['4.0', true],
  ] as const)('%s: unclean ones are tried again: %s', (version, isTried) => {
    const plane = planeOf(rulesOf(version), [11, 12], unclean);
    const { controller } = plane;
    expect(errorOf(plane, isrChange(plane, [11], true))).toBe(ErrorCode.NONE);
    fence(plane, 11, [12, 13]);
    // The election in the event that fences the leader has chosen 12; what follows is about the task.
    expect(plane.partition(0)).toMatchObject({ leader: 12, isr: [12] });
    fence(plane, 12, [13]);
    expect(plane.partition(0).leader).toBe(-1);
    plane.heartbeat(13);
    expect(controller.tasks.electUnclean.isArmed).toBe(isTried);
  });
});

describe('B08 (KIP-903, KAFKA-14139): a replica that lost its log joins for what its former process had', () => {
  /** The leader’s request is made before the follower restarts, and arrives after. */
  function lateExpansion(version: KafkaVersion): { error: number; plane: ControlPlane } {
    const plane = planeOf(rulesOf(version), [11, 12], { 'min.insync.replicas': 1 });
    const withEpochs = rulesOf(version).isrBrokerEpoch === 'on';
    expect(errorOf(plane, isrChange(plane, [11], withEpochs))).toBe(ErrorCode.NONE);
    const delayed = isrChange(plane, [11, 12], withEpochs);
    fence(plane, 12, [11, 13]);
    plane.run(0.1);
    plane.register(12, 77);
    plane.heartbeat(12);
    plane.heartbeat(11);
    const error = errorOf(plane, delayed);
    return { error, plane };
  }

  it('3.3 lets it in, and elects it when the leader dies', () => {
    const { error, plane } = lateExpansion('3.3');
    expect(error).toBe(ErrorCode.NONE);
    fence(plane, 11, [12, 13]);
    expect(plane.partition(0)).toMatchObject({ leader: 12, isr: [12] });
  });

  it.each(['3.5', '3.6', '3.9', '4.0', '4.1'] as const)('%s refuses it', (version) => {
    const { error, plane } = lateExpansion(version);
    expect(error).toBe(ErrorCode.INELIGIBLE_REPLICA);
    expect(plane.partition(0).isr).toEqual([11]);
  });
});

describe('B09 (KIP-966): the last replica standing', () => {
  /** The ISR shrinks to broker 11, which dies and comes back uncleanly. */
  function lastStanding(version: KafkaVersion): ControlPlane {
    const plane = planeOf(rulesOf(version));
    expect(errorOf(plane, isrChange(plane, [11, 13], true))).toBe(ErrorCode.NONE);
    // The metadata of the new leader epoch reach the leader before its next change (3.3, 3.5).
    expect(errorOf(plane, isrChange(plane, [11], true))).toBe(ErrorCode.NONE);
    fence(plane, 11, [12, 13]);
    if (rulesOf(version).elr === 'off') expect(plane.partition(0).leader).toBe(-1);
    plane.run(0.1);
    plane.register(11, 77);
    plane.heartbeat(11);
    return plane;
  }

  it.each(['3.3', '3.5', '3.6', '3.9', '4.0'] as const)(
    '%s: it leads again, whatever it has lost',
    (version) => {
      expect(lastStanding(version).partition(0)).toMatchObject({ leader: 11, isr: [11], elr: [] });
    },
  );

  it('4.1: an eligible leader replica has taken over', () => {
    const plane = lastStanding('4.1');
    expect(plane.partition(0)).toMatchObject({ leader: 13, isr: [13] });
  });
});

describe('B17 (KIP-841, KAFKA-13916): a fenced replica joins the ISR again', () => {
  function rejoin(switches: Switches): { error: number; plane: ControlPlane } {
    const plane = planeOf(switches);
    fence(plane, 13, [11, 12]);
    expect(plane.partition(0).isr).toEqual([11, 12]);
    return { error: errorOf(plane, isrChange(plane, [11, 12, 13], true)), plane };
  }

  it('before 3.3 it may, and is then the only one left, without being able to lead', () => {
    const { error, plane } = rejoin(rulesOf('3.3', { isrEligibility: 'off' }));
    expect(error).toBe(ErrorCode.NONE);
    expect(plane.partition(0).isr).toEqual([11, 12, 13]);
    expect(plane.observer.marks).toContain('inactive-replica-joined');
    fence(plane, 11, [12]);
    fence(plane, 12, []);
    expect(plane.partition(0)).toMatchObject({ leader: -1, isr: [13] });
  });

  it.each(['3.3', '3.5', '3.6', '3.9', '4.0', '4.1'] as const)('%s refuses it', (version) => {
    const { error, plane } = rejoin(rulesOf(version));
    expect(error).toBe(ErrorCode.INELIGIBLE_REPLICA);
    expect(plane.partition(0).isr).toEqual([11, 12]);
    expect(plane.observer.marks).not.toContain('inactive-replica-joined');
  });
});
