/**
 * What Kafka checks between keys when a server or a client starts, and refuses to start over.
 *
 * Source: KafkaConfig.validateValues, LogConfig.validateValues, ProducerConfig and KafkaProducer.
 */
import type { ConfigValue, ConfigValues } from './config-key.js';
import { readConfigValue } from './config-value.js';
import { valuesOfVersion } from './key-lifetimes.js';
import { idempotentInFlightMax, refusesInFlightUnasked } from './producer-idempotence.js';
import { findConfigEntry, type ConfigSet } from './registry.js';
import { VERSION_DEFAULTS } from './version-defaults.js';
import { isBefore, NEWEST_VERSION, type KafkaVersion } from '../versions.js';

/** A broken rule. `keys` are those it is about; at least one of them was set. */
export interface ConfigRuleBreach {
  readonly keys: readonly string[];
  readonly message: string;
}

interface Rule {
  readonly keys: readonly string[];
  /** The message where the rule is broken, else null. */
  readonly check: (value: (key: string) => number) => string | null;
}

const MEBIBYTE = 1_048_576;

/** By precedence: the first one that is set counts. */
const RETENTION_KEYS = [
  'log.retention.ms',
  'log.retention.minutes',
  'log.retention.hours',
] as const;

const BROKER_RULES: readonly Rule[] = [
  atMost('replica.fetch.wait.max.ms', 'replica.socket.timeout.ms'),
  atMost('replica.fetch.wait.max.ms', 'replica.lag.time.max.ms'),
  {
    keys: ['log.cleaner.dedupe.buffer.size', 'log.cleaner.threads'],
    check: (value) =>
      value('log.cleaner.dedupe.buffer.size') > MEBIBYTE * value('log.cleaner.threads')
        ? null
        : 'log.cleaner.dedupe.buffer.size must be more than 1 MiB for each of log.cleaner.threads',
  },
  {
    keys: ['queued.max.request.bytes', 'socket.request.max.bytes'],
    check: (value) =>
      value('queued.max.request.bytes') <= 0 ||
      value('queued.max.request.bytes') >= value('socket.request.max.bytes')
        ? null
        : 'queued.max.request.bytes must be at least socket.request.max.bytes',
  },
  ...RETENTION_KEYS.map((_, precedence) => retentionRule(precedence)),
];

const TOPIC_RULES: readonly Rule[] = [atMost('min.compaction.lag.ms', 'max.compaction.lag.ms')];

/**
 * The rules of a server or a topic that these values break in a version of Kafka. Only rules about a key that is set are
 * looked at; values must be valid on their own.
 */
export function brokenConfigRules(
  set: 'broker' | 'topic',
  values: ConfigValues,
  kafka: KafkaVersion = NEWEST_VERSION,
): readonly ConfigRuleBreach[] {
  const own = valuesOfVersion(set, values, kafka);
  const breaches: ConfigRuleBreach[] = [];
  for (const rule of set === 'broker' ? BROKER_RULES : TOPIC_RULES) {
    if (!rule.keys.some((key) => isSet(own, key))) continue;
    const message = rule.check((key) => numberOf(set, own, key, kafka));
    if (message !== null) breaches.push({ keys: rule.keys, message });
  }
  return breaches;
}

/** The rules of a producer that these values break in a version of Kafka. */
export function brokenProducerRules(
  values: ConfigValues,
  kafka: KafkaVersion = NEWEST_VERSION,
): readonly ConfigRuleBreach[] {
  const own = valuesOfVersion('producer', values, kafka);
  return [...brokenTimeoutRules(own, kafka), ...brokenIdempotenceRules(own, kafka)];
}

function brokenTimeoutRules(
  values: ConfigValues,
  kafka: KafkaVersion,
): readonly ConfigRuleBreach[] {
  const number = (key: string): number => numberOf('producer', values, key, kafka);
  const leastMs = number('linger.ms') + number('request.timeout.ms');
  if (!isSet(values, 'delivery.timeout.ms') || number('delivery.timeout.ms') >= leastMs) return [];
  return [
    {
      keys: ['delivery.timeout.ms', 'linger.ms', 'request.timeout.ms'],
      message:
        `delivery.timeout.ms (${String(number('delivery.timeout.ms'))}) must be at least ` +
        `linger.ms + request.timeout.ms (${String(leastMs)})`,
    },
  ];
}

/** Where idempotence was asked for, what it needs may be left unsaid, but not be said otherwise. */
function brokenIdempotenceRules(
  values: ConfigValues,
  kafka: KafkaVersion,
): readonly ConfigRuleBreach[] {
  if (valueOf('producer', values, 'enable.idempotence', kafka) !== true) return [];
  const breaches: ConfigRuleBreach[] = [];
  const asked = isSet(values, 'enable.idempotence');
  if (asked && isSet(values, 'acks')) {
    const acks = valueOf('producer', values, 'acks', kafka);
    if (acks !== 'all') {
      const message = `enable.idempotence needs acks=all, not ${String(acks)}`;
      breaches.push({ keys: ['acks', 'enable.idempotence'], message });
    }
  }
  if (asked && isSet(values, 'retries') && numberOf('producer', values, 'retries', kafka) === 0) {
    const message = 'enable.idempotence needs retries above 0';
    breaches.push({ keys: ['retries', 'enable.idempotence'], message });
  }
  const key = 'max.in.flight.requests.per.connection';
  const inFlight = numberOf('producer', values, key, kafka);
  const most = idempotentInFlightMax(kafka);
  const isRule = isSet(values, key) && (asked || refusesInFlightUnasked(kafka));
  if (isRule && inFlight > most) {
    const why = isBefore(kafka, '3.3')
      ? ` in Kafka ${kafka}`
      : ' (which is on unless enable.idempotence is false)';
    breaches.push({
      keys: [key, 'enable.idempotence'],
      message: `${key} must be at most ${String(most)} with idempotence${why}, not ${String(inFlight)}`,
    });
  }
  return breaches;
}

function atMost(lower: string, upper: string): Rule {
  return {
    keys: [lower, upper],
    check: (value) =>
      value(lower) <= value(upper)
        ? null
        : `${lower} (${String(value(lower))}) must be at most ${upper} (${String(value(upper))})`,
  };
}

function retentionRule(precedence: number): Rule {
  const key = RETENTION_KEYS[precedence] ?? 'log.retention.hours';
  const outranking = RETENTION_KEYS.slice(0, precedence);
  return {
    keys: [key],
    check: (value) =>
      value(key) === 0 && outranking.every((other) => Number.isNaN(value(other)))
        ? `${key} must be at least 1, or -1 for no limit, not 0`
        : null,
  };
}

function isSet(values: ConfigValues, key: string): boolean {
  return values[key] !== undefined && values[key] !== null;
}

function valueOf(
  set: ConfigSet,
  values: ConfigValues,
  key: string,
  kafka: KafkaVersion,
): ConfigValue {
  const entry = findConfigEntry(set, key);
  if (entry === null) throw new Error(`the registry has no ${set} config ${key}`);
  const defaultValue = VERSION_DEFAULTS[kafka][set][key] ?? entry.defaultValue;
  const raw = values[key];
  if (raw === undefined || raw === null) return defaultValue;
  const read = readConfigValue(entry, raw);
  return read.ok ? read.value : defaultValue;
}

function numberOf(set: ConfigSet, values: ConfigValues, key: string, kafka: KafkaVersion): number {
  const value = valueOf(set, values, key, kafka);
  return typeof value === 'number' ? value : Number.NaN;
}
