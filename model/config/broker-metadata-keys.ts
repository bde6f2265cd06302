/** The metadata log and its snapshots. Known only: the metadata log of the lab is never cut. */
import { int, long, string, type ConfigKeys } from './config-key.js';

export const BROKER_METADATA_KEYS = {
  'controller.performance.sample.period.ms': long(60_000, { min: 100 }),
  'controller.performance.always.log.threshold.ms': long(2000, { min: 0 }),
  'metadata.log.max.record.bytes.between.snapshots': long(20_971_520, { min: 1 }),
  'metadata.log.dir': string(null),
  'metadata.log.segment.bytes': int(1_073_741_824, { min: 8_388_608 }),
  'metadata.log.segment.ms': long(604_800_000),
  'metadata.max.retention.bytes': long(104_857_600),
  'metadata.max.retention.ms': long(604_800_000),
  'internal.metadata.log.segment.bytes': int(null),
  'internal.metadata.max.batch.size.in.bytes': int(8_388_608),
  'internal.metadata.max.fetch.size.in.bytes': int(8_388_608),
  'internal.metadata.delete.delay.millis': long(60_000),
} satisfies ConfigKeys;
