import { ZK_CLIENT_OPCODES } from '../opcodes.js';

/** Timers of a client's session. */
export const ZkClientOpcode = {
  /** A deadline of the connection, or the next ping, may be due. */
  wake: ZK_CLIENT_OPCODES,
  /** The wait before the next attempt to connect is over. `arg`: number of the attempt. */
  connect: ZK_CLIENT_OPCODES + 1,
} as const;
