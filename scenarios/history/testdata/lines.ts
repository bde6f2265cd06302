/** Histories in few words: a line for each entry, `ok 0 [:send 1 [0 5]] [:poll {1 [[0 5]]}]`. */
import { parseHistory } from '../read-history.js';
import type { Operation } from '../operation.js';

/**
 * Type, process (`-` for none), steps of a transaction; or type, process, `assign`/`subscribe` and keys. What comes after `|` goes into
 * the entry as it is.
 */
export function historyOfLines(...lines: readonly string[]): readonly Operation[] {
  const parsed = parseHistory(lines.map(ednOfLine).join('\n'), 'edn', 'lines');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problem));
  return parsed.operations;
}

function ednOfLine(line: string): string {
  const [entry = '', more = ''] = line.split('|');
  const match = /^(\w+) (\S+)(?: (assign|subscribe))? ?(.*)$/.exec(entry.trim());
  if (match === null) throw new Error(`"${line}" is no entry`);
  const [, type = '', process = '', assignment = 'txn', value = ''] = match;
  const who = process === '-' ? '' : `:process ${process}, `;
  return `{:type :${type}, ${who}:f :${assignment}, :value [${value}], ${more}}`;
}
