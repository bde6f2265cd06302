/**
 * Keys of `server.properties` that the lab models, with Kafka 4.1's defaults.
 *
 * Moving a line between this file and one of the `broker-*-keys.ts` tables is all it takes to make
 * a key modelled or known only. Ranges are Kafka's. Where 4.1 checks nothing and a value would
 * break the server at run time, the lab asks for a value that a server can run with: marked `lab`.
 */
import { boolean, int, list, long, LONG_MAX, string, type ConfigKeys } from './config-key.js';

/** Keys that become fields of `BrokerConfig`. */
export const BROKER_MODELLED_KEYS = {
  // Topics and partitions.
  'num.partitions': int(1, { min: 1 }),
  'default.replication.factor': int(1, { min: 1 }), // lab: min
  'min.insync.replicas': int(1, { min: 1 }),
  'unclean.leader.election.enable': boolean(false),
  'message.max.bytes': int(1_048_588, { min: 0 }),

  // Replication.
  'num.replica.fetchers': int(1, { min: 1 }), // lab: min
  'replica.lag.time.max.ms': long(30_000, { min: 1 }), // lab: min
  'replica.fetch.wait.max.ms': int(500, { min: 0 }), // lab: min
  'replica.fetch.min.bytes': int(1, { min: 0 }), // lab: min
  'replica.fetch.max.bytes': int(1_048_576, { min: 0 }),
  'replica.fetch.response.max.bytes': int(10_485_760, { min: 0 }),
  'replica.fetch.backoff.ms': int(1000, { min: 0 }),
  'replica.socket.timeout.ms': int(30_000, { min: 1 }), // lab: min
  'replica.high.watermark.checkpoint.interval.ms': long(5000, { min: 1 }), // lab: min

  // The log and its flushes. `log.flush.interval.ms` unset means `log.flush.scheduler.interval.ms`.
  'log.flush.interval.messages': long(LONG_MAX, { min: 1 }),
  'log.flush.interval.ms': long(null, { min: 0 }), // lab: min
  'log.flush.scheduler.interval.ms': long(LONG_MAX, { min: 1 }), // lab: min
  'log.flush.offset.checkpoint.interval.ms': int(60_000, { min: 0 }),
  'producer.id.expiration.ms': int(86_400_000, { min: 1 }),

  // Serving requests.
  'num.io.threads': int(8, { min: 1 }),
  'queued.max.requests': int(500, { min: 1 }),
  'request.timeout.ms': int(30_000, { min: 1 }), // lab: min
  'fetch.max.bytes': int(57_671_680, { min: 1024 }),

  // Broker life cycle in KRaft mode.
  'broker.heartbeat.interval.ms': int(2000, { min: 1 }), // lab: min
  'broker.session.timeout.ms': int(9000, { min: 1 }), // lab: min
  'initial.broker.registration.timeout.ms': int(60_000, { min: 1 }), // lab: min
  'controlled.shutdown.enable': boolean(true),

  // The controller quorum and the controller's own timers.
  'controller.quorum.election.timeout.ms': int(1000, { min: 1 }), // lab: min, Kafka has 0
  'controller.quorum.fetch.timeout.ms': int(2000, { min: 1 }), // lab: min, Kafka has 0
  'controller.quorum.election.backoff.max.ms': int(1000, { min: 0 }),
  'controller.quorum.request.timeout.ms': int(2000, { min: 1 }), // lab: min, Kafka has 0
  'controller.quorum.retry.backoff.ms': int(20, { min: 0 }),
  'controller.quorum.append.linger.ms': int(25, { min: 0 }),
  'metadata.max.idle.interval.ms': int(500, { min: 0 }),
  'metadata.log.max.snapshot.interval.ms': long(3_600_000, { min: 0 }),
  'unclean.leader.election.interval.ms': long(300_000, { min: 1 }),
  'auto.leader.rebalance.enable': boolean(true),
  'leader.imbalance.check.interval.seconds': long(300, { min: 1 }),
} satisfies ConfigKeys;

/**
 * Keys that say which node a file belongs to and who its peers are. The lab takes them from the
 * shape of the scenario (`brokers`, `controllers`, `racks`), so they cannot be set in a `config`;
 * the import reads them.
 */
export const BROKER_STRUCTURE_KEYS = {
  'node.id': int(null, { min: 0 }),
  'broker.id': int(-1),
  'broker.rack': string(null),
  'process.roles': list([], ['broker', 'controller']),
  'controller.quorum.voters': list([]),
  'controller.quorum.bootstrap.servers': list([]),
  listeners: string('PLAINTEXT://:9092'),
} satisfies ConfigKeys;
