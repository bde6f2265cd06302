import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import {
  AllocateProducerIdsRequest,
  AlterPartitionRequest,
  BrokerRegistrationRequest,
  CreateTopicsRequest,
  ElectLeadersRequest,
} from '../rpc/index.js';
import { ControlPlane } from './control-plane-testbed.js';

const TOPIC = {
  partitions: 2,
  replicationFactor: 3,
  replicas: [
    [11, 12, 13],
    [12, 13, 11],
  ],
};

function isolate(plane: ControlPlane, voter: number): void {
  for (const host of plane.voters) {
    if (host.index === voter) continue;
    plane.simulation.transport.block(voter, host.index);
    plane.simulation.transport.block(host.index, voter);
  }
}

describe('the active controller (QuorumController)', () => {
  it('answers a write when it is committed: linger, flush, a majority', () => {
    const plane = new ControlPlane({ voters: 3 });
    const request = new BrokerRegistrationRequest(plane.correlationId(), 11, 1, null, -1);
    const sentUs = plane.simulation.nowUs;
    plane.ask(request);
    // 25 ms linger, half a millisecond each way, 5 ms to flush at the follower; the handshake besides.
    const tookUs = plane.answeredAtUs(request) - sentUs;
    expect(tookUs).toBeGreaterThan(25_000 + 4 * 500 + 5000);
    expect(tookUs).toBeLessThan(60_000);
  });

  it('a reading waits for the writes before it, whose effect it saw', () => {
    const plane = new ControlPlane({ voters: 3 });
    plane.bringUp([11, 12]);
    plane.run(0.2);
    const write = new AllocateProducerIdsRequest(plane.correlationId(), 11, plane.epochOf(11));
    const read = plane.heartbeatRequest(12);
    plane.send(write);
    plane.send(read);
    plane.run(0.02);
    expect(plane.response(read)).toBeNull();
    plane.run(0.1);
    expect(plane.answeredAtUs(read) - plane.answeredAtUs(write)).toBeLessThanOrEqual(5);
  });

  it('events are handled one at a time', () => {
    const plane = new ControlPlane();
    plane.bringUp([11]);
    plane.run(1.3);
    const requests = [0, 1, 2].map(() => plane.heartbeatRequest(11));
    for (const request of requests) plane.send(request);
    plane.run(0.01);
    const [first, second, third] = requests.map((request) => plane.answeredAtUs(request)) as [
      number,
      number,
      number,
    ];
    const { controllerEventUs } = plane.definition.costs;
    // The second and third arrive with the first, give or take the bandwidth of the link.
    expect(second - first).toBeGreaterThanOrEqual(controllerEventUs - 5);
    expect(third - second).toBeGreaterThanOrEqual(controllerEventUs - 5);
  });

  it('standbys refuse with NOT_CONTROLLER', () => {
    const plane = new ControlPlane({ voters: 3 });
    const standby = (plane.activeId() + 1) % 3;
    const request = new BrokerRegistrationRequest(plane.correlationId(), 11, 1, null, -1);
    expect(plane.ask(request, standby)).toMatchObject({ error: ErrorCode.NOT_CONTROLLER });
  });

  it('losing the office fails what waits and takes back what is not committed', () => {
    const plane = new ControlPlane({ voters: 3, topics: [TOPIC] });
    plane.bringUp([11, 12, 13]);
    plane.run(1);
    const old = plane.activeId();
    const { controller } = plane.voter(old);
    isolate(plane, old);
    const create = new CreateTopicsRequest(plane.correlationId(), [0]);
    const register = new BrokerRegistrationRequest(plane.correlationId(), 11, 1100, null, -1);
    plane.send(create, old);
    plane.send(register, old);
    plane.run(0.1);
    expect(controller.partitions[0]).not.toBeNull();
    expect(plane.response(create)).toBeNull();
    const committed = [...controller.brokers.values()].map((broker) => broker.registration.epoch);

    plane.run(6);
    expect(plane.response(create)).toMatchObject({ error: ErrorCode.NOT_CONTROLLER });
    expect(plane.response(register)).toMatchObject({ error: ErrorCode.NOT_CONTROLLER });
    expect(controller.partitions).toEqual([null, null]);
    expect(controller.topics).toEqual([0]);
    expect([...controller.brokers.values()].map((b) => b.registration.epoch)).toEqual(committed);
    expect([...controller.brokers.values()].map((b) => b.hosted)).toEqual([[], [], []]);
    expect(plane.observer.marks).toContain('controller-reverted');
    expect(plane.activeId()).not.toBe(old);
    expect(plane.observer.resignations).toContain(old);
  });

  it('a standby that takes over goes on from the same state', () => {
    const plane = new ControlPlane({ voters: 3, topics: [TOPIC] });
    plane.bringUp([11, 12, 13]);
    plane.createTopics([0]);
    plane.heartbeat(13, { fence: true });
    const before = plane.controller.partitions.slice();
    plane.run(1);

    plane.simulation.crash(plane.voters[plane.activeId()]!);
    plane.run(6);
    expect(plane.controller.partitions).toEqual(before);
    expect(plane.controller.brokers.get(13)!.registration.fenced).toBe(true);
    expect(new Set(plane.observer.activations).size).toBe(2);
  });

  it('a no-op record every metadata.max.idle.interval.ms; 0 switches them off', () => {
    const plane = new ControlPlane();
    const before = plane.controller.nextWriteOffset;
    plane.run(10);
    expect(plane.controller.nextWriteOffset - before).toBe(20);

    const silent = new ControlPlane({ config: { 'metadata.max.idle.interval.ms': 0 } });
    const start = silent.controller.nextWriteOffset;
    silent.run(10);
    expect(silent.controller.nextWriteOffset).toBe(start);
  });

  it('a disk that fails ends the process; another controller takes over', () => {
    const plane = new ControlPlane({ voters: 3 });
    const first = plane.activeId();
    plane.voters[first]!.disk.status = 'full';
    plane.run(8);
    expect(plane.voters[first]!.status).toBe('down');
    expect(plane.activeId()).not.toBe(first);
  });
});

