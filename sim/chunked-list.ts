/**
 * An append-only list whose copies share what was there when they parted.
 *
 * Items live in chunks of `CHUNK_SIZE`. A fork copies the table of chunks and marks the last chunk as
 * shared; whoever changes a shared chunk first copies it. So a fork costs a pointer for each 256 items
 * of a log, and truncating or appending on one side never shows on the other.
 */
const CHUNK_SIZE = 256;
const CHUNK_SHIFT = 8;
const CHUNK_MASK = CHUNK_SIZE - 1;

export class ChunkedList<T> {
  private chunks: T[][];
  private count: number;
  /** Chunks below this index may be shared with another copy. */
  private sharedBelow: number;
  /** The table of chunks itself is shared with another copy. */
  private tableShared: boolean;

  constructor() {
    this.chunks = [];
    this.count = 0;
    this.sharedBelow = 0;
    this.tableShared = false;
  }

  get length(): number {
    return this.count;
  }

  /** The item at an index in [0, length). */
  at(index: number): T {
    return this.chunks[index >>> CHUNK_SHIFT]![index & CHUNK_MASK]!;
  }

  /** The last item, or undefined when the list is empty. */
  last(): T | undefined {
    return this.count === 0 ? undefined : this.at(this.count - 1);
  }

  /** Appends an item at index `length`. */
  push(item: T): void {
    const chunkIndex = this.count >>> CHUNK_SHIFT;
    if (this.tableShared) this.ownTable();
    if (chunkIndex === this.chunks.length) this.chunks.push([]);
    else if (chunkIndex < this.sharedBelow) this.ownChunk(chunkIndex);
    this.chunks[chunkIndex]!.push(item);
    this.count++;
  }

  /** Keeps the first `length` items. */
  truncate(length: number): void {
    if (length >= this.count) return;
    if (this.tableShared) this.ownTable();
    this.count = length;
    this.chunks.length = (length + CHUNK_MASK) >>> CHUNK_SHIFT;
    this.sharedBelow = Math.min(this.sharedBelow, this.chunks.length);
    const last = this.chunks.length - 1;
    if (last < 0) return;
    if (last < this.sharedBelow) this.ownChunk(last);
    this.chunks[last]!.length = length - (last << CHUNK_SHIFT);
  }

  /** Replaces the item at an index in [0, length). */
  set(index: number, item: T): void {
    const chunkIndex = index >>> CHUNK_SHIFT;
    if (this.tableShared) this.ownTable();
    if (chunkIndex < this.sharedBelow) this.ownChunk(chunkIndex);
    this.chunks[chunkIndex]![index & CHUNK_MASK] = item;
  }

  /** The items from first to last. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.count; index++) yield this.at(index);
  }

  /** A copy that shares all chunks; the first change on either side parts them. */
  fork(): ChunkedList<T> {
    const copy = new ChunkedList<T>();
    copy.chunks = this.chunks;
    copy.count = this.count;
    copy.sharedBelow = this.chunks.length;
    copy.tableShared = true;
    this.sharedBelow = this.chunks.length;
    this.tableShared = true;
    return copy;
  }

  private ownTable(): void {
    this.chunks = this.chunks.slice();
    this.tableShared = false;
  }

  /** A shared chunk may hold more than this copy's share of it: the copy is cut to the length it knows. */
  private ownChunk(chunkIndex: number): void {
    const used = Math.min(CHUNK_SIZE, this.count - (chunkIndex << CHUNK_SHIFT));
    this.chunks[chunkIndex] = this.chunks[chunkIndex]!.slice(0, used);
    if (chunkIndex === this.sharedBelow - 1) this.sharedBelow--;
  }
}
