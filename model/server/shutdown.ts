/**
 * How a server process ends in order (KafkaRaftServer.shutdown): first its broker, then its part in the quorum.
 */
import type { ClusterDefinition } from '../definition.js';
import { raftHasShutDown, raftResign } from '../raft/index.js';
import type { HostContext } from '../../sim/index.js';
import { stopBroker } from './broker-server.js';
import type { ServerState } from './state.js';
import { requestZkShutdown } from './zookeeper/zk-kafka-server.js';

/** An operator stops the process (SIGTERM). It exits by itself when everything is in order, or at once while it starts. */
export function requestShutdown(
  definition: ClusterDefinition,
  server: ServerState,
  context: HostContext,
): void {
  if (definition.plane.mode === 'zookeeper') {
    requestZkShutdown(definition, server, context);
    return;
  }
  const { raft, broker } = server;
  if (raft === null) {
    context.exit();
    return;
  }
  if (server.isShuttingDown) return;
  server.isShuttingDown = true;
  if (broker !== null) stopBroker(definition, raft, broker, context);
  advanceShutdown(definition, server, context);
}

/** A broker that could not register within `initial.broker.registration.timeout.ms` ends its process. */
export function onRegistrationTimeout(
  definition: ClusterDefinition,
  server: ServerState,
  context: HostContext,
): void {
  if (server.broker?.lifecycle.registered === false) requestShutdown(definition, server, context);
}

/** Takes the next step towards the end, where it can be taken. */
export function advanceShutdown(
  definition: ClusterDefinition,
  server: ServerState,
  context: HostContext,
): void {
  const { raft, broker } = server;
  if (raft === null) return;
  if (broker !== null) {
    if (broker.lifecycle.state !== 'SHUTTING_DOWN') return;
    if (broker.replicas?.isShutDown === false) return;
    server.broker = null;
  }
  raftResign(definition, raft, context);
  if (raftHasShutDown(raft, context.nowUs())) context.exit();
}
