/** What a component's failure does to a host, and its repair. */
import { cover, uncover, type CoverKind } from '../faults/coverage.js';
import { loseDisk } from '../faults/effects.js';
import type { FailureKind } from '../language/plan.js';
import type { Run } from '../run/run.js';

/** A gray disk takes this many times as long for everything: a flush takes seconds. */
const GRAY_FACTOR = 1000;

const COVER_KINDS: Partial<Record<FailureKind, CoverKind>> = {
  'broker-crash': 'crashed',
  'controller-crash': 'crashed',
  'zookeeper-crash': 'crashed',
  'rack-outage': 'crashed',
  'cluster-outage': 'crashed',
  'broker-power-loss': 'unpowered',
  'rack-power-loss': 'unpowered',
  'disk-loss': 'unpowered',
  'broker-stop': 'stopped',
};

/** A failure takes hold of a host, which others may hold already. */
export function strike(run: Run, kind: FailureKind, host: number): void {
  const coverKind = COVER_KINDS[kind];
  if (coverKind !== undefined) cover(run, run.director.coverage, host, coverKind);
  if (kind === 'disk-loss') loseDisk(run, host);
  if (kind === 'gray') run.simulation.hosts[host]!.disk.slowFactor = GRAY_FACTOR;
  if (kind === 'network-partition') forEachLink(run, host, blockLink);
}

/** It lets go: the host runs again if no other failure holds it. */
export function repair(run: Run, kind: FailureKind, host: number): void {
  const coverKind = COVER_KINDS[kind];
  if (coverKind !== undefined) uncover(run, run.director.coverage, host, coverKind);
  if (kind === 'gray') run.simulation.hosts[host]!.disk.slowFactor = 1;
  if (kind === 'network-partition') {
    // Requests wait for seconds and cuts last for hours: nothing that was sent before is on its way any more.
    run.simulation.transport.sever(run.simulation.hosts[host]!);
    forEachLink(run, host, unblockLink);
  }
}

/** Both directions between a host and everybody else. Blocks are counted, so that two partitions may overlap. */
function forEachLink(
  run: Run,
  host: number,
  visit: (run: Run, from: number, to: number) => void,
): void {
  for (const { index } of run.simulation.hosts) {
    if (index === host) continue;
    visit(run, host, index);
    visit(run, index, host);
  }
}

function blockLink(run: Run, from: number, to: number): void {
  run.simulation.transport.block(from, to);
}

function unblockLink(run: Run, from: number, to: number): void {
  run.simulation.transport.unblock(from, to);
}
