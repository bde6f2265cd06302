/**
 * Cycles of dependencies between operations.
 *
 * - ww: one sent a value, and the other the next value in the version order of the key.
 * - wr: one sent a value, and the other polled it.
 *
 * G0 is a cycle of ww alone, G1c one with at least one wr. Of each strongly connected part of the graph one short cycle
 * is told.
 *
 * Source: kafka.clj, ww-graph and wr-graph; G0 and G1c of Adya's thesis, as Elle finds them.
 * Differs from Jepsen: no edges of real time or of processes.
 */
import { opText, type AnomalyCase } from './anomaly-case.js';
import type { Completion } from './completions.js';
import type { KeyLog, KeyLogs } from './key-log.js';
import type { Key, Value } from './operation.js';

export interface Cycles {
  readonly g0: AnomalyCase[];
  readonly g1c: AnomalyCase[];
}

export function findCycles(
  logs: KeyLogs,
  completions: readonly Completion[],
  wwDependencies: boolean,
): Cycles {
  const edges: Edges = { from: [], to: [], writeRead: 0 };
  if (wwDependencies) addWriteWriteEdges(logs, edges);
  const ww = { from: [...edges.from], to: [...edges.to], writeRead: edges.from.length };
  edges.writeRead = edges.from.length;
  addWriteReadEdges(logs, completions, edges);
  const { length } = completions;
  return {
    g0: cyclesOf(length, ww, 0).map((path) => caseOf(path, logs, completions, false)),
    g1c: cyclesOf(length, edges, edges.writeRead).map((path) =>
      caseOf(path, logs, completions, true),
    ),
  };
}

/** Dependencies between completions, by their numbers: first the write-write ones, from `writeRead` on the others. */
interface Edges {
  readonly from: number[];
  readonly to: number[];
  writeRead: number;
}

function addWriteWriteEdges(logs: KeyLogs, edges: Edges): void {
  for (const log of logs.values()) {
    for (const [next, to] of log.writerOf) {
      const from = writerBefore(log, next);
      if (from === undefined || from === to) continue;
      edges.from.push(from.number);
      edges.to.push(to.number);
    }
  }
}

/** Who sent the value before this one in the version order. */
function writerBefore(log: KeyLog, next: Value): Completion | undefined {
  const value = log.before(next);
  return value === undefined ? undefined : log.writerOf.get(value);
}

function addWriteReadEdges(logs: KeyLogs, completions: readonly Completion[], edges: Edges): void {
  for (const { number: to, polls, sends } of completions) {
    // Nothing depends on an operation that sends nothing: no cycle goes through it.
    if (sends.length === 0) continue;
    for (const { key, values } of polls) {
      const { writerOf } = logs.get(key)!;
      for (const value of values) {
        const writer = writerOf.get(value);
        if (writer === undefined || writer.number === to) continue;
        edges.from.push(writer.number);
        edges.to.push(to);
      }
    }
  }
}

/** By operation, where its edges begin in `to`. */
interface Graph {
  readonly begins: Int32Array;
  readonly to: Int32Array;
}

function graphOf(size: number, { from, to }: Edges): Graph {
  const begins = new Int32Array(size + 1);
  for (const node of from) begins[node + 1]!++;
  for (let node = 0; node < size; node++) begins[node + 1]! += begins[node]!;
  const next = begins.slice();
  const targets = new Int32Array(to.length);
  for (let edge = 0; edge < to.length; edge++) targets[next[from[edge]!]!++] = to[edge]!;
  return { begins, to: targets };
}

/**
 * One cycle for each strongly connected part that has an edge from `first` on within it; the cycle begins with such an
 * edge. A path: the numbers of its operations, the first not repeated.
 */
