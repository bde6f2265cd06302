/** Opcodes of timers and disk operations of a server process, by the part that they belong to. */
import { FIRST_PROGRAM_OPCODE } from '../sim/index.js';

/** Raft: [16, 32). */
export const RAFT_OPCODES = FIRST_PROGRAM_OPCODE;
/** The active controller: [32, 48). */
export const CONTROLLER_OPCODES = RAFT_OPCODES + 16;
/** Life of a broker process, its request handlers and its channel to the controller: [48, 64). */
export const BROKER_OPCODES = CONTROLLER_OPCODES + 16;
/** Replicas and fetchers: [64, 96). */
export const REPLICA_OPCODES = BROKER_OPCODES + 16;
/** Clients are programs of their own; their opcodes start here: [96, 128). */
export const CLIENT_OPCODES = REPLICA_OPCODES + 32;
/** A server of the ZooKeeper ensemble, a program of its own: [128, 144). */
export const ZOOKEEPER_OPCODES = CLIENT_OPCODES + 32;
/** A ZooKeeper session of a broker process: [144, 152). */
export const ZK_CLIENT_OPCODES = ZOOKEEPER_OPCODES + 16;
/** The controller of a cluster on ZooKeeper, inside a broker process: [152, 168). */
export const ZK_CONTROLLER_OPCODES = ZK_CLIENT_OPCODES + 8;
/** What a broker on ZooKeeper has besides: [168, 184). */
export const ZK_BROKER_OPCODES = ZK_CONTROLLER_OPCODES + 16;
