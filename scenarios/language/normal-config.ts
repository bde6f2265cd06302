/** Configuration in its normal form: values of the types that the registry gives the keys. */
import type { ConfigValue, ConfigValues } from '../../model/config/config-key.js';
import { checkConfigEntry, type ConfigSet } from '../../model/config/registry.js';

export type RawConfig = Readonly<Record<string, string | number | boolean | string[]>>;

/** The valid entries of a `config`; the others are reported by the checks, not here. */
export function normalConfig(set: ConfigSet, raw: RawConfig | undefined): ConfigValues {
  const values: Record<string, ConfigValue> = {};
  for (const [name, value] of Object.entries(raw ?? {})) {
    const check = checkConfigEntry(set, name, value);
    if (check.kind === 'valid') values[name] = check.value;
  }
  return values;
}
