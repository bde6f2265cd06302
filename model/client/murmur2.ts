/**
 * The hash by which keyed records find their partition: MurmurHash2 (Austin Appleby), 32 bits, as Kafka seeds it.
 *
 * Source: Utils.murmur2, BuiltInPartitioner.partitionForKey.
 */
const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The hash of some bytes, as a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (at < length) {
    let tail = 0;
    for (let index = length - 1; index >= at; index--) tail = (tail << 8) | bytes[index]!;
    hash = Math.imul(hash ^ tail, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** The partition of a key: the hash without its sign, modulo *all* partitions, led or not. */
export function partitionForKey(keyBytes: Uint8Array, partitionCount: number): number {
  return (murmur2(keyBytes) & 0x7fffffff) % partitionCount;
}

/** The bytes of a producer's k-th key: the text `key-<k>`, one byte for each character. */
export function keyBytes(key: number): Uint8Array {
  const text = `key-${key}`;
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}
