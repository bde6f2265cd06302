/**
 * A bare binary heap of objects, the yardstick of the benchmarks: what one would write first.
 *
 * Both loops move a hole rather than swap, which is as fast as such a heap gets.
 */

/** What is in the heap: ordered by time, then seq. */
export interface Entry {
  readonly time: number;
  seq: number;
}

/** Adds an entry. */
export function pushEntry(heap: Entry[], entry: Entry): void {
  let position = heap.length;
  heap.push(entry);
  while (position > 0) {
    const parentPosition = (position - 1) >> 1;
    const parent = heap[parentPosition]!;
    if (!isBefore(entry, parent)) break;
    heap[position] = parent;
    position = parentPosition;
  }
  heap[position] = entry;
}

/** Takes the earliest entry out of a heap that is not empty. */
export function popEntry(heap: Entry[]): Entry {
  const earliest = heap[0]!;
  const entry = heap.pop()!;
  const length = heap.length;
  if (length === 0) return earliest;
  let position = 0;
  let childPosition = 1;
  while (childPosition < length) {
    let child = heap[childPosition]!;
    if (childPosition + 1 < length) {
      const other = heap[childPosition + 1]!;
      if (isBefore(other, child)) {
        child = other;
        childPosition++;
      }
    }
    if (!isBefore(child, entry)) break;
    heap[position] = child;
    position = childPosition;
    childPosition = 2 * position + 1;
  }
  heap[position] = entry;
  return earliest;
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.time < right.time || (left.time === right.time && left.seq < right.seq);
}
