/**
 * A second, naive telling of a partition's life, to hold the chain against: brokers by number, sets for
 * ISR and ELR, one list of timers, delays drawn as Kafka has them (heartbeats by the clock, sessions,
 * periodic checks, fixed return times), election in assignment order. For tests alone; it shares no
 * code with the chain.
 */

import { exponential } from '../statistics/simulated-renewal.js';
import type { Batch } from '../statistics/ratio.js';

/** What is simulated. Times in any one unit. */
export interface SimulatedSetup {
  readonly replicationFactor: number;
  readonly minIsr: number;
  readonly elr: boolean;
  readonly mttf: number;
  readonly mttr: number;
  /** Session timeout and heartbeat interval; zero timeout: noticed at once. */
  readonly sessionTimeout: number;
  readonly heartbeatInterval: number;
  readonly returnTime: number;
  readonly batches: number;
  readonly batchLength: number;
}

/** Batches of down time for writes with acks=all, writes with acks=1 (which are reads), and both. */
export interface SimulatedDown {
  readonly write: Batch[];
  readonly read: Batch[];
}

interface Timer {
  readonly at: number;
  readonly broker: number;
  readonly what: 'crash' | 'repair' | 'lapse' | 'return';
  readonly life: number;
}

/** Runs the partition for `batches * batchLength`. */
export function simulatePartition(uniform: () => number, setup: SimulatedSetup): SimulatedDown {
  const partition = new SimulatedPartition(uniform, setup);
  const write = new DownTally(setup);
  const read = new DownTally(setup);
  const end = setup.batches * setup.batchLength;
  while (partition.now < end) {
    const from = partition.now;
    const servesReads = partition.leaderServes();
    const servesWrites = servesReads && partition.isrServes();
    partition.step();
    read.add(from, partition.now, !servesReads);
    write.add(from, partition.now, !servesWrites);
  }
  return { write: write.batches(), read: read.batches() };
}

class SimulatedPartition {
  now = 0;
  private readonly brokers: readonly number[];
  private readonly minIsr: number;
  private readonly hostUp: Set<number>;
  private readonly serving: Set<number>;
  private readonly unfenced: Set<number>;
  private isr: Set<number>;
  private elr = new Set<number>();
  private leader = 0;
  private lastKnown = -1;
  private readonly lives: number[];
  private timers: Timer[] = [];

  constructor(
    private readonly uniform: () => number,
    private readonly setup: SimulatedSetup,
  ) {
    this.brokers = Array.from({ length: setup.replicationFactor }, (_, id) => id);
    this.minIsr = Math.min(setup.minIsr, this.brokers.length);
    this.hostUp = new Set(this.brokers);
    this.serving = new Set(this.brokers);
    this.unfenced = new Set(this.brokers);
    this.isr = new Set(this.brokers);
    this.lives = this.brokers.map(() => 0);
    for (const broker of this.brokers) {
      this.set(exponential(uniform, setup.mttf), broker, 'crash');
    }
  }

  leaderServes(): boolean {
    return this.leader >= 0 && this.serving.has(this.leader);
  }

  isrServes(): boolean {
    return this.isr.size >= this.minIsr && [...this.isr].every((b) => this.serving.has(b));
  }

  /** Goes to the next timer and lets it act. */
  step(): void {
    const next = this.timers.reduce((best, timer) => (timer.at < best.at ? timer : best));
    this.timers = this.timers.filter((timer) => timer !== next);
    this.now = next.at;
    if (next.life !== -1 && next.life !== this.lives[next.broker]) {
      return;
    }
    const { broker } = next;
    switch (next.what) {
      case 'crash':
        this.crash(broker);
        break;
      case 'repair':
        this.repair(broker);
        break;
      case 'lapse':
        this.lapse(broker);
        break;
      case 'return':
        this.comeBack(broker);
        break;
    }
    this.letFollowersIn();
  }

  private set(delay: number, broker: number, what: Timer['what'], life?: number): void {
    const at = this.now + delay;
    this.timers.push({ at, broker, what, life: life ?? this.lives[broker] ?? 0 });
  }

