/**
 * A state of the explored cluster: a number for each host's state, what is under way on each connection, what is left of
 * the bounds, and what the promises remember. Packed, it is a short array of integers.
 */

/** A connection: what its two ends have sent and not received; message 0 is the close. */
export interface Wire {
  readonly number: number;
  /** Of the client's end and the server's. */
  readonly open: [boolean, boolean];
  /** By sending end, oldest first. */
  readonly sent: [number[], number[]];
  /** By sending end: what it sent, and sends, is held back; false where nothing is under way. */
  readonly held: [boolean, boolean];
}

/** How often each thing that no deadline forces may still happen. */
export interface Allowance {
  /** Records that the producer may still be given. */
  records: number;
  crashes: number;
  powerLosses: number;
  /** Checks that find followers late. */
  lagChecks: number;
  /** Sessions of running brokers that run out. */
  falseExpiries: number;
  /** Elections of the preferred leader that the operator asks for. */
  elections: number;
  /** Times that the producer asks for metadata without need. */
  refreshes: number;
  /** Times that what one end of a connection sends is held back, where all else arrives promptly. */
  holds: number;
}

export interface World {
  /** By host. */
  readonly hosts: number[];
  ghost: number;
  readonly allowance: Allowance;
  /** In ascending order of number. */
  readonly wires: Wire[];
}

/** Words before those of the hosts: the past and the allowance. */
export const HEADER = 9;

export function packWorld(world: World): Int32Array {
  const { hosts, ghost, allowance, wires } = world;
  const { records, crashes, powerLosses, lagChecks } = allowance;
  const { falseExpiries, elections, refreshes, holds } = allowance;
  const faults = [crashes, powerLosses, lagChecks, falseExpiries];
  const left = [records, ...faults, elections, refreshes, holds];
  const words = [ghost, ...left, ...hosts];
  for (const { number, open, sent, held } of wires) {
    const flags = (open[0] ? 1 : 0) + (open[1] ? 2 : 0) + (held[0] ? 4 : 0) + (held[1] ? 8 : 0);
    // An idle connection that both ends have open says nothing that the hosts do not know.
    if (flags === 3 && sent[0].length === 0 && sent[1].length === 0) {
      words.push(number * 16 + flags);
      continue;
    }
    words.push(-number * 16 - flags - 1, sent[0].length, sent[1].length, ...sent[0], ...sent[1]);
  }
  return Int32Array.from(words);
}

export function unpackWorld(words: Int32Array, hostCount: number): World {
  const wires: Wire[] = [];
  let at = HEADER + hostCount;
  while (at < words.length) {
    const word = words[at++]!;
    const code = word >= 0 ? word : -word - 1;
    const sent: [number[], number[]] = [[], []];
    if (word < 0) {
      const ends = [words[at]!, words[at + 1]!] as const;
      at += 2;
      for (const end of [0, 1] as const) {
        sent[end] = Array.from(words.subarray(at, at + ends[end]));
        at += ends[end];
      }
    }
    wires.push({
      number: code >> 4,
      open: [(code & 1) > 0, (code & 2) > 0],
      sent,
      held: [(code & 4) > 0, (code & 8) > 0],
    });
  }
  return {
    hosts: Array.from(words.subarray(HEADER, HEADER + hostCount)),
    ghost: words[0]!,
    allowance: {
      records: words[1]!,
      crashes: words[2]!,
      powerLosses: words[3]!,
      lagChecks: words[4]!,
      falseExpiries: words[5]!,
      elections: words[6]!,
      refreshes: words[7]!,
      holds: words[8]!,
    },
    wires,
  };
}

/** The connection of that number, or null. */
export function wireOf(world: World, number: number): Wire | null {
  return world.wires.find((wire) => wire.number === number) ?? null;
}

/** Adds a connection in its place. */
export function addWire(world: World, wire: Wire): void {
  const at = world.wires.findIndex(({ number }) => number > wire.number);
  world.wires.splice(at < 0 ? world.wires.length : at, 0, wire);
}

/** Closes an end: what was on its way there is lost, and the other end hears of it behind what was sent. */
export function closeWireEnd(world: World, wire: Wire, end: 0 | 1): void {
  const other = end === 0 ? 1 : 0;
  if (!wire.open[end]) return;
  wire.open[end] = false;
  wire.sent[other].length = 0;
  wire.held[other] = false;
  if (wire.open[other]) wire.sent[end].push(0);
  else world.wires.splice(world.wires.indexOf(wire), 1);
}
