import type { DiskFile } from './disk.js';
import { Immutable } from './fork.js';

/**
 * A flush under way: what will be durable when it ends. It names the file and does not hold it, because pending
 * events are shared by forks and files are not.
 */
export class FlushTicket extends Immutable {
  readonly fileName: string;
  readonly count: number;
  readonly bytes: number;
  readonly truncations: number;
  readonly opcode: number;
  readonly arg: number;
  readonly payload: unknown;

  constructor(file: DiskFile, opcode: number, arg: number, payload: unknown) {
    super();
    this.fileName = file.name;
    this.count = file.entries.length;
    this.bytes = file.sizeBytes;
    this.truncations = file.truncations;
    this.opcode = opcode;
    this.arg = arg;
    this.payload = payload;
  }
}
