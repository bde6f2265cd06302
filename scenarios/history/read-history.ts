/**
 * Reads a history from text: Jepsen's `history.edn`, or the same as JSON.
 *
 * EDN: maps one after the other, or a vector or list of maps. JSON: an array of objects, or objects one after the other
 * (one a line). An operation is made of its map as soon as that is read: what stays is the operations.
 */
import type { InputProblem } from '../language/problem.js';
import { EdnReader } from './edn-reader.js';
import type { Form } from './form.js';
import { JsonReader } from './json-reader.js';
import type { Operation } from './operation.js';
import { OperationError, readOperation, type KeyStyle } from './read-operation.js';
import { HistoryTextError, type Scanner } from './scanner.js';

/** Bytes of a history file. */
export const HISTORY_BYTES_MAX = 268_435_456;

/** How a history is written: Jepsen's own format, or JSON (lines of it, too). */
export type HistoryFormat = 'edn' | 'json';

/** The operations in the order of the text, or the first thing that is wrong with it. */
export type ParsedHistory =
  | { readonly ok: true; readonly operations: readonly Operation[] }
  | { readonly ok: false; readonly problem: InputProblem };

/** The format that a file's name stands for: `.edn`, `.json` or `.jsonl`; null for any other. */
export function historyFormatOf(fileName: string): HistoryFormat | null {
  if (/\.edn$/i.test(fileName)) return 'edn';
  return /\.jsonl?$/i.test(fileName) ? 'json' : null;
}

/** Reads a history. A problem names the line and column where the text, or the operation, goes wrong. */
export function parseHistory(text: string, format: HistoryFormat, file: string): ParsedHistory {
  try {
    return { ok: true, operations: format === 'edn' ? readEdn(text) : readJson(text) };
  } catch (error) {
    if (!(error instanceof HistoryTextError)) throw error;
    const { message, position } = error;
    return { ok: false, problem: { file, position, path: [], message } };
  }
}

function readEdn(text: string): readonly Operation[] {
  const reader = new EdnReader(text);
  const collector = new Collector(reader, { digitsAreNumbers: false });
  for (;;) {
    reader.skipBlanks();
    if (reader.isAtEnd) return collector.operations;
    if (reader.enterSequence()) readEdnSequence(reader, collector);
    else collector.add(reader.at, reader.read());
  }
}

function readEdnSequence(reader: EdnReader, collector: Collector): void {
  const opened = reader.at - 1;
  while (!reader.leaveSequence()) {
    reader.skipBlanks();
    if (reader.leaveSequence()) return;
    if (reader.isAtEnd) reader.fail('this bracket is never closed', opened);
    collector.add(reader.at, reader.read());
  }
}

function readJson(text: string): readonly Operation[] {
  const reader = new JsonReader(text);
  const collector = new Collector(reader, { digitsAreNumbers: true });
  reader.skipBlanks();
  const opened = reader.at;
  if (reader.take('[')) {
    if (!reader.take(']')) {
      do collector.addNext();
      while (reader.take(','));
      if (!reader.take(']')) {
        if (reader.isAtEnd) reader.fail('this bracket is never closed', opened);
        reader.fail(`"," or "]" is expected, not ${reader.here()}`);
      }
    }
    reader.skipBlanks();
    if (!reader.isAtEnd) reader.fail(`nothing may follow the array, but there is ${reader.here()}`);
    return collector.operations;
  }
  while (!reader.isAtEnd) {
    collector.addNext();
    reader.skipBlanks();
  }
  return collector.operations;
}

class Collector {
  readonly operations: Operation[] = [];
  private position = 0;

  constructor(
    private readonly reader: Scanner & { read(): Form; skipBlanks(): void },
    private readonly style: KeyStyle,
  ) {}

  addNext(): void {
    this.reader.skipBlanks();
    this.add(this.reader.at, this.reader.read());
  }

  add(offset: number, form: Form): void {
    try {
      const operation = readOperation(form, this.position++, this.style);
      if (operation !== null) this.operations.push(operation);
    } catch (error) {
      if (error instanceof OperationError) this.reader.fail(error.message, offset);
      throw error;
    }
  }
}
