/** Reassignments that may only copy so fast, on whole clusters of both modes. */
import { describe, expect, it } from 'vitest';

import { serverStateOf } from '../../model/index.js';
import { SAFE_CLUSTER } from '../catalogue/entry.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { Run } from '../run/run.js';

const SECOND_US = 1_000_000;
const RATE = 1_000_000;
/** `replica.fetch.max.bytes`: what a follower may copy at most beyond its quota. */
const FETCH_BYTES = 200_000;
/** When the partition begins to move. */
const MOVE_S = 12;

type Faults = NonNullable<Scenario['faults']>;

const MODES = [{ kafka: '4.1' }, { kafka: '3.9', metadata: 'zookeeper' }, { kafka: '2.6' }] as const;
type Mode = (typeof MODES)[number];

/** About 25 MB are written in the first ten seconds, by a producer that then ends. */
function runOf(mode: Mode, faults: Faults, parts: Partial<Scenario> = {}): Run {
  const plan = resolvePlan({
    ...SAFE_CLUSTER,
    ...mode,
    name: 'throttle',
    cluster: {
      brokers: 5,
      ...(mode.kafka === '4.1' ? { controllers: 3 } : {}),
      config: { 'min.insync.replicas': 2, 'replica.fetch.max.bytes': FETCH_BYTES },
    },
    topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
    producers: [writer("bulk", 50, 50_000)],
    consumers: [],
    faults: [{ at: '10s', crash: 'producer bulk' }, ...faults],
    run: { for: '90s', settle: '30s' },
    ...parts,
  } as Scenario);
  return Run.start(plan, { seed: 1 });
}

function writer(id: string, perSecond: number, bytes: number): Record<string, unknown> {
  const config = { acks: 'all' };
  return { id, topic: 'orders', rate: `${perSecond}/s`, 'value-bytes': bytes, config };
}

/** Bytes of the log of orders-0 that a broker has. */
function bytesOn(run: Run, broker: number): number {
  const server = serverStateOf(run.simulation.hosts[run.definition.node(broker).host]!.state);
  const log = server?.broker?.replicas?.partitions[0]?.log ?? null;
  let bytes = 0;
  for (const batch of log?.file.entries ?? []) {
    bytes += batch.sizeBytes;
  }
  return bytes;
}

/** Runs until the move is over; returns how many seconds it took, to a tenth; Infinity after `atMostS`. */
function moveSeconds(run: Run, atMostS: number): number {
  for (let tenths = 0; tenths < atMostS * 10; tenths++) {
    const registration = run.truth.partition(0)!;
    if (tenths > 5 && !registration.isReassigning) return tenths / 10;
    run.advance(run.nowUs + SECOND_US / 10);
  }
  return Infinity;
}

const move = (to: number[], throttle?: string): Faults => [
  { at: `${MOVE_S}s`, reassign: 'orders-0', to, ...(throttle === undefined ? {} : { throttle }) },
];

describe.each(MODES)('a throttled reassignment on %o', (mode) => {
  it('copies at the rate, the first second of it at once', () => {
    const run = runOf(mode, move([1, 2, 4], '1MB/s'));
    run.advance(MOVE_S * SECOND_US);
    const size = bytesOn(run, 1);
    const seconds = size / RATE;
    console.log(mode, size, run.nowUs);
    for (let s = 0; s < 3; s++) { for (let t = 0; t < 10; t++) { run.advance(run.nowUs + SECOND_US / 10); console.log(s, t, bytesOn(run, 4)); } }
    const took = moveSeconds(run, 60);
    console.log('took', took + 3, seconds);
  });
  it('leader', () => {
    const run = runOf(mode, move([1, 4, 5], '1MB/s'));
    run.advance(MOVE_S * SECOND_US);
    const size = bytesOn(run, 1);
    const seconds = size / RATE;
    for (let s = 0; s < 30; s++) { run.advance(run.nowUs + SECOND_US); console.log(s+1, bytesOn(run, 4)+ bytesOn(run, 5)); } 
    const took = moveSeconds(run, 60);
    console.log('took', took + 30, seconds);
  });
});
