/** The metadata quorum by the rules of each version of Kafka with KRaft. */
import { describe, expect, it } from 'vitest';
import type { MetadataRecord } from '../metadata/records.js';
import { resolveSwitches, type Switches } from '../switches.js';
import { VERSION_PROFILES, type KafkaVersion } from '../versions.js';
import { Quorum } from './quorum-testbed.js';
import { RaftRole } from './raft-state.js';

const NO_OP: MetadataRecord = { type: 'NoOp' };

const VERSIONS = VERSION_PROFILES.filter(({ metadata }) => metadata === 'kraft').map(
  ({ version }) => version,
);

function rulesOf(version: KafkaVersion): Switches {
  return resolveSwitches({}, version, 'kraft');
}

/** How long after a record was appended the observer knew that it was committed, in seconds; the slowest of ten. */
function slowestNewsSeconds(switches: Readonly<Record<string, string>>): number {
  const quorum = new Quorum({ voters: 3, observers: 1, switches });
  quorum.run(5);
  const leader = quorum.leader();
  let slowest = 0;
  for (let round = 0; round < 10; round++) {
    quorum.append(leader, [NO_OP]);
    const end = quorum.raft(leader).logEndOffset + 1;
    let seconds = 0;
    for (; quorum.raft(3).highWatermark < end; seconds += 0.001) quorum.run(0.001);
    slowest = Math.max(slowest, seconds);
    quorum.run(1.2345);
  }
  return slowest;
}

describe.each(VERSIONS)('the quorum of Kafka %s', (version) => {
  it.each([1, 2, 3, 5])(
    '%i voters elect a leader, replace it, and lose nothing committed',
    (voters) => {
      for (const seed of ['a', 'b', 'c']) {
        const quorum = new Quorum({
          voters,
          observers: 2,
          seed,
          switches: rulesOf(version),
        });
        quorum.run(10);
        const first = quorum.leader();
        quorum.append(first, [NO_OP, NO_OP]);
        quorum.run(2);
        const committed = quorum.watcher.committed.size;
        expect(committed).toBeGreaterThanOrEqual(2);

        quorum.crash(first);
        quorum.run(10);
        // Of one voter, and of two, nobody is left who could be elected.
        if (voters > 2) expect(quorum.leader()).not.toBe(first);
        else expect(quorum.leaders()).toEqual([]);
        quorum.start(first);
        quorum.run(20);

        const leader = quorum.raft(quorum.leader());
        expect(leader.epoch).toBeGreaterThan(1);
        for (const [id] of quorum.nodes.entries()) {
          expect(quorum.raft(id)).toMatchObject({
            epoch: leader.epoch,
            highWatermark: leader.logEndOffset,
          });
        }
        expect(quorum.watcher.committed.size).toBeGreaterThan(committed);
        expect(quorum.watcher.problems).toEqual([]);
      }
    },
  );
});

describe('preVote (KIP-996)', () => {
  it('off: a voter that was cut off raises its epoch, and unseats the leader when it is back', () => {
    const quorum = new Quorum({ voters: 3, switches: rulesOf('3.9') });
    quorum.run(5);
    const leader = quorum.leader();
    const { epoch } = quorum.raft(leader);
    const lonely = (leader + 1) % 3;

    quorum.isolate(lonely);
    quorum.run(30);
    expect(quorum.raft(lonely)).toMatchObject({ role: RaftRole.candidate });
    expect(quorum.raft(lonely).epoch).toBeGreaterThan(epoch + 5);
    expect(quorum.leader()).toBe(leader);
    quorum.rejoin(lonely);
    quorum.run(10);

    expect(quorum.raft(quorum.leader()).epoch).toBeGreaterThan(epoch + 5);
    expect(quorum.watcher.problems).toEqual([]);
  });

  it('off: nobody is ever prospective', () => {
    const quorum = new Quorum({ voters: 3, switches: rulesOf('3.9') });
    for (let step = 0; step < 1000; step++) {
      if (step === 500) quorum.crash(quorum.leader());
      quorum.run(0.01);
      for (const [id] of quorum.nodes.entries()) {
        if (quorum.isUp(id)) expect(quorum.raft(id).role).not.toBe(RaftRole.prospective);
      }
    }
  });
});

describe('checkQuorum (KAFKA-15489)', () => {
  it.each(['on', 'off'] as const)('%s: a leader that nobody reaches', (checkQuorum) => {
    const quorum = new Quorum({ voters: 3, switches: { ...rulesOf('3.9'), checkQuorum } });
    quorum.run(5);
    const leader = quorum.leader();

    quorum.isolate(leader);
    quorum.run(30);
    const isStillLeader = quorum.raft(leader).role === RaftRole.leader;
    expect(isStillLeader).toBe(checkQuorum === 'off');
    // The others have a leader of a higher epoch all the same.
    expect(quorum.leader()).not.toBe(leader);
    quorum.rejoin(leader);
    quorum.run(10);

    expect(quorum.leaders()).toHaveLength(1);
    expect(quorum.watcher.problems).toEqual([]);
  });
});

describe('leaderSearch', () => {
  it('leaderOnly: BeginQuorumEpoch goes to each voter until it has confirmed it', () => {
    const quorum = new Quorum({ voters: 3, switches: { leaderSearch: 'leaderOnly' } });
    quorum.run(10);
    const leader = quorum.raft(quorum.leader()).leader!;
    expect(leader.acknowledged.filter((one) => one === 1)).toHaveLength(2);
    expect(leader.beginQuorumEpochAtUs).toBeLessThan(5_000_000);
  });
});

describe('metadataHighWatermark (KIP-1166)', () => {
  it('pushed: an observer knows what is committed at once', () => {
    expect(slowestNewsSeconds({})).toBeLessThan(0.05);
  });

  it.each(['atArrival', 'atTimeout'])(
    '%s: it may have to wait until its fetch is over',
    (metadataHighWatermark) => {
      const slowest = slowestNewsSeconds({ metadataHighWatermark });
      expect(slowest).toBeGreaterThan(0.3);
      expect(slowest).toBeLessThan(1.1);
    },
  );
});
