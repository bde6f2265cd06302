/**
 * Transaction ids: the leader's epoch in the high half, a counter within it in the low half (ZxidUtils).
 *
 * A zxid is one number, exact up to epoch 2^21; bit operations would cut it to 32 bits.
 */
const COUNTERS = 4_294_967_296;

/** The zxid of the n-th proposal of an epoch; counter 0 is the epoch's NEWLEADER, and no transaction. */
export function makeZxid(epoch: number, counter: number): number {
  return epoch * COUNTERS + counter;
}

export function epochOfZxid(zxid: number): number {
  return Math.floor(zxid / COUNTERS);
}

/** `epoch/counter`, for traces. */
export function describeZxid(zxid: number): string {
  return `${epochOfZxid(zxid)}/${zxid % COUNTERS}`;
}
