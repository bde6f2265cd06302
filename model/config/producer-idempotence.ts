/**
 * What idempotence asks of a producer's other settings, and what they do to it, version by version.
 *
 * | version | asked for (`enable.idempotence=true`) | not asked for |
 * | --- | --- | --- |
 * | 0.10 | there is none | off |
 * | 0.11 | acks=all, endless retries, one request in flight: set where nothing is said, else demanded | off |
 * | 1.1 to 2.8 | as 0.11, with up to five requests in flight (KAFKA-5494) | off |
 * | 3.3 to 3.9 | demanded | on; quietly off where one of the three forbids it (KIP-679, KAFKA-13598) |
 * | 4.0 | demanded | as before, but more than five requests in flight are refused |
 *
 * Source: KafkaProducer.configureAcks, configureRetries and configureInflightRequests (0.11.0.2, 1.1.0, 2.3.1);
 * ProducerConfig.postProcessAndValidateIdempotenceConfigs (3.3.1, 4.1.1).
 */
import { isBefore, type KafkaVersion } from '../versions.js';
import { INT_MAX, type ConfigValues } from './config-key.js';

/** The settings that idempotence is about. */
export interface IdempotenceSettings {
  readonly acks: 'all' | '0' | '1';
  readonly enableIdempotence: boolean;
  readonly retries: number;
  readonly maxInFlightRequestsPerConnection: number;
}

/** How many requests may be in flight with idempotence. */
export function idempotentInFlightMax(kafka: KafkaVersion): number {
  return isBefore(kafka, '1.1') ? 1 : 5;
}

/** Whether more requests in flight than that are refused where idempotence is on by default only. */
export function refusesInFlightUnasked(kafka: KafkaVersion): boolean {
  return !isBefore(kafka, '4.0');
}

/** Whether idempotence is on by default; what it needs is then the default, too. */
function isOnByDefault(kafka: KafkaVersion): boolean {
  return !isBefore(kafka, '3.3');
}

/**
 * The settings that a producer goes by.
 *
 * @param plain the given values, and defaults for the others.
 * @param given the given values alone: keys that the version does not have are not among them.
 */
export function idempotenceOf(
  plain: IdempotenceSettings,
  given: ConfigValues,
  kafka: KafkaVersion,
): IdempotenceSettings {
  const { acks, enableIdempotence, retries, maxInFlightRequestsPerConnection } = plain;
  const settings = { acks, enableIdempotence, retries, maxInFlightRequestsPerConnection };
  if (!enableIdempotence) return settings;
  if (!isOnByDefault(kafka)) {
    const isSet = (key: string): boolean => given[key] !== undefined;
    const most = idempotentInFlightMax(kafka);
    return {
      acks: isSet('acks') ? acks : 'all',
      enableIdempotence,
      retries: isSet('retries') ? retries : INT_MAX,
      maxInFlightRequestsPerConnection: isSet('max.in.flight.requests.per.connection')
        ? maxInFlightRequestsPerConnection
        : Math.min(maxInFlightRequestsPerConnection, most),
    };
  }
  const asked = given['enable.idempotence'] !== undefined;
  const forbidden =
    acks !== 'all' || retries === 0 || isTooMany(maxInFlightRequestsPerConnection, kafka);
  return { ...settings, enableIdempotence: asked || !forbidden };
}

/** Versions that refuse it do not come here: the rules between keys have told. */
function isTooMany(inFlight: number, kafka: KafkaVersion): boolean {
  return !refusesInFlightUnasked(kafka) && inFlight > idempotentInFlightMax(kafka);
}
