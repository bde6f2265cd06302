import { describe, expect, it } from 'vitest';
import type { MetadataRecord } from '../metadata/records.js';
import { QUORUM_STATE, RaftRole, type QuorumStateCheckpoint } from './raft-state.js';
import { Quorum } from './quorum-testbed.js';
import { raftHasShutDown } from './raft.js';

const NO_OP: MetadataRecord = { type: 'NoOp' };

function endOffsets(quorum: Quorum): number[] {
  return quorum.nodes.map((_, id) => quorum.raft(id).logEndOffset);
}

describe('election', () => {
  it.each([1, 3, 5])('%i voters elect one leader and commit its LeaderChange', (voters) => {
    const quorum = new Quorum({ voters, observers: 2 });
    quorum.run(5);

    const leader = quorum.leader();
    expect(quorum.leaders()).toEqual([leader]);
    for (const [id] of quorum.nodes.entries()) {
      const raft = quorum.raft(id);
      expect(raft).toMatchObject({
        leaderId: leader,
        epoch: 1,
        highWatermark: 1,
        committedCount: 1,
      });
    }
    expect(quorum.watcher.problems).toEqual([]);
  });

  it('one voter leads at once, without an election timeout', () => {
    const quorum = new Quorum({ voters: 1 });
    expect(quorum.raft(0).role).toBe(RaftRole.leader);
    expect(quorum.raft(0).highWatermark).toBe(-1);

    quorum.run(0.02);
    expect(quorum.raft(0).highWatermark).toBe(1);
  });

  it('a crashed leader is replaced after the fetch timeout; the epoch rises by one (pre-vote)', () => {
    const quorum = new Quorum({ voters: 3 });
    quorum.run(5);
    const first = quorum.leader();

    quorum.crash(first);
    quorum.run(1.4);
    expect(quorum.leaders()).toEqual([]);
    quorum.run(3);
    const second = quorum.leader();
    expect(second).not.toBe(first);
    expect(quorum.raft(second).epoch).toBe(2);

    quorum.start(first);
    quorum.run(3);
    expect(quorum.raft(first)).toMatchObject({
      role: RaftRole.follower,
      leaderId: second,
      epoch: 2,
    });
    expect(quorum.watcher.problems).toEqual([]);
  });

  it('a restarted leader is resigned in its epoch: it can neither lead nor vote in it', () => {
    const quorum = new Quorum({ voters: 3 });
    quorum.run(5);
    const leader = quorum.leader();

    quorum.crash(leader);
    quorum.start(leader);
    expect(quorum.raft(leader)).toMatchObject({ role: RaftRole.resigned, epoch: 1, votedId: -1 });
    quorum.run(6);
    expect(quorum.raft(quorum.leader()).epoch).toBeGreaterThan(1);
    expect(quorum.watcher.problems).toEqual([]);
  });

  it('a voter that was cut off does not disturb the leader when it is back (KIP-996)', () => {
    const quorum = new Quorum({ voters: 3 });
    quorum.run(5);
    const leader = quorum.leader();
    const lonely = (leader + 1) % 3;

    quorum.isolate(lonely);
    quorum.run(30);
    expect(quorum.raft(lonely).epoch).toBe(1);
    quorum.rejoin(lonely);
    quorum.run(10);

    expect(quorum.leader()).toBe(leader);
    expect(quorum.raft(leader).epoch).toBe(1);
    expect(quorum.raft(lonely)).toMatchObject({ role: RaftRole.follower, leaderId: leader });
  });

  it('split votes end: five voters whose timers are close elect somebody for every seed', () => {
    let lost = 0;
    for (let seed = 0; seed < 40; seed++) {
      const quorum = new Quorum({
        voters: 5,
        seed: `split-${seed}`,
        config: { 'controller.quorum.election.timeout.ms': 30 },
      });
      quorum.run(4);
      expect(quorum.leaders().length).toBeGreaterThan(0);
      expect(quorum.watcher.problems).toEqual([]);
      lost += quorum.watcher.marks.filter((mark) => mark === 'vote-conflict').length;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('the vote is on disk before it is given', () => {
    const quorum = new Quorum({ voters: 3 });
    let votes = 0;
    for (let step = 0; step < 40_000 && quorum.leaders().length === 0; step++) {
      quorum.run(0.0001);
      for (const [id, node] of quorum.nodes.entries()) {
        const { role, votedId, epoch } = quorum.raft(id);
        if (votedId < 0 || role === RaftRole.leader) continue;
        const state = node.disk.readCheckpoint<QuorumStateCheckpoint>(QUORUM_STATE)!;
        expect(state).toMatchObject({ leaderEpoch: epoch, votedId });
        votes++;
      }
    }
    expect(votes).toBeGreaterThan(0);
    expect(quorum.watcher.marks).toContain('vote-granted');
  });

  it.each(['on', 'off'] as const)(
    'votePersistence=%s: restarted voters vote twice in an epoch, or do not',
    (votePersistence) => {
      let twice = 0;
      for (let seed = 0; seed < 20; seed++) {
        const quorum = new Quorum({
          voters: 3,
          seed: `forget-${seed}`,
          switches: { votePersistence },
        });
        quorum.run(5);
        const first = quorum.leader();

        // 1) The leader dies; of the two others one votes for the other, which wins.
        quorum.crash(first);
        while (quorum.leaders().length === 0) quorum.run(0.0001);
        const second = quorum.leader();
        // 2) Nobody hears of it: the winner is cut off, its voter restarts, and so does the first leader.
        quorum.isolate(second);
        const voter = 3 - first - second;
        quorum.crash(voter);
        quorum.start(voter);
        quorum.start(first);
        quorum.run(10);

        if (quorum.watcher.problems.some((problem) => problem.startsWith('epoch 2'))) twice++;
      }
      if (votePersistence === 'on') expect(twice).toBe(0);
      else expect(twice).toBeGreaterThan(4);
    },
  );

  it('shutdown: the leader resigns and its preferred successor stands at once', () => {
    const quorum = new Quorum({ voters: 3, observers: 1 });
    quorum.run(5);
    const leader = quorum.leader();
    quorum.shutDown(leader);
    quorum.run(0.1);

    const next = quorum.leader();
    expect(next).not.toBe(leader);
    expect(quorum.raft(next).epoch).toBe(2);
    expect(raftHasShutDown(quorum.raft(leader), quorum.simulation.nowUs)).toBe(true);
  });
});

describe('replication', () => {
  it('a batch is committed once a majority flushed it, and all learn of it (KIP-1166)', () => {
    const quorum = new Quorum({ voters: 3, observers: 3 });
    quorum.run(5);
    quorum.append(quorum.leader(), [NO_OP, NO_OP]);
    quorum.run(0.0249);
    expect(endOffsets(quorum)).not.toContain(3);

    quorum.run(0.05);
    expect(endOffsets(quorum)).toEqual([3, 3, 3, 3, 3, 3]);
    for (const [id] of quorum.nodes.entries()) {
      expect(quorum.raft(id).highWatermark).toBe(3);
      expect(quorum.raft(id).committedCount).toBe(2);
    }
  });

  it('appends within the linger time make one batch', () => {
    const quorum = new Quorum({ voters: 1 });
    quorum.run(1);
    quorum.append(0, [NO_OP]);
    quorum.run(0.01);
    quorum.append(0, [NO_OP, NO_OP]);
    quorum.run(0.1);
    expect(quorum.raft(0).log.entries.last()!.records).toHaveLength(3);
  });

  it('nothing is committed without a majority; the leader resigns after 1.5 fetch timeouts', () => {
    const quorum = new Quorum({ voters: 3 });
    quorum.run(5);
    const leader = quorum.leader();
    for (const other of [0, 1, 2]) if (other !== leader) quorum.crash(other);

    quorum.append(leader, [NO_OP]);
    quorum.run(2.4);
    expect(quorum.raft(leader)).toMatchObject({ role: RaftRole.leader, highWatermark: 1 });
    expect(quorum.raft(leader).logEndOffset).toBe(2);
    quorum.run(0.7);
    expect(quorum.raft(leader).role).not.toBe(RaftRole.leader);
    expect(quorum.watcher.marks).toContain('quorum-check-resigned');
  });

  it('an isolated leader’s uncommitted batch is cut when it follows the new leader', () => {
    const quorum = new Quorum({ voters: 3, observers: 1 });
    quorum.run(5);
    const old = quorum.leader();

    quorum.isolate(old);
    quorum.append(old, [NO_OP, NO_OP, NO_OP]);
    quorum.run(8);
    const leader = quorum.leader();
    quorum.append(leader, [NO_OP]);
    quorum.run(1);
    expect(quorum.raft(old).logEndOffset).toBe(4);
    expect(quorum.raft(old).highWatermark).toBe(1);

    quorum.rejoin(old);
    quorum.run(20);
    expect(quorum.watcher.marks).toContain('metadata-truncated');
    expect(new Set(endOffsets(quorum)).size).toBe(1);
    expect(quorum.raft(old).highWatermark).toBe(quorum.raft(leader).highWatermark);
    expect(quorum.watcher.problems).toEqual([]);
  });

  it('a new leader exposes earlier batches only with a record of its own epoch', () => {
    const quorum = new Quorum({ voters: 3 });
    quorum.run(5);
    const first = quorum.leader();
    quorum.append(first, [NO_OP]);
    quorum.run(1);
    quorum.crash(first);
    let seen = false;
    for (let step = 0; step < 60_000; step++) {
      quorum.run(0.0001);
      const leading = quorum.leaders()[0];
      if (leading === undefined) continue;
      const { leader, highWatermark } = quorum.raft(leading);
      seen = true;
      if (leader!.highWatermark >= 0) {
        expect(leader!.highWatermark).toBeGreaterThan(leader!.epochStartOffset);
        break;
      }
      expect(highWatermark).toBeLessThanOrEqual(leader!.epochStartOffset);
    }
    expect(seen).toBe(true);
  });

  it('a loss of power of all nodes loses nothing that was committed', () => {
    const quorum = new Quorum({ voters: 3, observers: 2 });
    quorum.run(5);
    for (let round = 0; round < 5; round++) {
      quorum.append(quorum.leader(), [NO_OP, NO_OP]);
      quorum.run(0.041);
      const highest = Math.max(...quorum.nodes.map((_, id) => quorum.raft(id).highWatermark));

      for (const [id] of quorum.nodes.entries()) quorum.losePower(id);
      for (const [id] of quorum.nodes.entries()) quorum.start(id);
      quorum.run(10);
      expect(quorum.raft(quorum.leader()).highWatermark).toBeGreaterThanOrEqual(highest);
    }
    expect(quorum.watcher.problems).toEqual([]);
  });

  it('a voter whose disk was replaced copies the log again', () => {
    const quorum = new Quorum({ voters: 3 });
    quorum.run(5);
    for (let batch = 0; batch < 20; batch++) {
      quorum.append(quorum.leader(), [NO_OP]);
      quorum.run(0.1);
    }
    const follower = (quorum.leader() + 1) % 3;
    quorum.crash(follower);
    quorum.nodes[follower]!.disk.lose();
    quorum.start(follower);
    quorum.run(2);
    expect(quorum.raft(follower).logEndOffset).toBe(21);
    expect(quorum.raft(follower).highWatermark).toBe(21);
  });

  it('a process whose metadata disk fails ends', () => {
    const quorum = new Quorum({ voters: 3 });
    quorum.run(5);
    const leader = quorum.leader();
    quorum.nodes[leader]!.disk.status = 'failed';
    quorum.append(leader, [NO_OP]);
    quorum.run(1);
    expect(quorum.nodes[leader]!.status).toBe('down');
  });
});

describe('cost', () => {
  it('idle: a parked fetch per node and a wake-up now and then, nothing else', () => {
    const quorum = new Quorum({ voters: 3, observers: 3 });
    quorum.run(10);
    const before = quorum.simulation.eventCount;
    quorum.run(100);
    // Per second: 5 fetches answered twice (4 events each way), 2 BeginQuorumEpoch, and one timer a node.
    expect((quorum.simulation.eventCount - before) / 100).toBeLessThan(40);
  });

  it('a run and its fork go on to the same hash', () => {
    const quorum = new Quorum({ voters: 3, observers: 2 });
    quorum.run(3.3);
    quorum.append(quorum.leader(), [NO_OP]);
    quorum.run(0.026);
    const fork = quorum.simulation.fork();
    fork.observer = quorum.watcher;
    const untilUs = quorum.simulation.nowUs + 20_000_000;
    fork.runUntil(untilUs);
    quorum.simulation.runUntil(untilUs);
    expect(fork.eventCount).toBe(quorum.simulation.eventCount);
    expect(fork.hash).toEqual(quorum.simulation.hash);
  });
});
