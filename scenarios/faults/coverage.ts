/**
 * Which faults cover which hosts. A host is up only while no fault covers it: the end of one fault does not raise a
 * host that another still holds down.
 */
import {
  configureThrottle,
  isServerState,
  requestShutdown,
  type ReplicationThrottle,
} from '../../model/index.js';
import type { Host } from '../../sim/index.js';
import { clusterOfHost, type Field } from './field.js';
import type { Release } from './release.js';

/** Number of active faults of each kind on one host. */
export interface Cover {
  crashed: number;
  unpowered: number;
  stopped: number;
  paused: number;
  /** When the host last started, in virtual time; -1 before the first start. */
  lastStartUs: number;
  /** What its process runs, or ran last; null: the scenario's own version. */
  release: Release | null;
  /** What it will run from its next start on; null: what it did. */
  nextRelease: Release | null;
  /** What its broker throttles replication to, whichever process runs; null: nothing is throttled. */
  throttle: ReplicationThrottle | null;
}

export type CoverKind = 'crashed' | 'unpowered' | 'stopped' | 'paused';

/** Covers by host index: plain data. */
export type Coverage = Cover[];

export function createCoverage(hostCount: number): Coverage {
  return Array.from({ length: hostCount }, () => ({
    crashed: 0,
    unpowered: 0,
    stopped: 0,
    paused: 0,
    lastStartUs: -1,
    release: null,
    nextRelease: null,
    throttle: null,
  }));
}

/** True while a fault keeps the host from running. */
export function isHeldDown(cover: Cover): boolean {
  return cover.crashed + cover.unpowered + cover.stopped > 0;
}

/** A fault takes hold of a host. */
export function cover(field: Field, coverage: Coverage, hostIndex: number, kind: CoverKind): void {
  const host = field.simulation.hosts[hostIndex]!;
  coverage[hostIndex]![kind]++;
  switch (kind) {
    case 'crashed':
      if (isAlive(host)) field.simulation.crash(host);
      return;
    case 'unpowered':
      if (host.status !== 'off') field.simulation.losePower(host);
      return;
    case 'stopped':
      shutDown(field, host, coverage[hostIndex]!.release);
      return;
    case 'paused':
      field.simulation.pause(host);
  }
}

/** A fault lets go of a host; it starts again when no other holds it. */
export function uncover(
  field: Field,
  coverage: Coverage,
  hostIndex: number,
  kind: CoverKind,
): void {
  const held = coverage[hostIndex]!;
  held[kind]--;
  const host = field.simulation.hosts[hostIndex]!;
  if (kind === 'paused') {
    if (held.paused === 0) field.simulation.resume(host);
    return;
  }
  restartIfFree(field, coverage, hostIndex);
}

/** The release that a host will run, or runs where nothing new is meant for it. */
export function latestRelease({ release, nextRelease }: Cover): Release | null {
  return nextRelease ?? release;
}

/**
 * Starts a host that no fault holds down and that does not run. A release that is meant for it is installed first: it is
 * so whoever starts the process, and however it ended.
 */
export function restartIfFree(field: Field, coverage: Coverage, hostIndex: number): void {
  const host = field.simulation.hosts[hostIndex]!;
  const held = coverage[hostIndex]!;
  if (isHeldDown(held) || isAlive(host)) return;
  held.lastStartUs = field.simulation.nowUs;
  if (held.nextRelease !== null) {
    field.install(hostIndex, held.nextRelease);
    held.release = held.nextRelease;
    held.nextRelease = null;
  }
  field.simulation.start(host);
  if (held.throttle !== null) tellThrottle(field, host, held.throttle);
  if (held.paused > 0) field.simulation.pause(host);
}

/** A controlled shutdown; clients and paused processes are simply ended. */
function shutDown(field: Field, host: Host, release: Release | null): void {
  if (!isAlive(host)) return;
  if (host.status === 'running' && isServerState(host.state)) {
    const definition =
      release === null ? clusterOfHost(field, host.index) : field.definitionOf(release);
    field.simulation.act(host, (state, context) => {
      if (isServerState(state)) requestShutdown(definition, state, context);
    });
  } else {
    field.simulation.crash(host);
  }
}

/** Configures the broker of a host, whose process takes it in when it runs; a host that is down is told at its start. */
export function setThrottle(
  field: Field,
  coverage: Coverage,
  hostIndex: number,
  throttle: ReplicationThrottle | null,
): void {
  coverage[hostIndex]!.throttle = throttle;
  const host = field.simulation.hosts[hostIndex]!;
  if (isAlive(host)) tellThrottle(field, host, throttle);
}

function tellThrottle(field: Field, host: Host, throttle: ReplicationThrottle | null): void {
  field.simulation.act(host, (_state, context) => {
    configureThrottle(throttle, context);
  });
}

function isAlive(host: Host): boolean {
  return host.status === 'running' || host.status === 'paused';
}
