/** I24: there is one metadata log. */
import type { MetadataBatch } from '../../model/index.js';
import { indexOfOffset } from '../run/metadata-history.js';
import type { MetadataLoss } from '../run/metadata-truth.js';
import { range, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';

/** How far one node has come along the log. */
interface NodePosition {
  /** Index of the batch that comes next, or -1: since its start the node has reported none. */
  committed: number;
  applied: number;
}

interface MetadataPrefixState {
  /** By node id. */
  positions: Map<number, NodePosition>;
}

/**
 * MetadataPrefix: what a node commits and what a broker applies is, batch by batch and by identity, a run of one log.
 * A node that starts again may go back; where it then begins is its own affair, since it may have a checkpoint.
 * The log is the metadata truth's: each batch as the first node to commit it had it, until a leader lacks some of it.
 */
export class MetadataPrefix extends Invariant<MetadataPrefixState> {
  static readonly doc: InvariantDoc = {
    id: 'I24',
    name: 'MetadataPrefix',
    promise: "Every node's committed and applied metadata is a prefix of one controller log.",
    assumptions: ['no controller lost its disk'],
    source: 'Raft (State Machine Safety), KIP-595, KIP-500; semantics I24',
  };

  override readonly doc = MetadataPrefix.doc;

  constructor(peers: Peers) {
    super(peers, {
      positions: new Map(
        peers.definition.nodes.map(({ id }) => [id, { committed: -1, applied: -1 }]),
      ),
    });
  }

  override hostStarted(_atUs: number, host: number): void {
    const node = this.definition.nodeOnHost(host);
    if (node !== null) this.state.positions.set(node.id, { committed: -1, applied: -1 });
  }

  override metadataCommitted(atUs: number, node: number, batch: MetadataBatch): void {
    const position = this.state.positions.get(node)!;
    position.committed = this.follow(atUs, node, batch, position.committed, 'committed');
  }

  override metadataApplied(atUs: number, broker: number, batch: MetadataBatch): void {
    const position = this.state.positions.get(broker)!;
    position.applied = this.follow(atUs, broker, batch, position.applied, 'applied');
  }

  /** From now on that leader's log is the one. Nodes may begin anywhere in it. */
  override metadataLost(atUs: number, { controller, epoch, from, to }: MetadataLoss): void {
    for (const position of this.state.positions.values())
      Object.assign(position, { committed: -1, applied: -1 });
    this.report(atUs, -1, `lost/${epoch}/${from}/${to}`, () => ({
      message: `node ${controller} leads the quorum in epoch ${epoch} without the committed metadata at offsets ${range(from, to)}`,
      evidence: { controller, epoch, offsets: { from, to } },
    }));
  }

  /** Holds a node's next batch against the log; returns the index of the one after it. */
  private follow(
    atUs: number,
    node: number,
    batch: MetadataBatch,
    next: number,
    did: 'committed' | 'applied',
  ): number {
    const { batches: log, nextOffset } = this.truth.state.history;
    if (next >= 0 && next < log.length && log.at(next) === batch) return next + 1;
    const index = indexOfOffset(log, batch.baseOffset);
    const known = index < 0 ? null : log.at(index);
    if (known !== batch) {
      this.tell(
        atUs,
        node,
        batch,
        did,
        known === null ? 'which no one committed before' : differs(known),
      );
    } else if (next >= 0) {
      const expected = next < log.length ? log.at(next).baseOffset : nextOffset;
      this.tell(atUs, node, batch, did, `after everything below ${expected}`);
    }
    return index < 0 ? next : index + 1;
  }

  private tell(
    atUs: number,
    node: number,
    batch: MetadataBatch,
    did: 'committed' | 'applied',
    remark: string,
  ): void {
    this.report(atUs, -1, `${node}/${did}/${batch.baseOffset}/${batch.epoch}`, () => ({
      message: `node ${node} ${did} the metadata batch at offset ${batch.baseOffset} of epoch ${batch.epoch}, ${remark}`,
      evidence: {
        node,
        did,
        baseOffset: batch.baseOffset,
        epoch: batch.epoch,
        records: batch.records.map(({ type }) => type).slice(0, 20),
      },
    }));
  }
}

function differs(known: MetadataBatch): string {
  return `where the log has the batch of epoch ${known.epoch} at ${known.baseOffset}`;
}