function cyclesOf(size: number, edges: Edges, first: number): number[][] {
  if (edges.from.length === first) return [];
  const graph = graphOf(size, edges);
  const parts = stronglyConnected(size, graph);
  const shortest = new Map<number, number[]>();
  const tried = new Map<number, number>();
  for (let edge = first; edge < edges.from.length; edge++) {
    const from = edges.from[edge]!;
    const to = edges.to[edge]!;
    const part = parts[from]!;
    if (part !== parts[to]) continue;
    const count = tried.get(part) ?? 0;
    if (count >= TRIES) continue;
    tried.set(part, count + 1);
    const path = [from, ...pathBetween(graph, parts, to, from)];
    if (path.length < (shortest.get(part)?.length ?? Infinity)) shortest.set(part, path);
  }
  return [...shortest.values()];
}

/** Edges of a part from which a cycle is sought; the shortest of these is told. */
const TRIES = 16;

/** The operations from one to just before another of the same part, by the fewest edges (breadth first). */
function pathBetween(graph: Graph, parts: Int32Array, from: number, to: number): number[] {
  const cameFrom = new Map<number, number>();
  const queue = [from];
  for (let head = 0; head < queue.length && !cameFrom.has(to); head++) {
    const node = queue[head]!;
    for (let edge = graph.begins[node]!; edge < graph.begins[node + 1]!; edge++) {
      const next = graph.to[edge]!;
      if (parts[next] !== parts[from] || next === from || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  const path: number[] = [];
  for (let at = to; at !== from;) {
    at = cameFrom.get(at)!;
    path.unshift(at);
  }
  return path;
}

/** The number of each operation's strongly connected part (Tarjan, without recursion). */
function stronglyConnected(size: number, graph: Graph): Int32Array {
  const part = new Int32Array(size).fill(-1);
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const nextEdge = graph.begins.slice();
  const open: number[] = [];
  let visited = 0;
  let parts = 0;
  for (let root = 0; root < size; root++) {
    if (order[root] !== -1) continue;
    const path = [root];
    while (path.length > 0) {
      const node = path.at(-1)!;
      if (order[node] === -1) {
        order[node] = low[node] = visited++;
        open.push(node);
      }
      if (nextEdge[node]! < graph.begins[node + 1]!) {
        const to = graph.to[nextEdge[node]!++]!;
        if (order[to] === -1) path.push(to);
        else if (part[to] === -1) low[node] = Math.min(low[node]!, order[to]!);
        continue;
      }
      path.pop();
      if (low[node] === order[node]) {
        for (let member = -1; member !== node;) {
          member = open.pop()!;
          part[member] = parts;
        }
        parts++;
      }
      const parent = path.at(-1);
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
    }
  }
  return part;
}

function caseOf(
  path: readonly number[],
  logs: KeyLogs,
  completions: readonly Completion[],
  beginsWithRead: boolean,
): AnomalyCase {
  const steps = path.map((from, place) => {
    const pair = [completions[from]!, completions[path[(place + 1) % path.length]!]!] as const;
    const isRead = beginsWithRead && place === 0;
    const step = (isRead ? null : writeWriteStep(logs, ...pair)) ?? writeReadStep(...pair);
    if (step === null) throw new Error('a cycle has a step without a dependency');
    return step;
  });
  return {
    key: steps[0]!.key,
    ops: path.map((number) => completions[number]!.operation.index),
    values: steps.map(({ value }) => value),
    message: steps.map(({ message }) => message).join('; '),
  };
}

/** Why one operation depends on another. */
interface Step {
  readonly key: Key;
  /** What the first sent. */
  readonly value: Value;
  readonly message: string;
}

function writeWriteStep(logs: KeyLogs, a: Completion, b: Completion): Step | null {
  for (const { key, values } of b.sends) {
    const log = logs.get(key)!;
    for (const next of values) {
      const value = log.before(next);
      if (value === undefined || log.writerOf.get(value) !== a) continue;
      const message = `${opText(a)} sent ${value} to ${key} before ${opText(b)} sent ${next}`;
      return { key, value, message };
    }
  }
  return null;
}

function writeReadStep(a: Completion, b: Completion): Step | null {
  for (const { key, values } of b.polls) {
    const sent = a.sends.find((each) => each.key === key);
    const value = sent?.values.find((each) => values.includes(each));
    if (value === undefined) continue;
    return { key, value, message: `${opText(b)} polled ${value} of ${key}, sent by ${opText(a)}` };
  }
  return null;
}
