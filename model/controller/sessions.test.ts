import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { AllocateProducerIdsRequest, type AllocateProducerIdsResponse } from '../rpc/index.js';
import { ControlPlane } from './control-plane-testbed.js';

const TOPIC = { partitions: 1, replicationFactor: 3, replicas: [[11, 12, 13]] };

function planeWithTopic(config: Record<string, number | boolean> = {}): ControlPlane {
  const plane = new ControlPlane({
    topics: [{ ...TOPIC, config: { 'min.insync.replicas': 2, ...config } }],
  });
  plane.bringUp([11, 12, 13]);
  plane.createTopics([0]);
  return plane;
}

describe('registration (ClusterControlManager)', () => {
  it('a broker starts fenced; its epoch is the offset that its registration got', () => {
    const plane = new ControlPlane();
    const expected = plane.controller.nextWriteOffset;
    expect(plane.register(11, 1)).toBe(expected);
    const { registration } = plane.controller.brokers.get(11)!;
    expect(registration).toMatchObject({ fenced: true, recordOffset: expected });
  });

  it('is unfenced when it has read its registration and does not ask to stay fenced', () => {
    const plane = new ControlPlane();
    const epoch = plane.register(11, 1);
    expect(plane.heartbeat(11, { offset: epoch - 1 })).toMatchObject({
      isCaughtUp: false,
      isFenced: true,
    });
    expect(plane.heartbeat(11, { offset: epoch, fence: true })).toMatchObject({
      isCaughtUp: true,
      isFenced: true,
    });
    expect(plane.heartbeat(11, { offset: epoch })).toMatchObject({
      isCaughtUp: true,
      isFenced: false,
    });
    expect(plane.controller.brokers.get(11)!.registration.fenced).toBe(false);
  });

  it('another incarnation is refused while the session lasts, even after a clean stop', () => {
    const plane = new ControlPlane();
    plane.bringUp([11]);
    expect(plane.heartbeat(11, { shutDown: true })).toMatchObject({
      shouldShutDown: true,
      isFenced: true,
    });

    plane.run(8.5);
    expect(plane.tryRegister(11, 2).error).toBe(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
    plane.run(0.5);
    expect(plane.tryRegister(11, 2).error).toBe(ErrorCode.NONE);
    expect(plane.observer.marks).toContain('duplicate-broker-registration');
  });

  it('the same incarnation amends its registration and keeps its epoch', () => {
    const plane = new ControlPlane();
    plane.bringUp([11]);
    const epoch = plane.epochOf(11);
    expect(plane.register(11, 1100)).toBe(epoch);
    expect(plane.controller.brokers.get(11)!.registration.fenced).toBe(false);
  });

  it('heartbeats and allocations of an old epoch are STALE_BROKER_EPOCH', () => {
    const plane = new ControlPlane();
    plane.bringUp([11]);
    const old = plane.heartbeatRequest(11);
    plane.run(12);
    plane.register(11, 7);
    expect(plane.ask(old)).toMatchObject({ error: ErrorCode.STALE_BROKER_EPOCH });
    const request = new AllocateProducerIdsRequest(plane.correlationId(), 11, old.brokerEpoch);
    expect(plane.ask(request)).toMatchObject({ error: ErrorCode.STALE_BROKER_EPOCH });
  });

  it('producer ids come in blocks of 1000', () => {
    const plane = new ControlPlane();
    plane.bringUp([11]);
    const blocks = [0, 1].map(
      () =>
        plane.ask(
          new AllocateProducerIdsRequest(plane.correlationId(), 11, plane.epochOf(11)),
        ) as AllocateProducerIdsResponse,
    );
    expect(blocks.map(({ firstProducerId, count }) => [firstProducerId, count])).toEqual([
      [0, 1000],
      [1000, 1000],
    ]);
  });
});

describe('sessions (BrokerHeartbeatManager, BrokerHeartbeatTracker)', () => {
  it('a silent broker is fenced between 1 and 1 1/8 session timeouts after its last heartbeat', () => {
    const plane = planeWithTopic();
    for (let second = 0; second < 8; second += 2) {
      plane.heartbeat(12);
      plane.heartbeat(13);
      plane.run(2);
    }
    const { brokers } = plane.controller;
    // Broker 11 spoke last when it was brought up.
    const silentUs = (): number => plane.simulation.nowUs - brokers.get(11)!.lastContactUs;
    const lastUs = brokers.get(11)!.lastContactUs;
    while (!brokers.get(11)!.registration.fenced) {
      if (silentUs() % 1_000_000 < 2000) plane.heartbeat(12);
      plane.run(0.001);
      if (plane.simulation.nowUs % 1_000_000 < 1000) plane.heartbeat(13);
    }
    const tookUs = plane.simulation.nowUs - lastUs;
    expect(tookUs).toBeGreaterThan(9_000_000);
    expect(tookUs).toBeLessThan(10_125_000 + 100_000);
    expect(plane.partition(0)).toMatchObject({ isr: [12, 13], leader: 12, leaderEpoch: 1 });
  });

  it('brokers that fall silent together are fenced one per event, 10 ms apart', () => {
    const plane = planeWithTopic();
    let fencedAt: number[] = [];
    for (let step = 0; step < 12_000 && fencedAt.length < 3; step++) {
      plane.run(0.001);
      const fenced = [...plane.controller.brokers.values()].filter(
        (broker) => broker.fenced,
      ).length;
      while (fencedAt.length < fenced) fencedAt = [...fencedAt, plane.simulation.nowUs];
    }
    const [first, second, third] = fencedAt as [number, number, number];
    expect(second - first).toBeGreaterThanOrEqual(9_000);
    expect(second - first).toBeLessThanOrEqual(11_000);
    expect(third - second).toBeGreaterThanOrEqual(9_000);
  });

  it('unfencing elects a leader for leaderless partitions; the ISR stays the leader’s business', () => {
    const plane = planeWithTopic();
    plane.run(12);
    // While 12 and 13 were the ISR, that was min.insync.replicas: 11 is not eligible.
    expect(plane.partition(0)).toMatchObject({ leader: -1, isr: [], elr: [12, 13] });
    expect(plane.observer.marks).toContain('partition-leaderless');

    plane.heartbeat(12);
    expect(plane.partition(0)).toMatchObject({ leader: 12, isr: [12], elr: [13] });
    plane.heartbeat(11);
    expect(plane.partition(0)).toMatchObject({ leader: 12, isr: [12] });
    expect(plane.observer.marks).toContain('elr-election');
  });

  it('a new active controller gives unfenced brokers a full session', () => {
    const plane = new ControlPlane({ voters: 3, topics: [TOPIC] });
    plane.bringUp([11, 12, 13]);
    plane.run(1);
    const first = plane.activeId();
    plane.simulation.crash(plane.voters[first]!);
    plane.run(6);
    const active = plane.controller;
    for (const broker of active.brokers.values()) expect(broker.registration.fenced).toBe(false);
    const activeSinceUs = active.tasks.noOp.baseUs;
    plane.run((activeSinceUs + 8_900_000 - plane.simulation.nowUs) / 1_000_000);
    expect([...active.brokers.values()].some((broker) => broker.registration.fenced)).toBe(false);
    plane.run(2);
    expect([...active.brokers.values()].every((broker) => broker.registration.fenced)).toBe(true);
  });
});

describe('controlled shutdown (BrokerHeartbeatManager.calculateNextBrokerState)', () => {
  it('at once where the broker leads nothing', () => {
    const plane = planeWithTopic();
    expect(plane.heartbeat(13, { shutDown: true })).toMatchObject({ shouldShutDown: true });
    expect(plane.partition(0)).toMatchObject({ isr: [11, 12], leader: 11 });
  });

  it('a leader first hands over, then waits until all active brokers have read of it', () => {
    const plane = planeWithTopic();
    plane.runWith([11, 12, 13], 2);
    expect(plane.heartbeat(11, { shutDown: true })).toMatchObject({
      shouldShutDown: false,
      isFenced: false,
    });
    expect(plane.partition(0)).toMatchObject({ isr: [12, 13], leader: 12 });
    expect(plane.controller.brokers.get(11)!.registration.inControlledShutdown).toBe(true);
    const { controlledShutdownOffset } = plane.controller.brokers.get(11)!;

    plane.heartbeat(12, { offset: controlledShutdownOffset });
    plane.heartbeat(13, { offset: controlledShutdownOffset - 1 });
    expect(plane.heartbeat(11, { shutDown: true })).toMatchObject({ shouldShutDown: false });
    plane.heartbeat(13, { offset: controlledShutdownOffset });
    expect(plane.heartbeat(11, { shutDown: true })).toMatchObject({
      shouldShutDown: true,
      isFenced: true,
    });
  });

  it('a fenced broker may go at once', () => {
    const plane = new ControlPlane();
    plane.register(11, 1);
    expect(plane.heartbeat(11, { shutDown: true })).toMatchObject({ shouldShutDown: true });
  });

  it('a clean restart keeps the broker in the ELR, an unclean one does not (KIP-966)', () => {
    for (const clean of [true, false]) {
      const plane = planeWithTopic();
      plane.runWith([11, 12, 13], 2);
      // 13, then 12 stop in order: the ISR falls below min.insync.replicas and 12 is eligible.
      plane.heartbeat(13, { shutDown: true });
      plane.heartbeat(12, { shutDown: true });
      expect(plane.partition(0)).toMatchObject({ isr: [11], elr: [12], leader: 11 });

      plane.runWith([11], 12);
      plane.register(12, 77, clean ? plane.epochOf(12) : -1);
      expect(plane.partition(0)).toMatchObject({ isr: [11], elr: clean ? [12] : [] });
    }
  });
});
