/**
 * Lists that are short nearly always, on paths that are taken for every message.
 *
 * An engine gives an array that grew by `push` room for 17 items, and takes the memory away when its length is set to
 * 0, so that the next item needs it anew.
 */

/** Adds an item to a list that begins as null: a list of one item takes the memory of one. */
export function addItem<T>(list: T[] | null, item: T): T[] {
  if (list === null) return [item];
  list.push(item);
  return list;
}

/** Takes all items past the first `length` out of a list that will be filled again: it keeps its memory. */
export function shorten(list: unknown[], length: number): void {
  while (list.length > length) list.pop();
}
