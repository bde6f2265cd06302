/** Whom a broker takes for the active controller: what its raft client knows, or what UpdateMetadata said last. */
export interface KnownController {
  /** Node id, or -1. */
  readonly leaderId: number;
}
