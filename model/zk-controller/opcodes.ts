import { ZK_CONTROLLER_OPCODES } from '../opcodes.js';

/** Timers of the controller of a cluster on ZooKeeper. */
export const ZkControllerOpcode = {
  /** The controller has spent the time that an event costs, and comes to what the event asks for. */
  event: ZK_CONTROLLER_OPCODES,
  /** A broker (`arg`) has not answered in time. */
  requestTimeout: ZK_CONTROLLER_OPCODES + 1,
  /** A broker (`arg`) may be tried again. */
  channelRetry: ZK_CONTROLLER_OPCODES + 2,
  /** Leaders are to be compared with preferred leaders. */
  rebalance: ZK_CONTROLLER_OPCODES + 3,
  /** A creation of topics (`arg`) has taken too long. */
  creationTimeout: ZK_CONTROLLER_OPCODES + 4,
} as const;
