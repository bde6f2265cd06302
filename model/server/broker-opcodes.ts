/** Timers of a server's life cycle, request handlers and channels to the controller. */
import { BROKER_OPCODES, ZK_BROKER_OPCODES } from '../opcodes.js';

export const BrokerOpcode = {
  /** The process has started: it reads its disk and opens its listeners. */
  processStarted: BROKER_OPCODES,
  /** The logs are recovered: the first metadata can be published. */
  logsRecovered: BROKER_OPCODES + 1,
  /** BrokerLifecycleManager's next communication. */
  communication: BROKER_OPCODES + 2,
  /** `initial.broker.registration.timeout.ms` is over. */
  registrationTimeout: BROKER_OPCODES + 3,
  /** A controlled shutdown has waited long enough. */
  shutdownTimeout: BROKER_OPCODES + 4,
  /** The oldest request of a channel to the controller is due. `arg`: the channel. */
  channelTimeout: BROKER_OPCODES + 5,
  /** A channel tries again to find or reach the controller. `arg`: the channel. */
  channelRetry: BROKER_OPCODES + 6,
  /** A request handler thread becomes free while requests wait. */
  handlerFree: BROKER_OPCODES + 7,
  /** A response has left while requests wait on its connection. `arg`: the connection. */
  connectionFree: BROKER_OPCODES + 8,
  /** AlterPartitionManager sends again after an error. */
  alterPartitionRetry: BROKER_OPCODES + 9,
  /** The operator throttles replication, or lets it go; the payload is a `ReplicationThrottle` or null. */
  throttleChanged: BROKER_OPCODES + 10,
  /** ReplicaManager.maybePropagateIsrChanges on ZooKeeper. */
  isrPropagation: ZK_BROKER_OPCODES,
  /** A controlled shutdown on ZooKeeper asks again, or its request is overdue. */
  controlledShutdownRetry: ZK_BROKER_OPCODES + 1,
  /** The end of the session has been waited for long enough. */
  sessionClosed: ZK_BROKER_OPCODES + 2,
  /** The end of the session that made the chroot has been waited for long enough. */
  chrootSessionClosed: ZK_BROKER_OPCODES + 3,
} as const;