describe('elections without a cause', () => {
  it('automatic balancing runs on its interval, and only where a leader is not the preferred one', () => {
    const plane = new ControlPlane({ topics: [TOPIC] });
    plane.bringUp([11, 12, 13]);
    plane.createTopics([0]);
    expect(plane.controller.tasks.electPreferred.isArmed).toBe(false);

    plane.heartbeat(12, { fence: true });
    plane.heartbeat(12);
    expect(plane.partition(1)).toMatchObject({ leader: 13, isr: [13, 11] });
    expect(plane.controller.tasks.electPreferred.isArmed).toBe(true);
    // Broker 12 is not in the ISR: the run finds nothing to do, and is armed again.
    plane.runWith([11, 12, 13], 300);
    expect(plane.partition(1).leader).toBe(13);
    expect(plane.controller.tasks.electPreferred.isArmed).toBe(true);

    const { leaderEpoch, partitionEpoch } = plane.partition(1);
    const newIsr = [13, 11, 12].map((brokerId) => ({
      brokerId,
      brokerEpoch: plane.epochOf(brokerId),
    }));
    const entry = {
      partition: 1,
      leaderEpoch,
      partitionEpoch,
      newIsr,
      leaderRecoveryState: 'RECOVERED' as const,
    };
    const join = new AlterPartitionRequest(plane.correlationId(), 13, plane.epochOf(13), [entry]);
    expect(plane.ask(join)).toMatchObject({
      results: [{ error: ErrorCode.NONE, isr: [13, 11, 12] }],
    });
    plane.runWith([11, 12, 13], 300);
    expect(plane.partition(1)).toMatchObject({ leader: 12, leaderEpoch: leaderEpoch + 1 });
    plane.runWith([11, 12, 13], 300);
    expect(plane.controller.tasks.electPreferred.isArmed).toBe(false);
  });

  it('ElectLeaders moves leadership to the preferred replica, or says why not', () => {
    const plane = new ControlPlane({ topics: [TOPIC] });
    plane.bringUp([11, 12, 13]);
    plane.createTopics([0]);
    const elect = (partitions: number[] | null): unknown =>
      plane.ask(new ElectLeadersRequest(plane.correlationId(), partitions));

    expect(elect([0, 9])).toMatchObject({
      results: [
        { partition: 0, error: ErrorCode.ELECTION_NOT_NEEDED },
        { partition: 9, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
      ],
    });
    expect(elect(null)).toMatchObject({ results: [] });
    plane.heartbeat(12, { fence: true });
    expect(elect([1])).toMatchObject({
      results: [{ partition: 1, error: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE }],
    });
  });
});

describe('cost', () => {
  it('idle: a controller wakes for no-op records and heartbeats, not to look at sessions', () => {
    const plane = new ControlPlane();
    plane.bringUp([11, 12, 13]);
    plane.run(1);
    const before = plane.simulation.eventCount;
    plane.run(8);
    // Per no-op record: its timer, the linger, the flush; besides a session check.
    expect(plane.simulation.eventCount - before).toBeLessThanOrEqual(16 * 3 + 4);
  });
});
