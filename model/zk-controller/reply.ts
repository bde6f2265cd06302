import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { RpcMessage } from '../rpc/index.js';

/** Answers where the connection is still there. */
export function reply(connection: ConnectionId, response: RpcMessage, context: HostContext): void {
  if (context.isOpen(connection)) context.send(connection, response);
}
