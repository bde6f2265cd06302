/** Listeners, sockets, connections. Known only: the lab connects hosts by their ids. */
import { INT_MAX, int, long, string, type ConfigKeys } from './config-key.js';

export const BROKER_NETWORK_KEYS = {
  'socket.connection.setup.timeout.ms': long(10_000),
  'socket.connection.setup.timeout.max.ms': long(30_000),
  'early.start.listeners': string(null),
  'controller.listener.names': string(null),
  'advertised.listeners': string(null),
  'listener.security.protocol.map': string(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
  ),
  'socket.send.buffer.bytes': int(102_400),
  'socket.receive.buffer.bytes': int(102_400),
  'socket.request.max.bytes': int(104_857_600, { min: 1 }),
  'socket.listen.backlog.size': int(50, { min: 1 }),
  'max.connections.per.ip': int(INT_MAX, { min: 0 }),
  'max.connections.per.ip.overrides': string(''),
  'max.connections': int(INT_MAX, { min: 0 }),
  'max.connection.creation.rate': int(INT_MAX, { min: 0 }),
  'connections.max.idle.ms': long(600_000),
  'connection.failed.authentication.delay.ms': int(100, { min: 0 }),
  'queued.max.request.bytes': long(-1),
  'num.network.threads': int(3, { min: 1 }),
  'controller.socket.timeout.ms': int(30_000),
  'inter.broker.listener.name': string(null),
} satisfies ConfigKeys;
