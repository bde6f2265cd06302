/** From a map of a history file to the operation that it stands for. */
import { ednText, FormMap, isSequence, Keyword, nameOf, type Form } from './form.js';
import {
  isAssignment,
  isTransaction,
  type Key,
  type KeyRecords,
  type Mop,
  type Operation,
  type OperationType,
  type PollMop,
  type SendMop,
  type Value,
} from './operation.js';

/** The map is no operation; the message says what is wrong with it. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
}

const TYPES: readonly string[] = ['invoke', 'ok', 'fail', 'info'] satisfies OperationType[];

/** How a file format writes keys. */
export interface KeyStyle {
  /** JSON has strings only as keys of an object: `"3"` is the key 3. */
  readonly digitsAreNumbers: boolean;
}

/**
 * The operation of a map, or null where it is none of a client's (its process is a name, such as `:nemesis`).
 *
 * @param position Its place in the history; an `:index` of its own goes before.
 * @throws OperationError where something is missing or misshapen.
 */
export function readOperation(form: Form, position: number, style: KeyStyle): Operation | null {
  if (!(form instanceof FormMap)) throw new OperationError(`${excerpt(form)} is no operation`);
  const process = form.get('process') ?? null;
  if (nameOf(process) !== null) return null;
  const type = nameOf(form.get('type')) ?? '';
  if (!TYPES.includes(type)) {
    const given = form.get('type');
    const remark = given === undefined ? 'is missing' : `is ${excerpt(given)}`;
    throw new OperationError(`"type" ${remark}; it must be invoke, ok, fail or info`);
  }
  const f = nameOf(form.get('f'));
  if (f === null) throw new OperationError('"f" is missing: what the operation does');
  const value = form.get('value') ?? null;
  const rebalanced = readRebalanced(form.get('rebalance-log') ?? null, style);
  const error = form.get('error') ?? null;
  return {
    index: integerAt(form, 'index') ?? position,
    type: type as OperationType,
    process: integerAt(form, 'process'),
    f,
    timeNs: integerAt(form, 'time'),
    mops: isTransaction(f) && value !== null ? readMops(value, style) : null,
    keys: isAssignment(f) ? readKeys(value, style) : null,
    value: isTransaction(f) || isAssignment(f) ? null : value,
    ...(form.get('seek-to-beginning?') === true ? { seekToBeginning: true } : {}),
    ...(rebalanced.length > 0 ? { rebalanced } : {}),
    ...(error === null ? {} : { error: nameOf(error) ?? ednText(error) }),
  };
}

function integerAt(form: FormMap, name: string): number | null {
  const value = form.get(name) ?? null;
  if (value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  // Fractions of a nanosecond, or a wall clock: it orders nothing here.
  if (name === 'time' && (typeof value === 'number' || typeof value === 'bigint')) {
    return Math.trunc(Number(value));
  }
  throw new OperationError(`"${name}" is ${excerpt(value)}; it must be an integer`);
}

/** `[[:send 1 2] [:poll]]`; a single step may stand by itself. */
function readMops(value: Form, style: KeyStyle): readonly Mop[] {
  if (!isSequence(value))
    throw new OperationError(`"value" is ${excerpt(value)}, not a list of steps`);
  if (nameOf(value[0]) !== null) return [readMop(value, style)];
  return value.map((mop) => readMop(mop, style));
}

function readMop(form: Form, style: KeyStyle): Mop {
  const name = isSequence(form) ? nameOf(form[0]) : null;
  if (isSequence(form) && name === 'send' && form.length === 3) return readSend(form, style);
  if (isSequence(form) && name === 'poll' && form.length <= 2) return readPoll(form, style);
  throw new OperationError(`${excerpt(form)} is neither [send key value] nor [poll {...}]`);
}

function readSend([, key = null, sent = null]: readonly Form[], style: KeyStyle): SendMop {
  const common = { f: 'send', key: keyOf(key, style) } as const;
  if (!isSequence(sent)) return { ...common, value: valueOf(sent) };
  if (sent.length !== 2)
    throw new OperationError(`${excerpt(sent)} is sent; it must be a value or [offset value]`);
  return { ...common, value: valueOf(sent[1] ?? null), offset: offsetOf(sent[0] ?? null) };
}

function readPoll([, polled = null]: readonly Form[], style: KeyStyle): PollMop {
  if (polled === null) return { f: 'poll', reads: null };
  if (!(polled instanceof FormMap))
    throw new OperationError(
      `${excerpt(polled)} is polled; it must map keys to [offset value] pairs`,
    );
  const { values } = polled;
  const reads = polled.keys.map((key, index) =>
    readRecords(keyOf(key, style), values[index] ?? null),
  );
  return { f: 'poll', reads };
}

function readRecords(key: Key, pairs: Form): KeyRecords {
  if (!isSequence(pairs))
    throw new OperationError(`${excerpt(pairs)} is polled of key ${String(key)}; it must be pairs`);
  const offsets: (number | null)[] = [];
  const values: Value[] = [];
  for (const pair of pairs) {
    if (!isSequence(pair) || pair.length !== 2)
      throw new OperationError(`${excerpt(pair)} is polled; it must be [offset value]`);
    offsets.push(offsetOf(pair[0] ?? null));
    values.push(valueOf(pair[1] ?? null));
  }
  return { key, offsets, values };
}

function readKeys(value: Form, style: KeyStyle): readonly Key[] {
  if (value === null) return [];
  if (!isSequence(value))
    throw new OperationError(`"value" is ${excerpt(value)}; it must be a list of keys`);
  return value.map((key) => keyOf(key, style));
}

function readRebalanced(log: Form, style: KeyStyle): readonly Key[] {
  if (!isSequence(log)) return [];
  return log.flatMap((event) => {
    const keys = event instanceof FormMap ? event.get('keys') : null;
    return isSequence(keys) ? keys.map((key) => keyOf(key, style)) : [];
  });
}

function offsetOf(form: Form): number | null {
  if (form === null) return null;
  if (typeof form === 'number' && Number.isSafeInteger(form) && form >= 0) return form;
  throw new OperationError(`the offset ${excerpt(form)} is neither nil nor an integer from 0 on`);
}

function keyOf(form: Form, style: KeyStyle): Key {
  if (style.digitsAreNumbers && typeof form === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(form))
    return Number(form);
  return valueOf(form);
}

/** Numbers and strings stand for themselves; anything else for its text. */
function valueOf(form: Form): Value {
  if (typeof form === 'number' || typeof form === 'string') return form;
  return form instanceof Keyword ? `:${form.name}` : ednText(form);
}

function excerpt(form: Form): string {
  const text = ednText(form);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
