/** Writes a history as EDN for Jepsen's checkers, or as JSON. One operation a line, in every format. */
import { ednText, FormMap, jsonText, Keyword, type Form } from './form.js';
import type { Key, KeyRecords, Mop, Operation, Value } from './operation.js';

/** `.edn`: a map on each line. */
export function ednHistory(operations: readonly Operation[]): string {
  return lines(operations.map((operation) => ednText(formOf(operation))));
}

/** `.json`: an array, an object on each line. */
export function jsonHistory(operations: readonly Operation[]): string {
  if (operations.length === 0) return '[]\n';
  return `[\n${operations.map(jsonLine).join(',\n')}\n]\n`;
}

/** `.jsonl`: an object on each line. */
export function jsonLinesHistory(operations: readonly Operation[]): string {
  return lines(operations.map(jsonLine));
}

function lines(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `${texts.join('\n')}\n`;
}

function jsonLine(operation: Operation): string {
  return jsonText(formOf(operation));
}

function formOf(operation: Operation): Form {
  const { index, type, process, f, timeNs, error, rebalanced } = operation;
  const entries: [string, Form][] = [
    ['index', index],
    ['time', timeNs],
    ['type', new Keyword(type)],
    ['process', process],
    ['f', new Keyword(f)],
    ['value', valueForm(operation)],
  ];
  if (operation.seekToBeginning === true) entries.push(['seek-to-beginning?', true]);
  if (rebalanced !== undefined) {
    const event = new FormMap([new Keyword('keys')], [rebalanced.map(atom)]);
    entries.push(['rebalance-log', [event]]);
  }
  if (error !== undefined) {
    entries.push(['error', /^[\w-]+$/.test(error) ? new Keyword(error) : error]);
  }
  return new FormMap(
    entries.map(([name]) => new Keyword(name)),
    entries.map(([, value]) => value),
  );
}

function valueForm({ mops, keys, value }: Operation): Form {
  if (mops !== null) return mops.map(mopForm);
  return keys === null ? value : keys.map(atom);
}

function mopForm(mop: Mop): Form {
  const name = new Keyword(mop.f);
  if (mop.f === 'send') {
    const { key, value, offset } = mop;
    return [name, atom(key), offset === undefined ? atom(value) : [offset, atom(value)]];
  }
  if (mop.reads === null) return [name];
  const { reads } = mop;
  return [
    name,
    new FormMap(
      reads.map(({ key }) => atom(key)),
      reads.map(recordsForm),
    ),
  ];
}

function recordsForm({ offsets, values }: KeyRecords): Form {
  return values.map((value, index) => [offsets[index] ?? null, atom(value)]);
}

/** Keywords were read as their text. */
function atom(value: Key | Value): Form {
  return typeof value === 'string' && /^:[^\s"]+$/.test(value)
    ? new Keyword(value.slice(1))
    : value;
}
