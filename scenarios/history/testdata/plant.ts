/** Puts one anomaly into a history. */
import type { AnomalyName } from '../anomalies.js';
import type { Key, KeyRecords, Mop, Operation, PollMop, Value } from '../operation.js';

/** Chooses one of so many. */
export type Choose = (count: number) => number;

/** What is done to the history, what it must be found as, and the key where. Null where the history offers no place. */
export interface Plant {
  readonly name: string;
  readonly shows: AnomalyName;
  readonly plant: (history: readonly Operation[], choose: Choose) => Planted | null;
}

export interface Planted {
  readonly history: readonly Operation[];
  readonly key: Key;
}

/** Records of one key in one ok poll. */
interface Place {
  readonly operation: number;
  readonly process: number | null;
  readonly mop: number;
  readonly slot: number;
  readonly records: KeyRecords;
}

function okPolls(history: readonly Operation[]): Place[] {
  return history.flatMap(({ type, process, mops }, operation) =>
    type === 'ok'
      ? (mops ?? []).flatMap((mop, at) =>
          mop.f === 'poll'
            ? (mop.reads ?? []).map((records, slot) => ({ operation, process, mop: at, slot, records }))
            : [],
        )
      : [],
  );
}

/** Values with an acknowledgement, by key, in the order of their offsets. */
function acknowledged(history: readonly Operation[]): Map<Key, Value[]> {
  const pairs = new Map<Key, [number, Value][]>();
  for (const { type, mops } of history) {
    for (const mop of type === 'ok' ? (mops ?? []) : []) {
      if (mop.f !== 'send' || typeof mop.offset !== 'number') continue;
      pairs.set(mop.key, [...(pairs.get(mop.key) ?? []), [mop.offset, mop.value]]);
    }
  }
  return new Map(
    [...pairs].map(([key, list]) => [key, list.sort(([a], [b]) => a - b).map(([, value]) => value)]),
  );
}

function pick<T>(items: readonly T[], choose: Choose): T | null {
  return items.length === 0 ? null : items[choose(items.length)]!;
}

/** The history with other records at one place. */
function withRecords(
  history: readonly Operation[],
  place: Place,
  change: (records: KeyRecords) => KeyRecords,
): Operation[] {
  return history.map((operation, index) => {
    if (index !== place.operation) return operation;
    const mops = operation.mops!.map((mop, at): Mop => {
      if (at !== place.mop) return mop;
      const reads = (mop as PollMop).reads!.map((records, slot) =>
        slot === place.slot ? change(records) : records,
      );
      return { f: 'poll', reads };
    });
    return { ...operation, mops };
  });
}

/** Takes a value out of every poll. */
function dropped(history: readonly Operation[], key: Key, value: Value): Operation[] {
  return history.map((operation) => {
    if (operation.mops?.some(({ f }) => f === 'poll') !== true) return operation;
    const mops = operation.mops.map((mop): Mop => {
      if (mop.f !== 'poll' || mop.reads === null) return mop;
      const reads = mop.reads.map((records) => (records.key === key ? without(records, value) : records));
      return { f: 'poll', reads: reads.filter(({ values }) => values.length > 0) };
    });
    return { ...operation, mops };
  });
}

function without({ key, offsets, values }: KeyRecords, value: Value): KeyRecords {
  const kept = values.flatMap((each, place) => (each === value ? [] : [place]));
  return { key, offsets: kept.map((place) => offsets[place]!), values: kept.map((place) => values[place]!) };
}

/** An acknowledged value and its key; not one of the last so many of the key, or just the last. */
function someAcknowledged(
  history: readonly Operation[],
  choose: Choose,
  which: 'last' | 'not-last',
): { key: Key; value: Value } | null {
  const candidates = [...acknowledged(history)].flatMap(([key, values]) =>
    (which === 'last' ? values.slice(-1) : values.slice(0, -1)).map((value) => ({ key, value })),
  );
  return pick(candidates, choose);
}

export const PLANTS: readonly Plant[] = [
  { name: 'drop: an acknowledged record is in no poll', shows: 'lost-write', plant: dropSome },
  { name: 'drop: the last acknowledged record is in no poll', shows: 'unseen', plant: dropLast },
  { name: 'duplicate: a poll has a record again at an offset of its own', shows: 'duplicate', plant: duplicate },
  { name: 'reorder: neighbours in one poll change places', shows: 'int-nonmonotonic-poll', plant: reorderWithin },
  { name: 'reorder: two polls of a process change places', shows: 'nonmonotonic-poll', plant: reorderPolls },
  { name: 'rebind: a poll has another value at an offset', shows: 'inconsistent-offsets', plant: rebind },
  { name: 'flip: what was acknowledged is said to have failed', shows: 'G1a', plant: flip },
];

