/**
 * What an exploration remembers of the past: it is part of the state, because the promises speak of it.
 *
 * - who led in each leader epoch (OneLeaderPerEpoch, I3);
 * - what the leaders' high watermarks have passed, offset by offset (I2, I4, I6);
 * - which records were acknowledged, and at which offset (AckedDurable, I1).
 */
import { ErrorCode, ModelObserver, type RecordBatch } from '../../model/index.js';

/** Facts that one step of a host makes known. */
export type Fact =
  | { readonly kind: 'leader'; readonly broker: number; readonly epoch: number }
  | { readonly kind: 'committed'; readonly broker: number; readonly highWatermark: number }
  | { readonly kind: 'answered'; readonly value: number; readonly offset: number }
  | { readonly kind: 'acknowledged'; readonly value: number; readonly offset: number };

/** Writes down the facts of one step. */
export class FactCollector extends ModelObserver {
  facts: Fact[] = [];

  override becameLeader(_atUs: number, broker: number, _partition: number, epoch: number): void {
    this.facts.push({ kind: 'leader', broker, epoch });
  }

  override highWatermarkMoved(
    _atUs: number,
    broker: number,
    _partition: number,
    highWatermark: number,
    isLeader: boolean,
  ): void {
    if (isLeader) this.facts.push({ kind: 'committed', broker, highWatermark });
  }

  override produceAnswered(
    _atUs: number,
    _broker: number,
    _partition: number,
    _acks: number,
    batch: RecordBatch | null,
    error: number,
  ): void {
    if (batch === null || error !== ErrorCode.NONE) return;
    const { values, baseOffset } = batch;
    values.forEach((value, at) => {
      this.facts.push({ kind: 'answered', value, offset: baseOffset + at });
    });
  }

  override sendSucceeded(
    _atUs: number,
    _producer: number,
    value: number,
    _partition: number,
    offset: number,
  ): void {
    this.facts.push({ kind: 'acknowledged', value, offset });
  }
}

export interface Ghost {
  /** Broker by leader epoch, -1 where nobody led. */
  readonly leaders: readonly number[];
  /** Value by offset of what was committed. */
  readonly committed: readonly number[];
  /** Offset by value of what was acknowledged, -1 where it was not. */
  readonly acknowledged: readonly number[];
}

export const EMPTY_GHOST: Ghost = { leaders: [], committed: [], acknowledged: [] };

/** What is wrong, in the words of the lab's invariants. */
export interface Breach {
  readonly invariant: string;
  readonly message: string;
}

/** The past with one more fact, or what breaks with it. `log`: values of the log of the host that the fact is about. */
export function withFact(ghost: Ghost, fact: Fact, log: readonly number[]): Ghost | Breach {
  switch (fact.kind) {
    case 'leader': {
      const known = ghost.leaders[fact.epoch] ?? -1;
      if (known === fact.broker) return ghost;
      if (known >= 0) {
        const message = `brokers ${known} and ${fact.broker} both led in epoch ${fact.epoch}`;
        return { invariant: 'OneLeaderPerEpoch', message };
      }
      return { ...ghost, leaders: placed(ghost.leaders, fact.epoch, fact.broker) };
    }
    case 'committed': {
      const { committed } = ghost;
      for (let offset = 0; offset < fact.highWatermark; offset++) {
        const value = log[offset] ?? -1;
        const known = committed[offset] ?? -1;
        if (known < 0 || known === value) continue;
        const message = `offset ${offset} was committed as record ${known}; broker ${fact.broker} commits record ${value} there`;
        return { invariant: 'LogMatching', message };
      }
      if (fact.highWatermark <= committed.length) return ghost;
      return { ...ghost, committed: log.slice(0, fact.highWatermark) };
    }
    case 'answered':
      return ghost;
    case 'acknowledged':
      return { ...ghost, acknowledged: placed(ghost.acknowledged, fact.value, fact.offset) };
  }
}

export function isBreach(value: Ghost | Breach): value is Breach {
  return 'invariant' in value;
}

function placed(list: readonly number[], index: number, value: number): number[] {
  const copy = list.slice();
  while (copy.length <= index) copy.push(-1);
  copy[index] = value;
  return copy;
}
