/** Transaction coordinator. Known only. */
import { boolean, int, type ConfigKeys } from './config-key.js';

export const BROKER_TRANSACTIONS_KEYS = {
  'transaction.state.log.min.isr': int(2, { min: 1 }),
  'transaction.state.log.load.buffer.size': int(5_242_880, { min: 1 }),
  'transaction.state.log.replication.factor': int(3, { min: 1, max: 32_767 }),
  'transaction.state.log.num.partitions': int(50, { min: 1 }),
  'transaction.state.log.segment.bytes': int(104_857_600, { min: 1 }),
  'transaction.partition.verification.enable': boolean(true),
  'producer.id.expiration.check.interval.ms': int(600_000, { min: 1 }),
  'transactional.id.expiration.ms': int(604_800_000, { min: 1 }),
  'transaction.max.timeout.ms': int(900_000, { min: 1 }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(10_000, { min: 1 }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(3_600_000, { min: 1 }),
  'transaction.two.phase.commit.enable': boolean(false),
} satisfies ConfigKeys;
