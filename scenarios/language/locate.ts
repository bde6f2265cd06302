/** Where a path of the value lies in the YAML text. */
import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Document,
  type LineCounter,
  type Pair,
} from 'yaml';

import type { Path, Position } from './problem.js';

/**
 * The position of the value at `path`, or of its key. Where the path leads nowhere (a key is
 * missing) it is the position of the last step that exists.
 */
export function locate(
  document: Document,
  lines: LineCounter,
  path: Path,
  atKey: boolean,
): Position {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    const pair: Pair | null = isMap(node) ? findPair(node.items, step) : null;
    if (pair !== null && atKey && index === path.length - 1) {
      offset = offsetOf(pair.key) ?? offset;
      break;
    }
    node = pair === null ? node.get(step, true) : pair.value;
    // A key without a value has a node of no length after it, or none at all: point at the key.
    const next = isEmptyNode(node) ? offsetOf(pair?.key) : offsetOf(node);
    if (next === null) break;
    offset = next;
  }
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function findPair(items: readonly unknown[], step: string | number): Pair | null {
  for (const item of items) {
    if (!isPair(item)) continue;
    const key = isScalar(item.key) ? item.key.value : item.key;
    if (String(key) === String(step)) return item;
  }
  return null;
}

function isEmptyNode(node: unknown): boolean {
  return !isNode(node) || (isScalar(node) && node.source === '' && node.value === null);
}

function offsetOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}
