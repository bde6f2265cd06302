/** Keys that producers and consumers share, with the same defaults, in Kafka 4.1. */
import { boolean, choice, int, list, long, string, type ConfigKeys } from './config-key.js';

/** Keys that become fields of both `ProducerConfig` and `ConsumerConfig`. */
export const CLIENT_MODELLED_KEYS = {
  'request.timeout.ms': int(30_000, { min: 1 }), // lab: min, Kafka has 0
  'retry.backoff.ms': long(100, { min: 0 }),
  'retry.backoff.max.ms': long(1000, { min: 0 }),
  'reconnect.backoff.ms': long(50, { min: 0 }),
  'reconnect.backoff.max.ms': long(1000, { min: 0 }),
  'metadata.max.age.ms': long(300_000, { min: 0 }),
} satisfies ConfigKeys;

/** Keys that the lab checks and does not model. */
export const CLIENT_KNOWN_KEYS = {
  'bootstrap.servers': list([]),
  'client.dns.lookup': choice('use_all_dns_ips', [
    'use_all_dns_ips',
    'resolve_canonical_bootstrap_servers_only',
  ]),
  'client.id': string(''),
  'send.buffer.bytes': int(131_072, { min: -1 }),
  'enable.metrics.push': boolean(true),
  'metrics.sample.window.ms': long(30_000, { min: 0 }),
  'metrics.num.samples': int(2, { min: 1 }),
  'metrics.recording.level': choice('INFO', ['INFO', 'DEBUG', 'TRACE']),
  'metric.reporters': list(['org.apache.kafka.common.metrics.JmxReporter']),
  'socket.connection.setup.timeout.ms': long(10_000),
  'socket.connection.setup.timeout.max.ms': long(30_000),
  'connections.max.idle.ms': long(540_000),
  'interceptor.classes': list([]),
  'metadata.recovery.strategy': choice('rebootstrap', ['rebootstrap', 'none'], {
    ignoreCase: true,
  }),
  'metadata.recovery.rebootstrap.trigger.ms': long(300_000, { min: 0 }),
} satisfies ConfigKeys;
