/**
 * A host's disk: files behind a page cache.
 *
 * Written is not durable. A crash of the process keeps all that was written; a loss of power keeps what was
 * flushed and, of the rest, a random prefix of each file, the entry at the cut being torn (its bytes are there in
 * part; `tornAt` names it, and whoever reads the file must drop it). A `DiskFile` is an append-only list of entries
 * that can be cut; a *checkpoint* is a small value replaced as a whole (write, flush, rename), hence always durable.
 *
 * Left out: directories as objects, fsync of directories (a file exists from its first append), and cuts of a file
 * that a loss of power undoes: a truncation is durable at once.
 */
import { ChunkedList } from './chunked-list.js';
import type { Forker } from './fork.js';
import type { RandomStream } from './random.js';

/** What can be stored in a file: an immutable entry that knows its size. */
export interface DiskEntry {
  readonly sizeBytes: number;
}

/** `full`: what is there can be read, nothing more can be written. `failed`: the device itself is broken. */
export type DiskStatus = 'ok' | 'full' | 'failed';

/** Speed of a disk. */
export interface DiskProfile {
  /** Handing an entry to the page cache. */
  readonly writeUs: number;
  /** The fixed part of a flush. */
  readonly flushUs: number;
  readonly bandwidthBytesPerSecond: number;
  readonly pageCacheBytes: number;
}

/** An append-only list of entries that can be cut, and how much of it a loss of power leaves. */
export class DiskFile<Entry extends DiskEntry = DiskEntry> {
  readonly name: string;
  entries: ChunkedList<Entry>;
  sizeBytes = 0;
  /** Entries below this index survive a loss of power. */
  flushedCount = 0;
  flushedBytes = 0;
  /** Counts truncations: a flush that was under way during one says nothing about what came later. */
  truncations = 0;
  /** Index of an entry that a loss of power tore, or -1. */
  tornAt = -1;

  constructor(name: string, entries = new ChunkedList<Entry>()) {
    this.name = name;
    this.entries = entries;
  }

  /** Marks the first `count` entries, of `bytes` bytes, as flushed. */
  markFlushed(count: number, bytes: number): void {
    if (count <= this.flushedCount) return;
    this.flushedCount = count;
    this.flushedBytes = bytes;
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    for (let index = this.entries.length - 1; index >= count; index--) {
      this.sizeBytes -= this.entries.at(index).sizeBytes;
    }
    if (count < this.entries.length) this.truncations++;
    this.entries.truncate(count);
    if (this.flushedCount > count) {
      this.flushedCount = count;
      this.flushedBytes = this.sizeBytes;
    }
    if (this.tornAt >= count) this.tornAt = -1;
  }

  /** Loses a random part of what was not flushed. */
  losePower(stream: RandomStream): void {
    const unflushedBytes = this.sizeBytes - this.flushedBytes;
    if (unflushedBytes === 0) return;
    let keptBytes = stream.below(unflushedBytes + 1);
    let count = this.flushedCount;
    while (count < this.entries.length && this.entries.at(count).sizeBytes <= keptBytes) {
      keptBytes -= this.entries.at(count).sizeBytes;
      count++;
    }
    const torn = keptBytes > 0 && count < this.entries.length;
    this.truncate(torn ? count + 1 : count);
    this.tornAt = torn ? count : -1;
    this.flushedCount = this.entries.length;
    this.flushedBytes = this.sizeBytes;
  }

  /** A copy that shares its entries with this file until one of them changes. */
  fork(_forker: Forker): DiskFile<Entry> {
    const copy = new DiskFile<Entry>(this.name, this.entries.fork());
    copy.sizeBytes = this.sizeBytes;
    copy.flushedCount = this.flushedCount;
    copy.flushedBytes = this.flushedBytes;
    copy.tornAt = this.tornAt;
    copy.truncations = this.truncations;
    return copy;
  }
}

/** One host's files, checkpoints and device; it outlives the host's process. */
export class Disk {
  readonly profile: DiskProfile;
  readonly files: Map<string, DiskFile>;
  /** Immutable values only: a checkpoint is replaced, never changed in place. */
  readonly checkpoints: Map<string, unknown>;
  /** Each operation takes this many times as long. */
  slowFactor = 1;
  status: DiskStatus = 'ok';
  /** Where new files begin to count truncations: a flush of a deleted file says nothing of its successor. */
  private firstTruncations = 0;
  /** The device is busy with earlier flushes and reads until then (virtual time). */
  busyUntilUs = 0;

