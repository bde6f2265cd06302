import { ZOOKEEPER_OPCODES } from '../opcodes.js';

/** Timers and disk operations of a server. */
export const ZkServerOpcode = {
  /** Nobody answered: ask again. */
  notification: ZOOKEEPER_OPCODES,
  /** A majority of votes stands. */
  finalize: ZOOKEEPER_OPCODES + 1,
  /** A leader's half tick. */
  halfTick: ZOOKEEPER_OPCODES + 2,
  /** A follower looks whether it hears its leader. */
  leaderCheck: ZOOKEEPER_OPCODES + 3,
  /** A follower tries again to reach its leader. */
  connectLeader: ZOOKEEPER_OPCODES + 4,
  /** Sessions of a leader may be due. `arg`: its epoch. */
  expiry: ZOOKEEPER_OPCODES + 5,
  /** The log is flushed. */
  flushed: ZOOKEEPER_OPCODES + 6,
} as const;
