/** One host of an explored cluster, by itself: its process, its disk, its timers and its ends of connections. */
import {
  createClock,
  Disk,
  Immutable,
  type ConnectionId,
  type Forker,
  type Host,
  type RandomStream,
} from '../../sim/index.js';
import { isZooKeeperState } from '../../model/index.js';

export interface LocalTimer {
  readonly handle: number;
  readonly opcode: number;
  readonly arg: number;
  readonly payload: unknown;
  /** When it is due in the warm-up; later it only says that it is armed. */
  readonly dueUs: number;
}

export interface LocalHost {
  readonly host: Host;
  timers: LocalTimer[];
}

/** Connections of two hosts that one may have opened to the other. */
const SLOTS = 16;
const MAX_HOSTS = 16;

/** Names a connection by who opened it to whom, and by the first number that is free. */
export function connectionNumber(client: number, server: number, slot: number): number {
  if (slot >= SLOTS) throw new Error('too many connections between two hosts of an exploration');
  return (client * MAX_HOSTS + server) * SLOTS + slot;
}

/** The host at an end of a connection. */
export function hostAt(handle: ConnectionId): number {
  const pair = Math.floor((handle >> 1) / SLOTS);
  return (handle & 1) === 0 ? Math.floor(pair / MAX_HOSTS) : pair % MAX_HOSTS;
}

/** A host without power. */
export function createLocalHost(index: number, name: string): LocalHost {
  const host: Host = {
    index,
    name,
    rack: null,
    programIndex: index,
    disk: new Disk({
      writeUs: 0,
      flushUs: 0,
      bandwidthBytesPerSecond: 1_000_000_000,
      pageCacheBytes: 1_000_000_000,
    }),
    clock: createClock(),
    status: 'down',
    incarnation: 0,
    state: null,
    held: [],
    connections: [],
    egressFreeAtUs: 0,
    eventCount: 0,
  };
  return { host, timers: [] };
}

export function forkLocal(local: LocalHost, forker: Forker): LocalHost {
  return forker.clone(local);
}

/**
 * What counts of a host: all but its clock and its statistics. Of a ZooKeeper server its log does not: it has been applied,
 * and would only be read again by another server of its ensemble or by its next life, of which there are none.
 */
export function essence(local: LocalHost): unknown {
  const { status, incarnation, disk, state, connections } = local.host;
  const { files, checkpoints } = disk;
  if (isZooKeeperState(state)) {
    const { log, appliedCount, ...rest } = state;
    if (appliedCount !== log.entries.length) throw new Error('ZooKeeper has not applied its log');
    return [status, incarnation, rest, connections, local.timers];
  }
  return [status, incarnation, files, checkpoints, state, connections, local.timers];
}

/** Random streams are out: every draw is the middle of its range, and an incarnation is told by its number. */
class FixedDraws extends Immutable {
  constructor(private readonly value: number) {
    super();
  }

  uint32(): number {
    return this.value;
  }

  uniform(): number {
    return 0.5;
  }

  below(_bound: number): number {
    return 0;
  }

  between(low: number, _high: number): number {
    return low;
  }

  chance(_probability: number): boolean {
    return false;
  }

  exponential(mean: number): number {
    return Math.round(mean);
  }

  pick<T>(items: readonly T[]): T {
    return items[0]!;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items.slice();
  }
}

/** A stream whose draws are all the same. */
export function fixedStream(value: number): RandomStream {
  return new FixedDraws(value) as unknown as RandomStream;
}
