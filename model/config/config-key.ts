/**
 * What a Kafka configuration key is: its type, its default, its valid values.
 *
 * The tables of this folder are lists of these, one line per key, for Kafka 4.1. A key is either
 * *modelled* (the lab behaves as its value says; it appears in the typed views of `views.ts`) or
 * only *known* (the lab checks its value and says that it does not model it).
 */

/** A configuration value, in the key's own unit. Lists are arrays; null is "not set". */
export type ConfigValue = number | boolean | string | readonly string[] | null;

/** Values by Kafka's key. */
export type ConfigValues = Readonly<Record<string, ConfigValue>>;

/** Whose keys: a key may exist in several sets, with different defaults. */
export type ConfigSet = 'broker' | 'topic' | 'producer' | 'consumer';

/** What kind of value a key takes (ConfigDef.Type). */
export type ConfigType = 'int' | 'long' | 'double' | 'boolean' | 'string' | 'list';

/**
 * Java's `Long.MAX_VALUE` as the nearest double, which is 2^63. Kafka writes "never" and "no
 * limit" this way. It is too large to add to: compare with it first.
 */
export const LONG_MAX = 9_223_372_036_854_775_808;

/** Java's `Integer.MAX_VALUE`. */
export const INT_MAX = 2_147_483_647;

/** Java's `Double.MAX_VALUE`. */
export const DOUBLE_MAX = Number.MAX_VALUE;

/** One key, without its name. `Value` is the type of its values, null included where unset. */
export interface ConfigKey<Value extends ConfigValue = ConfigValue> {
  readonly type: ConfigType;
  /** Kafka 4.1's default; null where there is none. */
  readonly defaultValue: Value;
  /** Smallest valid number. */
  readonly min?: number;
  /** Largest valid number. */
  readonly max?: number;
  /** A number outside `min` and `max` that is valid all the same: `-1` of `compression.gzip.level`. */
  readonly alsoNumber?: number;
  /** All valid strings, for strings and for the entries of lists. */
  readonly values?: readonly string[];
  /** Upper and lower case are the same. */
  readonly ignoreCase?: boolean;
  /** Whether a string may be empty, or a list have no entries; it may unless this is false. */
  readonly mayBeEmpty?: boolean;
  /** Old spellings of a value, by the value they stand for. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** A table of keys. */
export type ConfigKeys = Readonly<Record<string, ConfigKey>>;

interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly alsoNumber?: number;
}

/** A 32-bit integer. */
export function int(defaultValue: number, limits?: Limits): ConfigKey<number>;
export function int(defaultValue: null, limits?: Limits): ConfigKey<number | null>;
export function int(defaultValue: number | null, limits: Limits = {}): ConfigKey<number | null> {
  return { type: 'int', defaultValue, ...limits };
}

/** A 64-bit integer. Beyond 2^53 it is held as the nearest double. */
export function long(defaultValue: number, limits?: Limits): ConfigKey<number>;
export function long(defaultValue: null, limits?: Limits): ConfigKey<number | null>;
export function long(defaultValue: number | null, limits: Limits = {}): ConfigKey<number | null> {
  return { type: 'long', defaultValue, ...limits };
}

export function double(defaultValue: number, limits: Limits = {}): ConfigKey<number> {
  return { type: 'double', defaultValue, ...limits };
}

export function boolean(defaultValue: boolean): ConfigKey<boolean> {
  return { type: 'boolean', defaultValue };
}

/** Free text: names, addresses, classes, passwords. */
export function string(defaultValue: string): ConfigKey<string>;
export function string(defaultValue: null): ConfigKey<string | null>;
export function string(defaultValue: string | null): ConfigKey<string | null> {
  return { type: 'string', defaultValue };
}

/** As `string`, but the empty string is refused. */
export function filledString(defaultValue: string | null): ConfigKey<string | null> {
  return { type: 'string', defaultValue, mayBeEmpty: false };
}

interface ChoiceOptions<Choice extends string> {
  readonly ignoreCase?: boolean;
  readonly aliases?: Readonly<Record<string, Choice>>;
}

/** One of a list of strings. */
export function choice<const Choices extends readonly string[]>(
  defaultValue: Choices[number],
  values: Choices,
  options: ChoiceOptions<Choices[number]> = {},
): ConfigKey<Choices[number]> {
  return { type: 'string', defaultValue, values, ...options };
}

/** A comma-separated list. `values` names the only entries it may have. */
export function list(
  defaultValue: readonly string[],
  values?: readonly string[],
): ConfigKey<readonly string[]> {
  return { type: 'list', defaultValue, ...(values === undefined ? {} : { values }) };
}