  private crash(broker: number): void {
    const { heartbeatInterval, sessionTimeout, mttr } = this.setup;
    this.hostUp.delete(broker);
    this.lives[broker] = (this.lives[broker] ?? 0) + 1;
    if (this.serving.delete(broker)) {
      const age = this.uniform() * heartbeatInterval;
      const check = (this.uniform() * sessionTimeout) / 8;
      this.set(sessionTimeout - age + check, broker, 'lapse', -1);
    }
    this.set(exponential(this.uniform, mttr), broker, 'repair');
  }

  private repair(broker: number): void {
    this.hostUp.add(broker);
    this.lives[broker] = (this.lives[broker] ?? 0) + 1;
    this.set(exponential(this.uniform, this.setup.mttf), broker, 'crash');
    if (!this.unfenced.has(broker)) {
      this.set(this.setup.returnTime, broker, 'return');
    }
  }

  private lapse(broker: number): void {
    this.unfenced.delete(broker);
    if (this.isr.has(broker)) {
      this.alterIsr(new Set([...this.isr].filter((b) => b !== broker)), -1);
    }
    if (this.hostUp.has(broker)) {
      this.set(this.setup.returnTime, broker, 'return');
    }
  }

  private comeBack(broker: number): void {
    if (this.elr.has(broker)) {
      this.alterIsr(this.isr, broker);
    }
    this.unfenced.add(broker);
    this.serving.add(broker);
    if (this.leader < 0) {
      this.alterIsr(this.isr, -1);
    }
  }

  /** What the controller does on any change: PartitionChangeBuilder in brief. */
  private alterIsr(target: Set<number>, unclean: number): void {
    if (this.setup.elr) {
      const former = target.size >= this.minIsr ? [] : [...this.isr, ...this.elr];
      this.elr = new Set(former.filter((b) => !target.has(b) && b !== unclean));
      this.isr = target;
    } else if (target.size > 0) {
      this.isr = target;
    }
    const isActive = (b: number): boolean => this.unfenced.has(b) && b !== unclean;
    const isCandidate = (b: number): boolean =>
      isActive(b) && (this.isr.size > 0 ? this.isr.has(b) : this.elr.has(b));
    if (this.leader >= 0 && isCandidate(this.leader)) {
      return;
    }
    const previous = this.leader;
    this.leader = this.brokers.find(isCandidate) ?? -1;
    if (this.leader >= 0) {
      this.isr = this.elr.delete(this.leader) ? new Set([this.leader]) : this.isr;
    } else if (this.isr.size === 0 && this.elr.size === 0 && isActive(this.lastKnown)) {
      this.leader = this.lastKnown;
      this.isr = new Set([this.leader]);
    }
    this.lastKnown = this.leader >= 0 ? -1 : previous >= 0 ? previous : this.lastKnown;
  }

  /** Followers that run fetch from a leader that runs, catch up, and are let in. */
  private letFollowersIn(): void {
    if (!this.leaderServes()) {
      return;
    }
    const target = new Set(
      this.brokers.filter((b) => this.isr.has(b) || (this.serving.has(b) && this.unfenced.has(b))),
    );
    if (target.size > this.isr.size) {
      this.alterIsr(target, -1);
    }
  }
}

/** Adds up down time per batch. */
class DownTally {
  private readonly downs: number[];
  private readonly outages: number[];
  private wasDown = false;

  constructor(private readonly setup: SimulatedSetup) {
    this.downs = new Array<number>(setup.batches).fill(0);
    this.outages = new Array<number>(setup.batches).fill(0);
  }

  add(from: number, to: number, isDown: boolean): void {
    const { batchLength, batches } = this.setup;
    const first = Math.floor(from / batchLength);
    if (isDown && !this.wasDown) {
      this.outages[first] = (this.outages[first] ?? 0) + 1;
    }
    this.wasDown = isDown;
    for (let i = first; isDown && i < batches && i * batchLength < to; i++) {
      const share = Math.min(to, (i + 1) * batchLength) - Math.max(from, i * batchLength);
      this.downs[i] = (this.downs[i] ?? 0) + Math.max(0, share);
    }
  }

  batches(): Batch[] {
    return this.downs.map((downUs, i) => ({
      lengthUs: this.setup.batchLength,
      downUs: Math.min(downUs, this.setup.batchLength),
      outages: this.outages[i] ?? 0,
    }));
  }
}
