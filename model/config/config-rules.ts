/**
 * What Kafka checks between keys when a server or a client starts, and refuses to start over.
 *
 * Source: KafkaConfig.validateValues, LogConfig.validateValues, ProducerConfig and KafkaProducer.
 */
import type { ConfigValue, ConfigValues } from './config-key.js';
import { readConfigValue } from './config-value.js';
import { findConfigEntry, type ConfigSet } from './registry.js';

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
 * The rules of a server or a topic that these values break. Only rules about a key that is set are
 * looked at; values must be valid on their own.
 */
export function brokenConfigRules(
  set: 'broker' | 'topic',
  values: ConfigValues,
): readonly ConfigRuleBreach[] {
  const breaches: ConfigRuleBreach[] = [];
  for (const rule of set === 'broker' ? BROKER_RULES : TOPIC_RULES) {
    if (!rule.keys.some((key) => isSet(values, key))) continue;
    const message = rule.check((key) => numberOf(set, values, key));
    if (message !== null) breaches.push({ keys: rule.keys, message });
  }
  return breaches;
}

/** The rules of a producer that these values break. */
export function brokenProducerRules(values: ConfigValues): readonly ConfigRuleBreach[] {
  const breaches: ConfigRuleBreach[] = [];
  const number = (key: string): number => numberOf('producer', values, key);
  const leastMs = number('linger.ms') + number('request.timeout.ms');
  if (isSet(values, 'delivery.timeout.ms') && number('delivery.timeout.ms') < leastMs) {
    breaches.push({
      keys: ['delivery.timeout.ms', 'linger.ms', 'request.timeout.ms'],
      message:
        `delivery.timeout.ms (${String(number('delivery.timeout.ms'))}) must be at least ` +
        `linger.ms + request.timeout.ms (${String(leastMs)})`,
    });
  }
  const idempotence = valueOf('producer', values, 'enable.idempotence') === true;
  const asked = isSet(values, 'enable.idempotence');
  const acks = valueOf('producer', values, 'acks');
  if (idempotence && asked && acks !== 'all') {
    breaches.push({
      keys: ['acks', 'enable.idempotence'],
      message: `enable.idempotence needs acks=all, not ${String(acks)}`,
    });
  }
  if (idempotence && asked && number('retries') === 0) {
    breaches.push({
      keys: ['retries', 'enable.idempotence'],
      message: 'enable.idempotence needs retries above 0',
    });
  }
  const inFlight = number('max.in.flight.requests.per.connection');
  if (idempotence && inFlight > 5) {
    breaches.push({
      keys: ['max.in.flight.requests.per.connection', 'enable.idempotence'],
      message:
        `max.in.flight.requests.per.connection must be at most 5 with idempotence ` +
        `(which is on unless enable.idempotence is false), not ${String(inFlight)}`,
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

function valueOf(set: ConfigSet, values: ConfigValues, key: string): ConfigValue {
  const entry = findConfigEntry(set, key);
  if (entry === null) throw new Error(`the registry has no ${set} config ${key}`);
  const raw = values[key];
  if (raw === undefined || raw === null) return entry.defaultValue;
  const read = readConfigValue(entry, raw);
  return read.ok ? read.value : entry.defaultValue;
}

function numberOf(set: ConfigSet, values: ConfigValues, key: string): number {
  const value = valueOf(set, values, key);
  return typeof value === 'number' ? value : Number.NaN;
}
