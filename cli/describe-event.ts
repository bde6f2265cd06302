/** An event of the kernel in words, for the last lines before a failure. */
import { Kind } from '../model/index.js';
import {
  BROKER_OPCODES,
  CLIENT_OPCODES,
  CONTROLLER_OPCODES,
  RAFT_OPCODES,
  REPLICA_OPCODES,
} from '../model/opcodes.js';
import { Opcode } from '../sim/kernel.js';
import type { RecentEvent, RecordedEvent, Simulation } from '../sim/index.js';

/** `event 8812 at 15004.120 ms on broker-1: FetchRequest`. */
export function describeEvent(
  event: RecentEvent | RecordedEvent,
  simulation: Pick<Simulation, 'hosts'>,
): string {
  if (event.host < 0)
    return `${numbered(event)}: the laboratory strikes, heals or goes on to the next phase`;
  const host = simulation.hosts[event.host]?.name ?? `host ${String(event.host)}`;
  return `${numbered(event)} on ${host}: ${whatHappened(event)}`;
}

function numbered({ eventNumber, timeUs }: RecentEvent | RecordedEvent): string {
  return `event ${String(eventNumber)} at ${(timeUs / 1000).toFixed(3)} ms`;
}

function whatHappened({ opcode, kind }: { opcode: number; kind: number }): string {
  if (opcode === Opcode.deliver) {
    return kind < 0 ? 'connection closed' : nameOf(Kind, kind, 'message');
  }
  if (opcode < RAFT_OPCODES) return `kernel: ${nameOf(Opcode, opcode, 'event')}`;
  const owner = OWNERS.find(([from]) => opcode >= from);
  return owner === undefined
    ? `opcode ${String(opcode)}`
    : `${owner[1]} (opcode ${String(opcode)})`;
}

/** Highest first. */
const OWNERS: readonly (readonly [number, string])[] = [
  [CLIENT_OPCODES, "a client's timer"],
  [REPLICA_OPCODES, "a replica's timer or flush"],
  [BROKER_OPCODES, "a broker's timer"],
  [CONTROLLER_OPCODES, "the controller's timer"],
  [RAFT_OPCODES, "the quorum's timer or flush"],
];

function nameOf(names: Readonly<Record<string, number>>, value: number, otherwise: string): string {
  const found = Object.entries(names).find(([, each]) => each === value);
  return found?.[0] ?? `${otherwise} ${String(value)}`;
}
