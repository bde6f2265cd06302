/**
 * How a broker comes up on ZooKeeper, and comes back after an expired session (KafkaServer.startup,
 * KafkaZkClient.registerBroker, KafkaController.RegisterBrokerAndReelect).
 *
 * A broker whose ephemeral znode is still there, from a life before whose session has not expired yet, cannot start: it
 * ends, and whoever supervises it starts it again. One that runs on after its session expired goes on serving, and
 * registers anew under a new broker epoch.
 */
import type { ClusterDefinition } from '../../definition.js';
import { observerOf } from '../../observer.js';
import { applyThrottle, createReplicaManager } from '../../replication/index.js';
import type { ZkClientEvent } from '../../zookeeper/index.js';
import { BrokerZnode, brokerPath, PERSISTENT_PATHS } from '../../zookeeper/znodes.js';
import type { HostContext } from '../../../sim/index.js';
import { zkControllerStart } from '../../zk-controller/index.js';
import { BrokerOpcode } from '../broker-opcodes.js';
import type { BrokerState } from '../state.js';
import { makeChroot } from './chroot.js';
import { resendIsrRequests } from './isr-writes.js';
import { isSentAgain, submit, ZkTag } from './session.js';
import type { ZkBroker } from './state.js';

type Response = Extract<ZkClientEvent, { type: 'response' }>;

/** There is a session: the first one, or a new one after an expiry. A session that merely went on changes nothing. */
export function onSession(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  if (zk.phase === 'rooting') makeChroot(definition, zk, context);
  else if (zk.phase === 'connecting') {
    zk.phase = 'preparing';
    zk.pathsLeft = PERSISTENT_PATHS.length;
    for (const path of PERSISTENT_PATHS) {
      const operation = { type: 'create', path, data: null, ephemeral: false } as const;
      submit(definition, zk, operation, ZkTag.path, null, context);
    }
  } else if (zk.phase === 'registering' && zk.client.sessionId !== zk.registeringSession) {
    register(definition, broker, zk, context);
  }
  resendIsrRequests(definition, zk, context);
}

/** The session is over: the broker goes on serving until it is told otherwise, and will register again. */
export function onSessionExpired(zk: ZkBroker): void {
  if (zk.phase === 'registered') zk.phase = 'registering';
}

/** One of the persistent znodes is there. */
export function onPathAnswer(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  event: Response,
  context: HostContext,
): void {
  if (isSentAgain(definition, zk, event, context)) return;
  if (event.result.code === 'SESSIONEXPIRED') {
    zk.phase = 'connecting';
    return;
  }
  zk.pathsLeft--;
  if (zk.pathsLeft === 0 && zk.phase === 'preparing') recoverLogs(definition, broker, zk, context);
}

/** The logs are recovered. */
export function onZkLogsRecovered(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  zk.phase = 'registering';
  broker.lifecycle.state = 'RECOVERY';
  if (zk.client.sessionId !== 0 && !zk.client.isExpired) register(definition, broker, zk, context);
}

/** The ephemeral znode was made, or there is one already. */
export function onRegisterAnswer(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  event: Response,
  context: HostContext,
): void {
  if (zk.phase !== 'registering' || isSentAgain(definition, zk, event, context)) return;
  const { code, stat } = event.result;
  if (code === 'SESSIONEXPIRED') return;
  if (event.tag === ZkTag.register && code === 'NODEEXISTS') {
    const operation = { type: 'exists', path: brokerPath(broker.nodeId), watch: false } as const;
    submit(definition, zk, operation, ZkTag.checkRegistration, null, context);
    return;
  }
  if (event.tag === ZkTag.checkRegistration) {
    if (code === 'NONODE') {
      register(definition, broker, zk, context);
      return;
    }
    if (stat?.ephemeralOwner !== zk.client.sessionId) {
      observerOf(context).mark(context.virtualUs, 'broker-znode-exists', broker.nodeId);
      context.exit();
      return;
    }
  }
  if (stat !== null) onRegistered(definition, broker, zk, stat.czxid, context);
}

function register(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  const { nodeId } = broker;
  zk.registeringSession = zk.client.sessionId;
  const data = new BrokerZnode(nodeId, definition.node(nodeId).rack);
  const operation = { type: 'create', path: brokerPath(nodeId), data, ephemeral: true } as const;
  submit(definition, zk, operation, ZkTag.register, null, context);
}

function onRegistered(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  brokerEpoch: number,
  context: HostContext,
): void {
  zk.phase = 'registered';
  broker.lifecycle.brokerEpoch = brokerEpoch;
  broker.lifecycle.registered = true;
  broker.replicas!.brokerEpoch = brokerEpoch;
  if (broker.lifecycle.state === 'RECOVERY') broker.lifecycle.state = 'RUNNING';
  zkControllerStart(definition, zk.controller, zk.client, brokerEpoch, context);
  const { requests, lifecycle } = broker;
  if (requests.enabled || lifecycle.state !== 'RUNNING') return;
  requests.enabled = true;
  observerOf(context).brokerServing(context.virtualUs, broker.nodeId, true);
}

function recoverLogs(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  zk.phase = 'recovering';
  const replicas = createReplicaManager(definition, broker.nodeId, context);
  broker.replicas = replicas;
  if (broker.throttle !== null) applyThrottle(definition, replicas, broker.throttle, context);
  if (replicas.failed) {
    context.exit();
    return;
  }
  const scanUs = (replicas.recoveryBytes * 1_000_000) / definition.costs.recoveryBytesPerSecond;
  context.setTimer(Math.ceil(scanUs * context.host.disk.slowFactor), BrokerOpcode.logsRecovered);
}
