/**
 * Brings the state of a host into its canonical form and hashes it, in one walk.
 *
 * The form is written back into the state, so that two states with one hash are the same data and go on alike: times
 * become their class (`abstract-clock.ts`), and counters that only tell requests apart start over, which is sound
 * because a connection carries its requests in order and a request that is given up takes its connection along.
 */
import { ChunkedList, hashString, Immutable } from '../../sim/index.js';
import { timeClass } from './abstract-clock.js';

/** Two lanes of 32 bits. */
export interface Digest {
  readonly low: number;
  readonly high: number;
}

/** Counters that only tell things apart, or only count what happened, and the largest value that still means something. */
const COUNTER_LIMITS: ReadonlyMap<string, number> = new Map([
  ['nextCorrelationId', 0],
  ['failedAttempts', 1],
  ['failedSetups', 0],
  ['attempts', 1],
  ['attemptsAtLeaderEpoch', 1],
  ['equivalentAnswers', 1],
  ['version', 0],
  ['sessionEpoch', 1],
  ['recoveryBytes', 0],
  ['batchesSinceSnapshot', 0],
]);

/**
 * What nobody asks for in an exploration.
 *
 * - Numbers of transactions in ZooKeeper: they say in which order znodes were written. (The epoch of a broker is one, too,
 *   and is kept.) A client compares them when it comes back to another server, which there is not.
 * - ISR changes of which the controller is to be notified: the timer that does so never fires.
 */
const UNASKED: ReadonlySet<string> = new Set([
  'mzxid',
  'pzxid',
  'lastZxid',
  'lastProposedZxid',
  'committedZxid',
  'lastProcessedZxid',
  'nextCxid',
  'isrChanges',
  'lastIsrChangeUs',
]);

const immutableDigests = new WeakMap<object, Digest>();
const stringHashes = new Map<string, number>();
const floatView = new Float64Array(1);
const floatWords = new Int32Array(floatView.buffer);

/** The digest of a message, a record batch or a definition; counted once for each object. */
export function digestOf(value: object): Digest {
  const known = immutableDigests.get(value);
  if (known !== undefined) return known;
  const walk = new Walk(0, false);
  walk.addFields(value);
  immutableDigests.set(value, walk.digest());
  return walk.digest();
}

/** Puts a host's state into its canonical form, as seen at a time, and returns its digest. */
export function canonicalise(value: unknown, nowUs: number): Digest {
  const walk = new Walk(nowUs, true);
  walk.add(value);
  return walk.digest();
}

class Walk {
  private low = 0x9e3779b9 | 0;
  private high = 0x85ebca6b | 0;
  /** Identity is part of the state: the second time an object is met its number is added. */
  private readonly seen = new Map<object, number>();

  constructor(
    private readonly nowUs: number,
    private readonly rewrites: boolean,
  ) {}

  digest(): Digest {
    return { low: this.low, high: this.high };
  }

  add(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.addNumber(value);
        return;
      case 'string':
        this.mix(textHash(value));
        return;
      case 'boolean':
        this.mix(value ? 3 : 2);
        return;
      case 'object':
        if (value === null) this.mix(5);
        else this.addObject(value);
        return;
      case 'undefined':
        this.mix(7);
        return;
      default:
        throw new Error(`a ${typeof value} in the state of a host`);
    }
  }

  /** The object's own fields, whatever its class. */
  addFields(value: object): void {
    this.addRecord(value as Record<string, unknown>);
  }

  private addObject(value: object): void {
    if (value instanceof Immutable) {
      const { low, high } = digestOf(value);
      this.mix(low);
      this.mix(high);
      return;
    }
    const known = this.seen.get(value);
    if (known !== undefined) {
      this.mix(11);
      this.mix(known);
      return;
    }
    this.seen.set(value, this.seen.size);
    if (Array.isArray(value)) this.addArray(value);
    else if (value instanceof ChunkedList) this.addList(value);
    else if (value instanceof Map) this.addMap(value);
    else if (value instanceof Set) this.addArray([...(value as Set<unknown>)]);
    else if (ArrayBuffer.isView(value)) this.addArray(value as unknown as number[]);
    else this.addRecord(value as Record<string, unknown>);
  }

  private addArray(items: unknown[]): void {
    this.mix(items.length + 16);
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (typeof item === 'number') {
        const kept = this.classOf(item);
        if (kept !== item) items[index] = kept;
        this.addNumber(kept);
      } else {
        this.add(item);
      }
    }
  }

  private addList(list: ChunkedList<unknown>): void {
    this.mix(list.length + 16);
    for (let index = 0; index < list.length; index++) this.add(list.at(index));
  }

  private addMap(map: Map<unknown, unknown>): void {
    this.mix(map.size + 16);
    for (const [key, value] of map) {
      this.add(key);
      this.add(value);
    }
  }

  private addRecord(record: Record<string, unknown>): void {
    for (const key in record) {
      if (UNASKED.has(key)) continue;
      const value = record[key];
      this.mix(textHash(key));
      if (typeof value !== 'number') {
        this.add(value);
        continue;
      }
      const kept = this.classOf(this.rewrites ? limited(record, key, value) : value);
      if (kept !== value) record[key] = kept;
      this.addNumber(kept);
    }
  }

  private classOf(value: number): number {
    return this.rewrites ? timeClass(value, this.nowUs) : value;
  }

  private addNumber(value: number): void {
    if ((value | 0) === value) {
      this.mix(value);
      return;
    }
    floatView[0] = value;
    this.mix(floatWords[0]!);
    this.mix(floatWords[1]!);
  }

  private mix(value: number): void {
    let low = Math.imul(this.low ^ value, 0x85ebca6b);
    low ^= low >>> 13;
    const high = Math.imul(this.high + low, 0xc2b2ae35);
    this.low = low;
    this.high = high ^ (high >>> 16);
  }
}

/** A counter within its limit. A fetcher's `nextSequence` is one (a producer's is not), as is a fetch session's `epoch`. */
function limited(record: Record<string, unknown>, key: string, value: number): number {
  const limit = COUNTER_LIMITS.get(key);
  // A znode's version is no counter: writes are compared with it.
  if (limit !== undefined && !('path' in record)) return value > limit ? limit : value;
  if (key === 'nextSequence' && 'sessionId' in record) return 0;
  if (key === 'epoch' && 'isIncremental' in record) return Math.min(value, 1);
  return value;
}

function textHash(text: string): number {
  let hash = stringHashes.get(text);
  if (hash === undefined) {
    hash = hashString(text) | 0;
    stringHashes.set(text, hash);
  }
  return hash;
}
