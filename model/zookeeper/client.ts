/**
 * A ZooKeeper session of a process (org.apache.zookeeper.ClientCnxn, kafka.zookeeper.ZooKeeperClient).
 *
 * The client is plain data inside its owner's state. Requests are pipelined on one connection and answered in order.
 * Where the connection breaks every request in flight ends with CONNECTIONLOSS, and the client tries the servers in turn
 * until one takes the session back; where a server says that the session is over, everything ends with SESSIONEXPIRED
 * and nothing more is sent until `zkReinitialize`. What happened is put into `events`, which the owner drains after
 * every call, in order.
 */
import type { ConnectionId, HostContext, Message } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { ZkEventType, ZkOperation, ZkResult } from './operations.js';

/** What the client tells its owner. */
export type ZkClientEvent =
  /** The answer to `zkSubmit`, with its tag and payload. */
  | {
      readonly type: 'response';
      readonly tag: number;
      readonly payload: unknown;
      readonly operation: ZkOperation;
      readonly result: ZkResult;
    }
  /** A watch fired; it is gone by that. Path below the chroot. */
  | { readonly type: 'watch'; readonly path: string; readonly event: ZkEventType }
  /** `connected` also after a break: the session went on. */
  | { readonly type: 'state'; readonly state: 'connected' | 'disconnected' | 'expired' };

/** The state of a session; plain data. */
export interface ZkClientState {
  readonly chroot: string;
  readonly sessionTimeoutUs: number;
  /** 0: none yet. */
  sessionId: number;
  isConnected: boolean;
  isExpired: boolean;
  readonly events: ZkClientEvent[];
}

/** A client that begins to connect at once. `chroot` is '' or '/a'. */
export declare function createZkClient(
  definition: ClusterDefinition,
  chroot: string,
  sessionTimeoutUs: number,
  context: HostContext,
): ZkClientState;

/** Sends an operation as soon as there is a connection; its answer comes as an event with the same tag and payload. */
export declare function zkSubmit(
  definition: ClusterDefinition,
  client: ZkClientState,
  operation: ZkOperation,
  tag: number,
  payload: unknown,
  context: HostContext,
): void;

/** True where the message was for this client. */
export declare function zkReceive(
  definition: ClusterDefinition,
  client: ZkClientState,
  connection: ConnectionId,
  message: Message,
  context: HostContext,
): boolean;

/** Serves a timer in [ZK_CLIENT_OPCODES, +8). */
export declare function zkTimer(
  definition: ClusterDefinition,
  client: ZkClientState,
  opcode: number,
  arg: number,
  context: HostContext,
): void;

/** True where the connection was this client's. */
export declare function zkClosed(
  definition: ClusterDefinition,
  client: ZkClientState,
  connection: ConnectionId,
  context: HostContext,
): boolean;

/** After an expiry: begins a new session (ZooKeeperClient.reinitialize). */
export declare function zkReinitialize(
  definition: ClusterDefinition,
  client: ZkClientState,
  context: HostContext,
): void;

/** Ends the session in order: its ephemeral znodes go at once. */
export declare function zkClose(
  definition: ClusterDefinition,
  client: ZkClientState,
  context: HostContext,
): void;
