import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetadataRecord } from '../metadata/records.js';
import { resolveSwitches } from '../switches.js';
import { NEWEST_VERSION, type KafkaVersion } from '../versions.js';
import { Quorum } from './quorum-testbed.js';

const NO_OP: MetadataRecord = { type: 'NoOp' };

/** What may happen to a node; disks are not lost, so whatever happens nothing committed may be. */
const ACTIONS = ['crash', 'losePower', 'pause', 'isolate', 'append', 'heal'] as const;
type ActionKind = (typeof ACTIONS)[number];

interface Action {
  readonly kind: ActionKind;
  readonly node: number;
  readonly afterMs: number;
}

const arbitraryAction: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom<ActionKind>(...ACTIONS, 'append', 'heal'),
  node: fc.nat({ max: 6 }),
  afterMs: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 3000 })),
});

/** A quorum with the faults that are on, so that they can be lifted. */
class BrokenQuorum {
  readonly quorum: Quorum;
  private readonly isolated = new Set<number>();

  constructor(voters: number, seed: number, version: KafkaVersion) {
    const switches = resolveSwitches({}, version, 'kraft');
    this.quorum = new Quorum({ voters, observers: 2, seed: `safety-${seed}`, switches });
  }

  act(action: Action): void {
    const { quorum } = this;
    const id = action.node % quorum.nodes.length;
    const node = quorum.nodes[id]!;
    if (action.kind === 'heal') this.heal(id);
    else if (action.kind === 'append') {
      for (const leader of quorum.leaders()) quorum.append(leader, [NO_OP, NO_OP]);
    } else if (action.kind === 'isolate') {
      if (this.isolated.has(id)) return;
      this.isolated.add(id);
      quorum.isolate(id);
    } else if (node.status !== 'running') return;
    else if (action.kind === 'crash') quorum.crash(id);
    else if (action.kind === 'losePower') quorum.losePower(id);
    else quorum.simulation.pause(node);
  }

  heal(id: number): void {
    const node = this.quorum.nodes[id]!;
    if (this.isolated.delete(id)) this.quorum.rejoin(id);
    if (node.status === 'paused') this.quorum.simulation.resume(node);
    else if (node.status !== 'running') this.quorum.start(id);
  }

  healAll(): void {
    for (const [id] of this.quorum.nodes.entries()) this.heal(id);
  }
}

function run(
  voters: number,
  seed: number,
  actions: readonly Action[],
  version: KafkaVersion = NEWEST_VERSION,
): Quorum {
  const broken = new BrokenQuorum(voters, seed, version);
  const { quorum } = broken;
  const epochs = quorum.nodes.map(() => 0);
  for (const action of actions) {
    broken.act(action);
    quorum.run(action.afterMs / 1000);
    for (const [id] of quorum.nodes.entries()) {
      if (!quorum.isUp(id)) continue;
      const { epoch } = quorum.raft(id);
      expect(epoch).toBeGreaterThanOrEqual(epochs[id]!);
      epochs[id] = epoch;
    }
  }
  broken.healAll();
  quorum.run(60);
  return quorum;
}

describe('raft', () => {
  it.each([
    ['4.1', 60],
    ['4.0', 20],
    ['3.9', 20],
    ['3.6', 20],
    ['3.3', 20],
  ] as const)(
    'one leader per epoch, committed batches never lost or different, epochs monotone (Kafka %s, no disk lost)',
    (version, numRuns) => {
      fc.assert(
        fc.property(
          fc.constantFrom(3, 5),
          fc.nat({ max: 1_000_000 }),
          fc.array(arbitraryAction, { minLength: 5, maxLength: 60 }),
          (voters, seed, actions) => {
            const quorum = run(voters, seed, actions, version);

            expect(quorum.watcher.problems).toEqual([]);
            // Healed: one leader, whose log has every batch that anybody ever saw committed; all have followed it.
            const leader = quorum.raft(quorum.leader());
            const { entries } = leader.log;
            let present = 0;
            for (const batch of entries) {
              if (quorum.watcher.committed.get(batch.baseOffset) === batch) present++;
            }
            expect(present).toBe(quorum.watcher.committed.size);
            expect(leader.highWatermark).toBe(leader.logEndOffset);
            for (const [id] of quorum.nodes.entries()) {
              expect(quorum.raft(id).highWatermark).toBe(leader.highWatermark);
            }
          },
        ),
        { numRuns },
      );
    },
  );

  it('the same actions give the same history', () => {
    const actions: Action[] = Array.from({ length: 30 }, (_, step) => ({
      kind: ACTIONS[(step * 7) % ACTIONS.length]!,
      node: (step * 5) % 7,
      afterMs: (step * 313) % 2000,
    }));
    expect(run(5, 7, actions).simulation.hash).toEqual(run(5, 7, actions).simulation.hash);
  });
});
