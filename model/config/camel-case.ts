/**
 * The one rule that makes the name of a field out of Kafka's key: `replica.lag.time.max.ms` is
 * `replicaLagTimeMaxMs`.
 */

/** `a.b.c` as `aBC`, at the level of types. */
export type CamelCase<Key extends string> = Key extends `${infer Head}.${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

/** `a.b.c` as `aBC`. */
export function camelCase<Key extends string>(key: Key): CamelCase<Key> {
  const parts = key.split('.');
  const joined = parts.map((part, index) => (index === 0 ? part : capitalize(part))).join('');
  return joined as CamelCase<Key>;
}

function capitalize(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
