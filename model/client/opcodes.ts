/** Opcodes of the timers of client hosts. */
import { CLIENT_OPCODES } from '../opcodes.js';

export const ClientOpcode = {
  /** Something short is over: lingering, or a backoff. */
  wake: CLIENT_OPCODES,
  /** Something long is over: a request's timeout, a batch's delivery timeout, the age of the metadata. */
  deadline: CLIENT_OPCODES + 1,
  /** The application goes on: the next record to send, or the next poll. */
  application: CLIENT_OPCODES + 2,
  /** An operator's wish, such as an election or a reassignment; the payload is an `AdminCommand`. */
  electLeaders: CLIENT_OPCODES + 3,
  /** Someone wants a producer to send at once; the payload is a `SendCommand`. */
  send: CLIENT_OPCODES + 4,
} as const;