function dropSome(history: readonly Operation[], choose: Choose): Planted | null {
  const found = someAcknowledged(history, choose, 'not-last');
  return found && { history: dropped(history, found.key, found.value), key: found.key };
}

function dropLast(history: readonly Operation[], choose: Choose): Planted | null {
  const found = someAcknowledged(history, choose, 'last');
  return found && { history: dropped(history, found.key, found.value), key: found.key };
}

function duplicate(history: readonly Operation[], choose: Choose): Planted | null {
  const places = okPolls(history);
  const place = pick(places, choose);
  if (place === null) return null;
  const { key } = place.records;
  const offsets = places.flatMap(({ records }) => (records.key === key ? records.offsets : []));
  const free = Math.max(...offsets.map((offset) => offset ?? 0)) + 1;
  const change = (records: KeyRecords): KeyRecords => ({
    key,
    offsets: [...records.offsets, free],
    values: [...records.values, records.values[0]!],
  });
  return { history: withRecords(history, place, change), key };
}

function reorderWithin(history: readonly Operation[], choose: Choose): Planted | null {
  const places = okPolls(history).filter(({ records }) => records.values.length > 1);
  const place = pick(places, choose);
  if (place === null) return null;
  const at = choose(place.records.values.length - 1);
  const change = ({ key, offsets, values }: KeyRecords): KeyRecords => ({
    key,
    offsets: swapped(offsets, at),
    values: swapped(values, at),
  });
  return { history: withRecords(history, place, change), key: place.records.key };
}

function reorderPolls(history: readonly Operation[], choose: Choose): Planted | null {
  const places = okPolls(history);
  const pairs = places.flatMap((first, index) => {
    const isNext = ({ process, records }: Place): boolean =>
      process === first.process && records.key === first.records.key;
    const second = places.slice(index + 1).find(isNext);
    const isApart = second === undefined || isAssigned(history, first, second);
    return isApart ? [] : [[first, second] as const];
  });
  const pair = pick(pairs, choose);
  if (pair === null) return null;
  const [first, second] = pair;
  const once = withRecords(history, first, () => second.records);
  return { history: withRecords(once, second, () => first.records), key: first.records.key };
}

function rebind(history: readonly Operation[], choose: Choose): Planted | null {
  const known = acknowledged(history);
  const places = okPolls(history).flatMap((place) =>
    place.records.values.flatMap((value, at) => {
      const others = (known.get(place.records.key) ?? []).filter((other) => other !== value);
      const isKnown = known.get(place.records.key)?.includes(value) === true;
      return isKnown && others.length > 0 ? [{ place, at, others }] : [];
    }),
  );
  const found = pick(places, choose);
  if (found === null) return null;
  const other = pick(found.others, choose)!;
  const change = ({ key, offsets, values }: KeyRecords): KeyRecords => ({
    key,
    offsets,
    values: values.map((value, at) => (at === found.at ? other : value)),
  });
  return { history: withRecords(history, found.place, change), key: found.place.records.key };
}

function flip(history: readonly Operation[], choose: Choose): Planted | null {
  const places = history.flatMap(({ type, f }, index) => (type === 'ok' && f === 'send' ? [index] : []));
  const flipped = pick(places, choose);
  if (flipped === null) return null;
  const [mop] = history[flipped]!.mops!;
  const planted = history.map((operation, index) =>
    index === flipped ? ({ ...operation, type: 'fail' } as const) : operation,
  );
  return { history: planted, key: mop!.f === 'send' ? mop!.key : '' };
}

/** The process chose its keys anew between two places. */
function isAssigned(history: readonly Operation[], first: Place, second: Place): boolean {
  return history
    .slice(first.operation, second.operation)
    .some(({ f, process }) => f === 'assign' && process === first.process);
}

function swapped<T>(items: readonly T[], at: number): T[] {
  const copy = [...items];
  [copy[at], copy[at + 1]] = [copy[at + 1]!, copy[at]!];
  return copy;
}
