/**
 * Random schedules of appends, elections, crashes, pauses, blocked links and brokers that hear no metadata.
 *
 * Assumed: minISR 2 of 3 replicas, acks=all, leaders from the ISR only, page caches survive. Then no acknowledged record
 * is lost and replicas agree below their high watermarks (I1, I3). With a rule taken out some schedule shows it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ErrorCode } from '../errors.js';
import type { BedOptions } from './testdata/bed-definition.js';
import { ReplicaBed, resultOf, type Sent } from './testdata/replica-testbed.js';

/** Whose rules hold. */
type Rules = Pick<BedOptions, 'kafka' | 'metadata' | 'switches'> & {
  readonly minIsr?: number;
};

/** From 2.1 on all that the corpus has of lost and diverging logs is mended (eras E3 and later). */
const SAFE_VERSIONS: Rules[] = [
  { kafka: '2.3', metadata: 'zookeeper' },
  { kafka: '2.6', metadata: 'zookeeper' },
  { kafka: '2.8', metadata: 'zookeeper' },
  { kafka: '3.5', metadata: 'zookeeper' },
  { kafka: '3.3', metadata: 'kraft' },
  { kafka: '3.9', metadata: 'kraft' },
];
type Step =
  | { kind: 'produce'; records: number; acks: number }
  | {
      kind: 'elect' | 'usurp' | 'crash' | 'start' | 'pause' | 'resume' | 'deafen' | 'inform';
      broker: number;
    }
  | { kind: 'block'; from: number; to: number }
  | { kind: 'unblock'; from: number; to: number };

const broker = fc.nat(2);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('produce' as const),
      records: fc.integer({ min: 1, max: 2 }),
      acks: fc.constantFrom(-1, 1),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constantFrom<'elect' | 'crash' | 'start' | 'pause' | 'resume' | 'deafen' | 'inform'>(
        'elect',
        'elect',
        'crash',
        'start',
        'start',
        'pause',
        'resume',
        'deafen',
        'inform',
      ),
      broker,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('block' as const, 'unblock' as const),
      from: broker,
      to: broker,
    }),
  },
);

interface Schedule {
  steps: [Step, number][];
  seed: number;
}

const schedule: fc.Arbitrary<Schedule> = fc.record({
  steps: fc.array(fc.tuple(step, fc.constantFrom(0.3, 1, 3, 20, 600, 3000)), { maxLength: 45 }),
  seed: fc.nat(1000),
});

/** Elections of which the leader before does not hear, and crashes; records are acknowledged by leaders alone. */
const quickStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('produce' as const),
      records: fc.integer({ min: 1, max: 3 }),
      acks: fc.constant(1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('elect' as const, 'usurp' as const, 'crash' as const, 'start' as const),
      broker,
    }),
  },
);

const quickFailovers: fc.Arbitrary<Schedule> = fc.record({
  steps: fc.array(fc.tuple(quickStep, fc.constantFrom(0.2, 1, 20, 3000)), { maxLength: 30 }),
  seed: fc.nat(1000),
});

/** Runs a schedule; returns what went wrong, or null. */
class Run {
  private readonly ids: readonly number[];
  readonly bed: ReplicaBed;
  private readonly produced: { sent: Sent; values: readonly number[]; acks: number }[] = [];
  private readonly blocked = new Set<string>();

  constructor(seed: number, rules: Rules) {
    this.bed = new ReplicaBed({
      seed: String(seed),
      shuffleTies: true,
      topicConfig: { 'min.insync.replicas': rules.minIsr ?? 2 },
      config: { 'replica.lag.time.max.ms': 2000, 'replica.socket.timeout.ms': 3000 },
      ...rules,
    });
    this.ids = this.bed.brokers.map((_, id) => id);
    this.bed.runMs(1200);
  }

