/** I12: what was read stays as it was read, and is all there was. */
import type { RecordBatch } from '../../model/index.js';
import { LOSSY_WITHOUT_ELR, listed, range, type InvariantDoc } from './breach.js';
import { Invariant, type Finding, type Peers } from './invariant.js';
import { indexOfOffset } from './partition-book.js';
import type { Loss } from './partition-ledger.js';

interface ConsistentReadState {
  /** By partition: consumers were given records below this offset of the committed log. */
  deliveredEnd: number[];
  /** By consumer and partition, once it was given anything: the end of what it was given. */
  positions: Map<number, number[]>;
  /** By consumer and partition, in text. */
  overtaken: Map<string, Overtaken>;
}

/** The log was cut below what a consumer had been given, and it has not been given anything since. */
interface Overtaken {
  /** Where the log was cut. */
  from: number;
  /** What the consumer had been given from there on. */
  given: number[];
}

/**
 * ConsistentRead: what a consumer is given is the committed log, what was given is not lost afterwards, and where the log
 * was cut below its position it goes back: or it passes over the records that came in the place of those lost (B05).
 */
export class ConsistentRead extends Invariant<ConsistentReadState> {
  static readonly doc: InvariantDoc = {
    id: 'I12',
    name: 'ConsistentRead',
    promise:
      'A record once delivered at an offset is never different or absent there later, and no consumer goes on past records that took the place of lost ones.',
    assumptions: [
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
      'for records that a consumer passes over: 2.3 or newer (KIP-320), and auto.offset.reset=earliest',
    ],
    source: 'KIP-320; semantics I12',
  };

  override readonly doc = ConsistentRead.doc;

  constructor(peers: Peers) {
    super(peers, {
      deliveredEnd: peers.definition.partitions.map(() => 0),
      positions: new Map(),
      overtaken: new Map(),
    });
  }

  override polled(
    atUs: number,
    consumer: number,
    partition: number,
    firstOffset: number,
    values: readonly number[],
  ): void {
    const { committed } = this.ledger.book(partition);
    const { deliveredEnd, overtaken } = this.state;
    const end = firstOffset + values.length;
    this.positionsOf(consumer)[partition] = end;
    if (overtaken.size > 0) this.goesOn(atUs, consumer, partition, firstOffset, values[0]!);
    let index = indexOfOffset(committed, firstOffset);
    let at = 0;
    while (at < values.length) {
      if (index < 0 || index >= committed.length) {
        this.tell(atUs, consumer, partition, firstOffset + at, values[at]!, -1);
        return;
      }
      const batch = committed.at(index++);
      let inBatch = firstOffset + at - batch.baseOffset;
      for (; inBatch < batch.values.length && at < values.length; inBatch++, at++) {
        if (batch.values[inBatch] === values[at]) continue;
        const held = batch.values[inBatch] ?? -1;
        this.tell(atUs, consumer, partition, firstOffset + at, values[at]!, held);
        return;
      }
    }
    if (end > deliveredEnd[partition]!) deliveredEnd[partition] = end;
  }

  override commitsLost(atUs: number, loss: Loss): void {
    if (loss.cause !== 'elected') return;
    const { partition, from, leader, leaderEpoch } = loss;
    for (const [consumer, ends] of this.state.positions) {
      if (ends[partition]! > from)
        this.overtake(keyOf(consumer, partition), loss, ends[partition]!);
    }
    const end = this.state.deliveredEnd[partition]!;
    if (end <= from) return;
    this.state.deliveredEnd[partition] = from;
    this.report(atUs, partition, `lost/${from}/${leaderEpoch}`, (): Finding => {
      const values = loss.batches
        .flatMap((batch) => batch.values)
        .slice(0, Math.max(0, end - from));
      return {
        message:
          `${this.nameOf(partition)} offsets ${range(from, end)}, values ${listed(values)}, were read by a consumer and are gone: ` +
          `broker ${leader} leads epoch ${leaderEpoch} without them`,
        evidence: {
          offsets: { from, to: end },
          values: values.slice(0, 100),
          leader,
          leaderEpoch,
        },
      };
    });
  }

  private positionsOf(consumer: number): number[] {
    const known = this.state.positions.get(consumer);
    if (known !== undefined) return known;
    const ends = this.definition.partitions.map(() => 0);
    this.state.positions.set(consumer, ends);
    return ends;
  }

  private overtake(key: string, { from, batches }: Loss, position: number): void {
    const { overtaken } = this.state;
    const before = overtaken.get(key);
    if (before === undefined) {
      overtaken.set(key, { from, given: valuesBetween(batches, from, position) });
    } else if (from < before.from) {
      before.given = [...valuesBetween(batches, from, before.from), ...before.given];
      before.from = from;
    }
  }

  /** A consumer is given a record: where the log was cut below what it had before, has it gone back? */
  private goesOn(
    atUs: number,
    consumer: number,
    partition: number,
    firstOffset: number,
    value: number,
  ): void {
    const key = keyOf(consumer, partition);
    const cut = this.state.overtaken.get(key);
    if (cut === undefined) return;
    const { from, given } = cut;
    if (firstOffset > from) {
      const { committed } = this.ledger.book(partition);
      const first = indexOfOffset(committed, from);
      const batches = first < 0 ? [] : [...committed].slice(first);
      const inPlace = valuesBetween(batches, from, firstOffset + 1);
      // It still has what it fetched before the cut.
      if (inPlace[firstOffset - from] !== value) return;
      // A leader may have what was lost, after all.
      const passed = inPlace.slice(0, -1).filter((one, index) => one !== given[index]);
      if (passed.length > 0) this.tellPassed(atUs, consumer, partition, passed, from, firstOffset);
    }
    this.state.overtaken.delete(key);
  }

  private tellPassed(
    atUs: number,
    consumer: number,
    partition: number,
    passed: readonly number[],
    from: number,
    to: number,
  ): void {
    const { id } = this.definition.consumers[consumer]!;
    this.report(atUs, partition, `passed/${consumer}/${from}`, () => ({
      message:
        `${this.nameOf(partition)} offsets ${range(from, to)}: consumer ${id} passed over values ${listed(passed)}; ` +
        `the log was cut at ${from} while it was further on`,
      evidence: { consumer: id, passedOver: { from, to } },
    }));
  }

  private tell(
    atUs: number,
    consumer: number,
    partition: number,
    offset: number,
    value: number,
    committed: number,
  ): void {
    const { id } = this.definition.consumers[consumer]!;
    this.report(atUs, partition, `${consumer}/${offset}`, () => ({
      message:
        `${this.nameOf(partition)} offset ${offset}: consumer ${id} was given value ${value}, ` +
        (committed < 0
          ? `the committed log ends at ${this.ledger.book(partition).committedEnd}`
          : `the committed log holds ${committed}`),
      evidence: {
        consumer: id,
        offset,
        value,
        committed,
        committedEnd: this.ledger.book(partition).committedEnd,
      },
    }));
  }
}

function keyOf(consumer: number, partition: number): string {
  return `${consumer}/${partition}`;
}

/** Values at the offsets from `from` up to `to`; as many as there are. */
function valuesBetween(batches: readonly RecordBatch[], from: number, to: number): number[] {
  const values: number[] = [];
  for (const { baseOffset, values: all } of batches) {
    if (baseOffset >= to) break;
    values.push(...all.slice(Math.max(0, from - baseOffset), to - baseOffset));
  }
  return values;
}