  constructor(
    profile: DiskProfile,
    files = new Map<string, DiskFile>(),
    checkpoints = new Map<string, unknown>(),
  ) {
    this.profile = profile;
    this.files = files;
    this.checkpoints = checkpoints;
  }

  /** The file of that name, made empty where there is none. */
  file<Entry extends DiskEntry>(name: string): DiskFile<Entry> {
    let file = this.files.get(name);
    if (file === undefined) {
      file = new DiskFile(name);
      file.truncations = this.firstTruncations;
      this.files.set(name, file);
    }
    return file as unknown as DiskFile<Entry>;
  }

  /** Removes a file at once and for good; nothing happens where there is none. */
  deleteFile(name: string): void {
    const truncations = this.files.get(name)?.truncations ?? -1;
    this.firstTruncations = Math.max(this.firstTruncations, truncations + 1);
    this.files.delete(name);
  }

  /** Appends an entry to the page cache; anything but `ok` leaves the file as it was. */
  append<Entry extends DiskEntry>(file: DiskFile<Entry>, entry: Entry): DiskStatus {
    if (this.status !== 'ok') return this.status;
    file.entries.push(entry);
    file.sizeBytes += entry.sizeBytes;
    return 'ok';
  }

  /** Replaces a checkpoint. The value must be immutable or never changed afterwards. */
  writeCheckpoint(name: string, value: unknown): DiskStatus {
    if (this.status !== 'ok') return this.status;
    this.checkpoints.set(name, value);
    return 'ok';
  }

  /** The checkpoint as its writer wrote it; who reads it knows its type. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- saves a cast at each reader.
  readCheckpoint<Value>(name: string): Value | undefined {
    return this.checkpoints.get(name) as Value | undefined;
  }

  /** How long handing over one entry takes; the page cache hides the device. */
  writeDurationUs(): number {
    return this.profile.writeUs * this.slowFactor;
  }

  /** Occupies the device with a flush that starts now; returns when it ends. */
  flushEndUs(nowUs: number, dirtyBytes: number): number {
    return this.occupy(nowUs, this.profile.flushUs + this.transferUs(dirtyBytes));
  }

  /**
   * Occupies the device with a read, unless the page cache holds the bytes; returns when it ends.
   * `bytesBehindEnd`: how far before the end of the file the read starts.
   */
  readEndUs(nowUs: number, bytes: number, bytesBehindEnd: number): number {
    if (bytesBehindEnd <= this.profile.pageCacheBytes) return nowUs;
    return this.occupy(nowUs, this.profile.flushUs + this.transferUs(bytes));
  }

  /** Loses a random part of what each file has not flushed; checkpoints stay, and the device is idle again. */
  losePower(stream: RandomStream): void {
    for (const file of this.files.values()) file.losePower(stream);
    this.busyUntilUs = 0;
  }

  /** The disk is replaced by an empty one. */
  lose(): void {
    this.files.clear();
    this.checkpoints.clear();
    this.busyUntilUs = 0;
    this.status = 'ok';
  }

  /** A disk that goes on by itself; the values of checkpoints are shared. */
  fork(forker: Forker): Disk {
    const files = new Map<string, DiskFile>();
    for (const [name, file] of this.files) files.set(name, forker.clone(file));
    const copy = new Disk(this.profile, files, new Map(this.checkpoints));
    copy.slowFactor = this.slowFactor;
    copy.firstTruncations = this.firstTruncations;
    copy.status = this.status;
    copy.busyUntilUs = this.busyUntilUs;
    return copy;
  }

  private occupy(nowUs: number, durationUs: number): number {
    const endUs = Math.max(nowUs, this.busyUntilUs) + Math.ceil(durationUs * this.slowFactor);
    this.busyUntilUs = endUs;
    return endUs;
  }

  private transferUs(bytes: number): number {
    return Math.ceil((bytes * 1000000) / this.profile.bandwidthBytesPerSecond);
  }
}