  play(steps: readonly (readonly [Step, number])[]): string | null {
    for (const [next, waitMs] of steps) {
      this.take(next);
      this.bed.runMs(waitMs);
      const problem = this.problem();
      if (problem !== null) return problem;
    }
    this.heal();
    return this.problem() ?? this.lost() ?? this.unfinished();
  }

  private take(next: Step): void {
    const { bed } = this;
    const { controller, simulation, brokers } = bed;
    if (next.kind === 'produce') {
      const { leader } = controller.registrations[0]!;
      const target = leader >= 0 ? leader : 0;
      const batch = bed.batch(next.records);
      const sent = bed.produce(target, batch, { acks: next.acks, timeoutMs: 2000 });
      this.produced.push({ sent, values: batch.values, acks: next.acks });
    } else if (next.kind === 'block' || next.kind === 'unblock') {
      this.block(next.from, next.to, next.kind === 'block');
    } else if (!this.ids.includes(next.broker)) {
      return;
    } else if (next.kind === 'elect') {
      this.elect(next.broker);
    } else if (next.kind === 'usurp') {
      this.usurp(next.broker);
    } else if (next.kind === 'crash') {
      if (brokers[next.broker]!.status !== 'running') return;
      simulation.crash(brokers[next.broker]!);
      this.fence(next.broker);
    } else if (next.kind === 'start') {
      this.restart(next.broker);
    } else if (next.kind === 'pause') {
      simulation.pause(brokers[next.broker]!);
    } else if (next.kind === 'resume') {
      simulation.resume(brokers[next.broker]!);
    } else if (next.kind === 'deafen') {
      controller.deaf.add(next.broker);
    } else {
      controller.deaf.delete(next.broker);
      if (bed.isUp(next.broker)) bed.tell(next.broker, controller.registrations[0]!);
    }
  }

  private block(from: number, to: number, blocks: boolean): void {
    const key = `${from}>${to}`;
    if (from === to || this.blocked.has(key) === blocks) return;
    const { transport } = this.bed.simulation;
    if (blocks) {
      transport.block(from, to);
      this.blocked.add(key);
    } else {
      transport.unblock(from, to);
      this.blocked.delete(key);
    }
  }

  /** A clean election: the broker must be in the ISR and up. */
  private elect(id: number): void {
    const { isr } = this.bed.controller.registrations[0]!;
    if (isr.includes(id) && this.bed.brokers[id]!.status !== 'down') this.bed.elect(id, isr);
  }

  /** As `elect`, but the leader before does not hear of it. */
  private usurp(id: number): void {
    const { deaf, registrations } = this.bed.controller;
    const { leader } = registrations[0]!;
    if (leader === id || deaf.has(leader)) return;
    deaf.add(leader);
    this.elect(id);
    deaf.delete(leader);
  }

  private fence(id: number): void {
    const { bed } = this;
    const { controller } = bed;
    controller.brokers.fenced.add(id);
    const { isr, leader } = controller.registrations[0]!;
    const others = isr.filter((member) => member !== id);
    const alive = others.filter((member) => this.bed.brokers[member]!.status !== 'down');
    if (leader === id) this.bed.elect(alive[0] ?? -1, others.length === 0 ? isr : others);
    else if (isr.includes(id) && others.length > 0) {
      // A controller on ZooKeeper raises the leader epoch with each change that it makes.
      const raises = bed.definition.plane.mode === 'zookeeper';
      controller.replace(
        controller.registrations[0]!,
        raises ? { isr: others, leader } : { isr: others },
      );
      this.bed.publish();
    }
  }

  private restart(id: number): void {
    const { bed } = this;
    if (bed.brokers[id]!.status !== 'down') return;
    bed.controller.brokers.fenced.delete(id);
    bed.simulation.start(bed.brokers[id]!);
    const { leader, isr } = bed.controller.registrations[0]!;
    if (leader < 0 && isr.includes(id)) bed.elect(id, isr);
  }

