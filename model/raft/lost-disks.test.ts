/** What a quorum does whose voters lost their disks: Kafka promises nothing then, but every process ends or goes on. */
import { describe, expect, it } from 'vitest';
import { Quorum } from './quorum-testbed.js';

const SEEDS = Array.from({ length: 30 }, (_, seed) => `lost-${seed}`);
const OBSERVER = 3;
const ENDINGS = [
  'inconsistent-quorum-leader',
  'metadata-append-out-of-order',
  'metadata-cut-below-high-watermark',
  'metadata-high-watermark-fell',
];

/** Three voters and an observer that have committed some batches. */
function settledQuorum(seed: string): Quorum {
  const quorum = new Quorum({ voters: 3, observers: 1, seed });
  quorum.run(5);
  for (let count = 0; count < 5; count++) {
    quorum.append(quorum.leader(), [{ type: 'NoOp' }]);
    quorum.run(0.2);
  }
  return quorum;
}

function loseDisks(quorum: Quorum, voters: readonly number[]): void {
  for (const id of voters) {
    quorum.losePower(id);
    quorum.nodes[id]!.disk.lose();
  }
}

function endings(quorum: Quorum): string[] {
  return quorum.watcher.marks.filter((mark) => ENDINGS.includes(mark));
}

describe('voters that lose their disks', () => {
  it('one of three, the others running: nothing is lost and nobody ends', () => {
    for (const seed of SEEDS) {
      const quorum = settledQuorum(seed);
      const { highWatermark } = quorum.raft(OBSERVER);
      const lost = (quorum.leader() + 1) % 3;
      loseDisks(quorum, [lost]);
      quorum.start(lost);
      quorum.run(10);

      expect(quorum.watcher.problems).toEqual([]);
      expect(endings(quorum)).toEqual([]);
      expect(quorum.raft(lost).highWatermark).toBeGreaterThanOrEqual(highWatermark);
    }
  });

  it('all of them: the observer ends rather than give up what was committed, and then follows the new log', () => {
    const seen = new Set<string>();
    let followed = 0;
    for (const seed of SEEDS) {
      const quorum = settledQuorum(seed);
      const [firstBatch] = quorum.raft(OBSERVER).log.entries;
      loseDisks(quorum, [0, 1, 2]);
      for (const id of [0, 1, 2]) quorum.start(id);
      quorum.run(15);

      expect(quorum.isUp(OBSERVER)).toBe(false);
      expect(quorum.nodes[OBSERVER]!.disk.files.get('__cluster_metadata-0')!.entries.at(0)).toBe(
        firstBatch,
      );
      for (const mark of endings(quorum)) seen.add(mark);
      quorum.start(OBSERVER);
      quorum.run(5);
      if (quorum.isUp(OBSERVER) && quorum.raft(OBSERVER).leaderId === quorum.leader()) followed++;
    }
    expect(seen).toContain('metadata-cut-below-high-watermark');
    expect(seen).toContain('inconsistent-quorum-leader');
    expect(followed).toBeGreaterThan(0);
  });

  it('a majority, while the third is down: processes may end, and restarted they elect a leader', () => {
    let ended = 0;
    for (const seed of SEEDS) {
      const quorum = settledQuorum(seed);
      const kept = quorum.leader();
      const others = [0, 1, 2].filter((id) => id !== kept);
      quorum.crash(kept);
      loseDisks(quorum, others);
      for (const id of others) quorum.start(id);
      quorum.run(10);
      quorum.start(kept);
      for (let rounds = 0; rounds < 12; rounds++) {
        quorum.run(5);
        for (const id of [0, 1, 2]) if (!quorum.isUp(id)) quorum.start(id);
      }
      quorum.run(4);
      ended += endings(quorum).length;

      const leader = quorum.leader();
      const behind = [0, 1, 2].filter(
        (id) => quorum.isUp(id) && quorum.raft(id).leaderId === leader,
      );
      expect(behind.length).toBeGreaterThanOrEqual(2);
      expect(quorum.raft(leader).highWatermark).toBeGreaterThan(0);
    }
    expect(ended).toBeGreaterThan(0);
  });
});
