import { Immutable } from './fork.js';

/**
 * What hosts send to one another: immutable once sent, of one fixed shape per kind, shared by forks.
 */
export abstract class Message extends Immutable {
  /** A small integer for each kind of message. */
  abstract readonly kind: number;
  /** Bytes on the wire, for bandwidth. */
  abstract readonly sizeBytes: number;
  /** A 32-bit digest of what the message says, for the hash of the run. */
  abstract digest(): number;
  /** One line for traces. */
  abstract describe(): string;
}