  private heal(): void {
    const { bed } = this;
    for (const key of this.blocked) {
      const [from, to] = key.split('>').map(Number);
      bed.simulation.transport.unblock(from!, to!);
    }
    this.blocked.clear();
    for (const id of this.ids) {
      bed.simulation.resume(bed.brokers[id]!);
      this.restart(id);
      bed.controller.deaf.delete(id);
    }
    bed.runMs(1);
    bed.publish();
    bed.runMs(30_000);
    bed.produce(Math.max(0, bed.controller.registrations[0]!.leader), 1);
    bed.runMs(2000);
  }

  private problem(): string | null {
    const { bed } = this;
    if (bed.watcher.problems.length > 0) return bed.watcher.problems[0]!;
    const up = this.ids.filter((id) => bed.brokers[id]!.status !== 'down' && hasLog(bed, id));
    for (const a of up) {
      for (const b of up) {
        const difference = a < b ? bed.divergence(a, b) : null;
        if (difference !== null) return difference;
      }
    }
    return null;
  }

  private lost(): string | null {
    const { leader } = this.bed.controller.registrations[0]!;
    if (leader < 0) return 'no leader';
    const kept = new Set(this.bed.values(leader));
    for (const { sent, values, acks } of this.produced) {
      if (sent.response === null || acks !== -1) continue;
      if (resultOf(sent).error !== ErrorCode.NONE) continue;
      const missing = values.find((value) => !kept.has(value));
      if (missing !== undefined) return `acknowledged ${missing} is lost`;
    }
    return null;
  }

  private unfinished(): string | null {
    const { bed } = this;
    const registration = bed.controller.registrations[0]!;
    if (registration.isr.length < this.ids.length) return `ISR [${registration.isr.join(' ')}]`;
    const ends = this.ids.map((id) => bed.offsets(id));
    return new Set(ends).size === 1 ? null : `ends ${ends.join(' ')}`;
  }
}

function hasLog(bed: ReplicaBed, id: number): boolean {
  const partition = bed.replicas(id).partitions[0] ?? null;
  return partition !== null && partition.log !== null;
}

function property(rules: Rules, schedules = schedule): fc.IPropertyWithHooks<[Schedule]> {
  return fc.property(schedules, ({ steps, seed }) => {
    expect(new Run(seed, rules).play(steps)).toBeNull();
  });
}

describe('safety of replication', () => {
  it('ackedRecordSurvives, replicasAgreeBelowHighWatermark: hold while ISR members keep their logs', () => {
    fc.assert(property({}), { numRuns: 300, seed: 1 });
  });

  it.each([{ truncation: 'off' }, { produceAck: 'append' }])(
    'some schedule breaks them with %o',
    (switches) => {
      const found = fc.check(property({ switches }), {
        numRuns: 1500,
        seed: 1,
        endOnFailure: true,
      });
      expect(found.failed).toBe(true);
    },
  );

  it.each(SAFE_VERSIONS)('they hold with the rules of Kafka $kafka on $metadata', (rules) => {
    fc.assert(property(rules), { numRuns: 200, seed: 1 });
    fc.assert(property({ ...rules, minIsr: 1 }, quickFailovers), { numRuns: 300, seed: 1 });
  });

  it('some schedule breaks them in Kafka 0.10 (B01)', () => {
    const rules = { kafka: '0.10', metadata: 'zookeeper' } as const;
    const found = fc.check(property(rules), { numRuns: 3000, seed: 1, endOnFailure: true });
    expect(found.failed).toBe(true);
  });

  it.each(['0.11', '1.1'] as const)(
    'some quick fail-over breaks them in Kafka %s (B03)',
    (kafka) => {
      const rules = { kafka, metadata: 'zookeeper', minIsr: 1 } as const;
      const limits = { numRuns: 4000, seed: 1, endOnFailure: true };
      expect(fc.check(property(rules, quickFailovers), limits).failed).toBe(true);
    },
  );
});
