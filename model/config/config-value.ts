/** Reads one configuration value as Kafka does, from a properties file or a scenario. */
import { INT_MAX, LONG_MAX, type ConfigKey, type ConfigValue } from './config-key.js';

/** A value in its normal form, or why it is none: a sentence that goes after "<key> ". */
export type ReadConfigValue =
  | { readonly ok: true; readonly value: Exclude<ConfigValue, null> }
  | { readonly ok: false; readonly reason: string };

/** Long.MAX_VALUE and the magnitude of Long.MIN_VALUE, in decimal. */
const LONG_MAX_DIGITS = '9223372036854775807';
const LONG_MIN_DIGITS = '9223372036854775808';

/**
 * Reads `raw` as a value of `key`. Strings are trimmed and parsed as Java does; numbers, booleans
 * and arrays of strings are taken as they are where the type allows.
 */
export function readConfigValue(key: ConfigKey, raw: unknown): ReadConfigValue {
  switch (key.type) {
    case 'int':
    case 'long':
    case 'double':
      return readNumber(key, raw);
    case 'boolean':
      return readBoolean(raw);
    case 'string':
      return readString(key, raw);
    case 'list':
      return readList(key, raw);
  }
}

/** What a key takes, in words: `a whole number of at least 1`. */
export function describeExpected(key: ConfigKey): string {
  switch (key.type) {
    case 'boolean':
      return 'true or false';
    case 'string':
      if (key.values !== undefined) return `one of ${key.values.join(', ')}`;
      return key.mayBeEmpty === false ? 'text that is not empty' : 'text';
    case 'list':
      return key.values === undefined
        ? 'a comma-separated list'
        : `a list of ${key.values.join(', ')}`;
    default:
      return describeNumber(key);
  }
}

function describeNumber(key: ConfigKey): string {
  const noun = key.type === 'double' ? 'a number' : 'a whole number';
  const range =
    key.min !== undefined && key.max !== undefined
      ? ` from ${String(key.min)} to ${String(key.max)}`
      : key.min !== undefined
        ? ` of at least ${String(key.min)}`
        : key.max !== undefined
          ? ` of at most ${String(key.max)}`
          : '';
  const also = key.alsoNumber === undefined ? '' : ` or ${String(key.alsoNumber)}`;
  return `${noun}${range}${also}`;
}

function refuse(key: ConfigKey, raw: unknown, remark = ''): ReadConfigValue {
  return { ok: false, reason: `must be ${describeExpected(key)}, not ${quote(raw)}${remark}` };
}

function readNumber(key: ConfigKey, raw: unknown): ReadConfigValue {
  const value = typeof raw === 'string' ? parseNumber(key.type, raw.trim()) : raw;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    const hasUnit = typeof raw === 'string' && /^\s*-?[\d.]+\s*[a-zA-Z]+\s*$/.test(raw);
    return refuse(key, raw, hasUnit ? " (a plain number, in the key's own unit)" : '');
  }
  if (key.type !== 'double' && !Number.isInteger(value)) return refuse(key, raw);
  if (key.type === 'int' && Math.abs(value) > INT_MAX) {
    return refuse(key, raw, ` (it does not fit into 32 bits)`);
  }
  if (key.type === 'long' && Math.abs(value) > LONG_MAX) {
    return refuse(key, raw, ` (it does not fit into 64 bits)`);
  }
  if (key.alsoNumber === value) return { ok: true, value };
  if (key.min !== undefined && value < key.min) return refuse(key, raw);
  if (key.max !== undefined && value > key.max) return refuse(key, raw);
  return { ok: true, value };
}

/** NaN for anything that Java's parser of that type refuses. */
function parseNumber(type: string, text: string): number {
  if (type === 'double') {
    return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?$/.test(text)
      ? Number(text.replace(/[dDfF]$/, ''))
      : Number.NaN;
  }
  const match = /^([+-]?)0*(\d+)$/.exec(text);
  const digits = match?.[2];
  if (digits === undefined) return Number.NaN;
  const bound = match?.[1] === '-' ? LONG_MIN_DIGITS : LONG_MAX_DIGITS;
  const fits = digits.length < bound.length || (digits.length === bound.length && digits <= bound);
  return fits ? Number(text) : Number.NaN;
}

function readBoolean(raw: unknown): ReadConfigValue {
  if (typeof raw === 'boolean') return { ok: true, value: raw };
  const text = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  if (text === 'true') return { ok: true, value: true };
  if (text === 'false') return { ok: true, value: false };
  return { ok: false, reason: `must be true or false, not ${quote(raw)}` };
}

function readString(key: ConfigKey, raw: unknown): ReadConfigValue {
  const isScalar = typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean';
  if (!isScalar) return refuse(key, raw);
  const text = String(raw).trim();
  if (text === '' && key.mayBeEmpty === false) return refuse(key, raw);
  const value = canonical(key, text);
  return value === null ? refuse(key, raw) : { ok: true, value };
}

function readList(key: ConfigKey, raw: unknown): ReadConfigValue {
  const entries = Array.isArray(raw)
    ? raw.map((entry) => String(entry).trim())
    : typeof raw === 'string'
      ? raw.split(',').map((entry) => entry.trim())
      : null;
  if (entries === null) return refuse(key, raw);
  const value: string[] = [];
  for (const entry of entries) {
    if (entry === '' && entries.length === 1) break;
    const known = canonical(key, entry);
    if (known === null) return refuse(key, raw);
    value.push(known);
  }
  return { ok: true, value };
}

/** The spelling of `values`, or null where the text is none of them. */
function canonical(key: ConfigKey, text: string): string | null {
  if (key.values === undefined) return text;
  if (key.aliases !== undefined && Object.hasOwn(key.aliases, text)) {
    return key.aliases[text] ?? null;
  }
  if (key.values.includes(text)) return text;
  if (key.ignoreCase !== true) return null;
  const lower = text.toLowerCase();
  return key.values.find((value) => value.toLowerCase() === lower) ?? null;
}

function quote(raw: unknown): string {
  return raw === undefined ? 'nothing' : JSON.stringify(raw);
}
