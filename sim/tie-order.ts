/**
 * Order within an instant: circular lists of events, kept by (tie, sequence of push).
 *
 * The lists are those of event-nodes.ts. They are in sequence of push to begin with; sorting them
 * stably by tie is therefore all there is to do.
 */

import { layout } from './event-nodes.js';

const { NEXT, PREVIOUS, TIE } = layout;

/** Puts an event that is in no list into a sorted one, behind all whose tie is no greater. */
export function insertByTie(words: Int32Array, head: number, node: number): void {
  const tie = tieOf(words, node);
  let previous = words[head + PREVIOUS]!;
  while (previous !== head && tieOf(words, previous) > tie) previous = words[previous + PREVIOUS]!;
  const next = words[previous + NEXT]!;
  words[node + NEXT] = next;
  words[node + PREVIOUS] = previous;
  words[previous + NEXT] = node;
  words[next + PREVIOUS] = node;
}

/** Sorts a list that is not empty by tie, stably. One that is in order already is only read. */
export function sortByTie(words: Int32Array, head: number): void {
  if (isInOrder(words, head)) return;
  for (let runLength = 1; mergeRuns(words, head, runLength); runLength *= 2);
  let previous = head;
  do {
    const node = words[previous + NEXT]!;
    words[node + PREVIOUS] = previous;
    previous = node;
  } while (previous !== head);
}

function isInOrder(words: Int32Array, head: number): boolean {
  let tie = 0;
  for (let node = words[head + NEXT]!; node !== head; node = words[node + NEXT]!) {
    const nextTie = tieOf(words, node);
    if (nextTie < tie) return false;
    tie = nextTie;
  }
  return true;
}

/**
 * One pass of a merge sort over the next links of a list: merges its sorted runs of this length in
 * pairs. False if there was only one pair, so that the list is sorted.
 */
function mergeRuns(words: Int32Array, head: number, runLength: number): boolean {
  let last = head;
  let right = words[head + NEXT]!;
  let pairs = 0;
  while (right !== head) {
    pairs++;
    let left = right;
    let leftCount = 0;
    for (; leftCount < runLength && right !== head; leftCount++) right = words[right + NEXT]!;
    let rightCount = runLength;
    while (leftCount > 0 || (rightCount > 0 && right !== head)) {
      const rightIsOver = rightCount === 0 || right === head;
      if (leftCount > 0 && (rightIsOver || tieOf(words, left) <= tieOf(words, right))) {
        words[last + NEXT] = left;
        last = left;
        left = words[left + NEXT]!;
        leftCount--;
      } else {
        words[last + NEXT] = right;
        last = right;
        right = words[right + NEXT]!;
        rightCount--;
      }
    }
  }
  words[last + NEXT] = head;
  return pairs > 1;
}

function tieOf(words: Int32Array, node: number): number {
  return words[node + TIE]! >>> 0;
}
