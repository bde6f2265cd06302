/**
 * Copies the state of a run.
 *
 * State is plain data: numbers, strings, arrays, typed arrays, object literals, Maps and Sets of such.
 * Three kinds of objects are told apart by what they are:
 *
 * - an `Immutable` (a message, a record batch, a definition) is shared by both copies;
 * - an object with a `fork(forker)` method copies itself (append-only lists share their chunks);
 * - anything else with a prototype of its own cannot be copied, and saying so is better than a guess.
 *
 * Identity is kept: two references to one object become two references to one copy.
 */
export abstract class Immutable {
  /** Marks the class for the type checker; nothing reads it. */
  declare protected readonly immutable: true;
}

/** What knows how to copy itself. */
export interface Forkable {
  /** The copy; what it refers to is copied by `forker.clone`, so that shared objects stay shared. */
  fork(forker: Forker): unknown;
}

/** One copying of a run: knows the copy of every original, so that each is copied once. */
export class Forker {
  private readonly copies = new Map<object, object>();

  /** A copy of the value, or the value itself where it is immutable. Throws on functions. */
  clone<T>(value: T): T {
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'function')
        throw new Error('a function in the state of a run cannot be forked');
      return value;
    }
    if (value instanceof Immutable) return value;
    const known = this.copies.get(value);
    if (known !== undefined) return known as T;
    return this.copy(value) as T;
  }

  /** Says that the copy of an original is already there (used by objects that copy themselves). */
  remember(original: object, copy: object): void {
    this.copies.set(original, copy);
  }

  private copy(value: object): object {
    if (Array.isArray(value)) return this.copyArray(value);
    if ('fork' in value && typeof value.fork === 'function') {
      const copy = (value as Forkable).fork(this) as object;
      this.copies.set(value, copy);
      return copy;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.copyPlain(value);
    if (value instanceof Map) return this.copyMap(value);
    if (value instanceof Set) return this.copySet(value);
    if (ArrayBuffer.isView(value)) return (value as unknown as Float64Array).slice();
    throw new Error(`a ${value.constructor.name} in the state of a run cannot be forked`);
  }

  private copyArray(value: readonly unknown[]): unknown[] {
    const copy = value.slice();
    this.copies.set(value, copy);
    for (let index = 0; index < copy.length; index++) {
      const item = copy[index];
      if (typeof item === 'object' && item !== null) copy[index] = this.clone(item);
    }
    return copy;
  }

  private copyPlain(value: object): object {
    const copy = { ...value } as Record<string, unknown>;
    this.copies.set(value, copy);
    for (const key in copy) {
      const item = copy[key];
      if (typeof item === 'object' && item !== null) copy[key] = this.clone(item);
      else if (typeof item === 'function')
        throw new Error(`a function in the state of a run: ${key}`);
    }
    return copy;
  }

  private copyMap(value: Map<unknown, unknown>): Map<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    this.copies.set(value, copy);
    for (const [key, item] of value) copy.set(this.clone(key), this.clone(item));
    return copy;
  }

  private copySet(value: Set<unknown>): Set<unknown> {
    const copy = new Set<unknown>();
    this.copies.set(value, copy);
    for (const item of value) copy.add(this.clone(item));
    return copy;
  }
}
