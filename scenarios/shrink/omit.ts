/** A value without some of its keys. */
export function omit<T extends object, Key extends keyof T>(
  value: T,
  ...keys: readonly Key[]
): Omit<T, Key> {
  const copy = { ...value };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}
