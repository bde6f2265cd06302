import { describe, expect, it } from 'vitest';
import { electLeader, withoutReplica } from './election.js';
import { emptyContext, type ControllerContext, type Leadership } from './state.js';
import { zkDefinition } from './testdata/zk-cluster.js';

const REPLICAS = [1, 2, 3];
const clean = zkDefinition({ topics: [{ replicas: [REPLICAS] }] });
const unclean = zkDefinition({
  topics: [{ replicas: [REPLICAS], config: { 'unclean.leader.election.enable': true } }],
});

function contextOf(live: readonly number[], shuttingDown: number[] = []): ControllerContext {
  const context = emptyContext(clean);
  context.brokers = live.map((id) => ({ id, epoch: id, rack: null }));
  context.shuttingDown = shuttingDown;
  context.assignments[0] = REPLICAS;
  return context;
}

function ledBy(leader: number, ...isr: readonly number[]): Leadership {
  return { leader, leaderEpoch: 7, isr, zkVersion: 12, controllerEpoch: 1 };
}

describe('the election of an offline partition', () => {
  it('takes the first live replica of the ISR, and drops dead ones from it', () => {
    const elected = electLeader(clean, contextOf([2, 3]), 'offline', 0, ledBy(1, 1, 3, 2), 4);
    expect(elected).toEqual({
      leadership: { leader: 2, leaderEpoch: 8, isr: [3, 2], zkVersion: 12, controllerEpoch: 4 },
      recipients: [2, 3],
    });
  });

  it('takes nobody outside of the ISR', () => {
    expect(electLeader(clean, contextOf([2, 3]), 'offline', 0, ledBy(1, 1), 4)).toBeNull();
  });

  it('takes the first live replica and nobody else into the ISR where the topic allows it', () => {
    const elected = electLeader(unclean, contextOf([2, 3]), 'offline', 0, ledBy(1, 1), 4);
    expect(elected?.leadership).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 8 });
    expect(electLeader(unclean, contextOf([]), 'offline', 0, ledBy(1, 1), 4)).toBeNull();
  });

  it('passes over brokers that shut down and replicas whose disk has failed', () => {
    const context = contextOf([1, 2, 3], [1]);
    context.offlineReplicas = [{ broker: 2, partition: 0 }];
    const elected = electLeader(clean, context, 'offline', 0, ledBy(1, 1, 2, 3), 4);
    expect(elected?.leadership).toMatchObject({ leader: 3, isr: [3] });
  });
});

describe('the election of the preferred leader', () => {
  it('keeps the ISR', () => {
    const elected = electLeader(clean, contextOf([1, 2]), 'preferred', 0, ledBy(2, 2, 1, 3), 4);
    expect(elected?.leadership).toMatchObject({ leader: 1, isr: [2, 1, 3], leaderEpoch: 8 });
  });

  it.each([
    ['dead', [2, 3], ledBy(2, 1, 2, 3)],
    ['out of sync', [1, 2, 3], ledBy(2, 2, 3)],
  ])('fails where it is %s', (_, live, current) => {
    expect(electLeader(clean, contextOf(live), 'preferred', 0, current, 4)).toBeNull();
  });
});

describe('the election for a controlled shutdown', () => {
  it('takes who shuts down out of the ISR, and tells it', () => {
    const context = contextOf([1, 2, 3], [1]);
    const elected = electLeader(clean, context, 'controlledShutdown', 0, ledBy(1, 1, 2, 3), 4);
    expect(elected?.leadership).toMatchObject({ leader: 2, isr: [2, 3] });
    expect(elected?.recipients).toEqual([1, 2, 3]);
  });

  it('fails where the ISR has nobody else', () => {
    const context = contextOf([1, 2, 3], [1]);
    expect(electLeader(clean, context, 'controlledShutdown', 0, ledBy(1, 1), 4)).toBeNull();
  });
});

describe('an ISR that a replica leaves', () => {
  it('has no leader where that led, and keeps its last member', () => {
    expect(withoutReplica(clean, 0, ledBy(1, 1, 2), 1, 4)).toMatchObject({ leader: -1, isr: [2] });
    expect(withoutReplica(clean, 0, ledBy(1, 1, 2), 2, 4)).toMatchObject({ leader: 1, isr: [1] });
    expect(withoutReplica(unclean, 0, ledBy(1, 1), 1, 4)).toMatchObject({ leader: -1, isr: [1] });
  });

  it('was left empty before 1.1, where unclean elections are allowed', () => {
    const topics = [{ replicas: [REPLICAS], config: { 'unclean.leader.election.enable': true } }];
    const old = zkDefinition({ kafka: '0.11', topics });
    expect(withoutReplica(old, 0, ledBy(1, 1), 1, 4)).toMatchObject({ leader: -1, isr: [] });
    const careful = zkDefinition({ kafka: '0.11', topics: [{ replicas: [REPLICAS] }] });
    expect(withoutReplica(careful, 0, ledBy(1, 1), 1, 4)).toMatchObject({ isr: [1] });
  });
});
