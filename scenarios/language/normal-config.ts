/** Configuration in its normal form: values of the types that the registry gives the keys. */
import type { ConfigValue, ConfigValues } from '../../model/config/config-key.js';
import type { ConfigScope } from '../../model/config/key-lifetimes.js';
import { checkConfigEntry, type ConfigSet } from '../../model/config/registry.js';

export type RawConfig = Readonly<Record<string, string | number | boolean | string[]>>;

/** A version and a mode that every key of the language has been in, those that 4.0 dropped included. */
const ALL_KEYS: ConfigScope = { kafka: '3.9', metadata: 'zookeeper' };

/**
 * The valid entries of a `config`, whatever the version; the others are reported by the checks, not here. What the
 * version of the scenario does not have is left out by the typed views.
 */
export function normalConfig(set: ConfigSet, raw: RawConfig | undefined): ConfigValues {
  const values: Record<string, ConfigValue> = {};
  for (const [name, value] of Object.entries(raw ?? {})) {
    const check = checkConfigEntry(set, name, value, ALL_KEYS);
    if (check.kind === 'valid') values[name] = check.value;
  }
  return values;
}
