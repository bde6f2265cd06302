/**
 * The rolling 64-bit hash that says what "the same run" means.
 *
 * Two 32-bit lanes, mixed with `Math.imul`, so that no BigInt and no allocation is on the hot path.
 * It is a fingerprint, not a cryptographic hash.
 */
export class RollingHash {
  private low: number;
  private high: number;

  constructor(low = 0x9e3779b9 | 0, high = 0x85ebca6b | 0) {
    this.low = low;
    this.high = high;
  }

  /** Mixes one integer in; only its low 32 bits count. */
  add(value: number): void {
    let low = Math.imul(this.low ^ value, 0x85ebca6b);
    low ^= low >>> 13;
    const high = Math.imul(this.high + low, 0xc2b2ae35);
    this.low = low;
    this.high = high ^ (high >>> 16);
  }

  /** Mixes in an integer of up to 53 bits, for times and offsets. */
  addWide(value: number): void {
    this.add(value | 0);
    this.add((value / 4294967296) | 0);
  }

  /** Mixes in one event: its time, a word that says what and where, and a digest of its content. */
  addEvent(timeUs: number, what: number, digest: number): void {
    this.add(timeUs | 0);
    this.add(what ^ Math.imul((timeUs / 4294967296) | 0, 0x27d4eb2f));
    this.add(digest);
  }

  /** The hash as 16 hexadecimal digits. */
  digest(): string {
    return hex(this.high) + hex(this.low);
  }

  /** True where both have taken in the same integers, as far as 64 bits tell. */
  equals(other: RollingHash): boolean {
    return this.low === other.low && this.high === other.high;
  }

  /** A hash that goes on by itself from this one's value. */
  fork(): RollingHash {
    return new RollingHash(this.low, this.high);
  }
}

/** Hashes a string to an unsigned 32-bit integer (FNV-1a with a final avalanche). */
export function hashString(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return avalanche(hash);
}

/** Mixes three integers into an unsigned 32-bit one: the tie of a shuffled event. */
export function mixTie(seed: number, host: number, count: number): number {
  return avalanche(Math.imul(seed ^ Math.imul(host, 0x9e3779b1), 0x85ebca6b) ^ count);
}

function avalanche(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}
