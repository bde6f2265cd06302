/** The invariants of a run, and what they share. */
import type { ClusterDefinition } from '../../model/index.js';
import type { Forker } from '../../sim/index.js';
import type { InvariantId } from '../language/invariants.js';
import type { MetadataTruth, TruthListener } from '../run/metadata-truth.js';
import type { Watcher } from '../run/watcher.js';
import { AckedDurable } from './acked-durable.js';
import type { Breach } from './breach.js';
import { Breaches, type ExpectedLoss } from './breaches.js';
import { INVARIANT_CLASSES } from './catalogue.js';
import { Circumstances, type Death } from './circumstances.js';
import { Invariant, type Peers } from './invariant.js';
import { judge } from './judge.js';
import { replicaOf } from './partition-book.js';
import { PartitionLedger } from './partition-ledger.js';
import { Progress } from './progress.js';

/**
 * The invariants of one run.
 *
 * The run tells `watchers` everything, in their order and behind the metadata truth; tells of hosts with
 * `hostStarted` and `hostDied`; and reads `breaches` and `pending()`. Changes of the truth reach the invariants as its
 * listeners, which a suite adds by itself.
 */
export class InvariantSuite {
  private readonly peers: Peers;
  private readonly list: readonly Invariant[];

  private constructor(peers: Peers, list: readonly Invariant[]) {
    this.peers = peers;
    this.list = list;
    this.listen();
  }

  /** Makes the invariants of those ids and lets them hear of changes of the truth. */
  static create(
    ids: 'all' | readonly InvariantId[],
    definition: ClusterDefinition,
    truth: MetadataTruth,
  ): InvariantSuite {
    const circumstances = new Circumstances(definition, truth);
    const ledger = new PartitionLedger(definition, circumstances);
    const breaches = new Breaches(definition, circumstances);
    const peers: Peers = { definition, truth, ledger, circumstances, breaches };
    const classes = INVARIANT_CLASSES.filter(({ doc }) => ids === 'all' || ids.includes(doc.id));
    return new InvariantSuite(
      peers,
      classes.map((Class): Invariant => new Class(peers)),
    );
  }

  /** Those whom the run tells what happens; none where no invariant was asked for. */
  get watchers(): readonly Watcher<object>[] {
    return this.list.length === 0
      ? []
      : [this.peers.circumstances, this.peers.ledger, ...this.list];
  }

  get breaches(): Breaches {
    return this.peers.breaches;
  }

  /** The invariants of a forked run. `truth` is that run's own, without listeners of this one. */
  fork(forker: Forker, truth: MetadataTruth): InvariantSuite {
    const ledger = forker.clone(this.peers.ledger);
    const circumstances = forker.clone(this.peers.circumstances);
    const breaches = forker.clone(this.peers.breaches);
    circumstances.attach(truth);
    ledger.attach(circumstances);
    breaches.attach(circumstances);
    const peers: Peers = { ...this.peers, truth, ledger, circumstances, breaches };
    const list = this.list.map((invariant) => forker.clone(invariant));
    for (const invariant of list) invariant.attach(peers);
    return new InvariantSuite(peers, list);
  }

  /** A host's process started (not: went on after a pause). */
  hostStarted(atUs: number, host: number): void {
    this.peers.circumstances.hostStarted(atUs, host);
    for (const invariant of this.list) invariant.hostStarted(atUs, host);
  }

  /** A host's process died, or its machine lost power or disk, perhaps while it was down already. */
  hostDied(atUs: number, host: number, death: Death): void {
    const { circumstances, definition, ledger } = this.peers;
    circumstances.hostDied(atUs, host, death);
    const node = definition.nodeOnHost(host);
    if (death === 'disk-loss' && node?.isBroker === true) ledger.diskLost(node.id);
    for (const invariant of this.list) invariant.hostDied(atUs, host);
  }

  /** What I16 still waits for, one line each; empty, too, where I16 was not asked for. */
  pending(): string[] {
    return this.list.find((invariant) => invariant instanceof Progress)?.pending() ?? [];
  }

  /** `pending()` as it is judged: liveness failures, or what a broken assumption explains. */
  unfinished(atUs: number): { pending: readonly string[]; expected: readonly ExpectedLoss[] } {
    const { breaches, circumstances, definition } = this.peers;
    const pending = this.pending();
    const found = pending.map((message): Breach => {
      const { id: invariant, name } = Progress.doc;
      const event = breaches.simulation.eventCount;
      const nowhere = { partition: null, partitionIndex: -1 };
      return { invariant, name, atUs, event, ...nowhere, message, evidence: {} };
    });
    const [first] = found;
    if (first === undefined) return { pending, expected: [] };
    const verdict = judge(first, circumstances, definition);
    if (verdict.kind === 'violation') return { pending, expected: [] };
    const { broken } = verdict;
    return { pending: [], expected: found.map((breach) => ({ breach, broken })) };
  }

  /** Acknowledged records found to be gone; 0 where I1 was not asked for. */
  get lostRecords(): number {
    return this.list.find((invariant) => invariant instanceof AckedDurable)?.lostRecords ?? 0;
  }

  /** Moments at which a partition lost acknowledged records; 0 where I1 was not asked for. */
  get losses(): number {
    return this.list.find((invariant) => invariant instanceof AckedDurable)?.losses ?? 0;
  }

  /** Where a replica's log ends, as far as the run has told. */
  logEndOffset(partition: number, broker: number): number {
    return replicaOf(this.peers.ledger.book(partition), broker).logEndOffset;
  }

  /** Circumstances hear first: how a breach is judged depends on them. The ledger is next. */
  private listen(): void {
    if (this.list.length === 0) return;
    const { truth, circumstances, ledger } = this.peers;
    const interested: TruthListener[] = this.list.filter(
      (invariant) =>
        overrides(invariant, 'partitionChanged') ||
        overrides(invariant, 'brokerChanged') ||
        overrides(invariant, 'metadataLost'),
    );
    truth.listeners = [...truth.listeners, circumstances, ledger, ...interested];
    ledger.listeners = this.list.filter((invariant) => overrides(invariant, 'commitsLost'));
  }
}

/** True where an invariant wants to hear of something that the base ignores. */
function overrides(
  invariant: Invariant,
  method: 'partitionChanged' | 'brokerChanged' | 'metadataLost' | 'commitsLost',
): boolean {
  return invariant[method] !== Invariant.prototype[method];
}
