/** What controllers cost in time: a broker and a controller are killed or stopped, and the moments are noted. */
import {
  resolvePlan,
  startPlan,
  Watcher,
  type BrokerTruth,
  type Run,
  type RunWatcher,
  type Scenario,
  type TruthListener,
} from '../../../scenarios/index.js';
import type { KafkaVersion, MetadataMode, PartitionRegistration } from '../../../model/index.js';

/** A cluster of six brokers, of one version in one mode, with so many partitions of three replicas. */
export interface Setting {
  readonly kafka: KafkaVersion;
  readonly metadata: MetadataMode;
  readonly partitions: number;
}

/** Moments after a blow, in milliseconds; null where it did not come to that within the run. */
export interface BlowTimes {
  /** The cluster's metadata no longer have the broker among the living. */
  readonly noticedMs: number | null;
  /** The last partition that it led has another leader, by the metadata. */
  readonly electedMs: number | null;
  /** The last of those leaders has heard of it, and leads. */
  readonly leadingMs: number | null;
  /** Partitions that it led. */
  readonly led: number;
  /** Mean time without a leader that leads, over those partitions. */
  readonly meanGapMs: number | null;
}

/** Figures of one setting, from one seed. */
export interface SettingTimes {
  readonly setting: Setting;
  readonly seed: number;
  readonly crash: BlowTimes;
  readonly stop: BlowTimes;
  /** From the crash of the active controller to the next one that has everything loaded. */
  readonly failoverMs: number | null;
}

const BROKERS = 6;
/** A broker that leads something, however few partitions there are. */
const VICTIM = 'leader of orders-0';
/** The blow is for the controller: no partition is watched. */
const NOBODY = -1;
/** To create partitions takes time, on ZooKeeper several writes for each; and so does it to elect leaders. */
const CREATION_S_PER_PARTITION = 0.02;
const ELECTION_S_PER_PARTITION = 0.005;

function blowAtS({ partitions }: Setting): number {
  return Math.max(60, partitions * CREATION_S_PER_PARTITION);
}

/** Plays the three blows of a setting, each in a run of its own. */
export function measureSetting(setting: Setting, seed: number): SettingTimes {
  const at = `${blowAtS(setting)}s`;
  const crash = playBlow(setting, seed, { at, crash: VICTIM });
  const stop = playBlow(setting, seed, { at, stop: VICTIM });
  const failover = playBlow(setting, seed, { at, crash: 'controller' });
  return {
    setting,
    seed,
    crash: crash.times(),
    stop: stop.times(),
    failoverMs: failover.failoverMs(),
  };
}

/** A cluster under no load: the partitions alone are what the controller works for. */
export function scenarioOf(setting: Setting): Scenario {
  const { kafka, metadata, partitions } = setting;
  const afterS = Math.max(60, partitions * ELECTION_S_PER_PARTITION);
  return {
    name: `why-controller-${kafka}-${metadata}-${partitions}`,
    kafka,
    metadata,
    cluster: { brokers: BROKERS, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', partitions, 'replication-factor': 3 }],
    run: { for: `${blowAtS(setting) + afterS}s`, settle: '0s' },
  };
}

function playBlow(
  setting: Setting,
  seed: number,
  fault: NonNullable<Scenario['faults']>[number],
): BlowWatch {
  const plan = resolvePlan({ ...scenarioOf(setting), faults: [fault] });
  const watch = new BlowWatch(setting.partitions);
  const run = startPlan(plan, { seed, invariants: false, watch: () => [watch] });
  run.advance(blowAtS(setting) * 1_000_000 - 1);
  const isForController = fault.crash === 'controller';
  watch.arm(run, isForController ? NOBODY : (run.truth.partition(0)?.leader ?? NOBODY));
  while (run.nowUs < plan.run.forUs && !watch.isOver()) run.advance(run.nowUs + 250_000);
  return watch;
}

interface BlowState {
  blowUs: number;
  victim: number;
  noticedUs: number;
  /** By partition that the victim led: when it had another leader, and when that one led; -1 before. */
  electedUs: Map<number, number>;
  leadingUs: Map<number, number>;
  activeUs: number;
}

/** Notes the moments after a blow. */
class BlowWatch extends Watcher<BlowState> implements RunWatcher, TruthListener {
  private readonly partitions: number;

  constructor(partitions: number) {
    super({
      blowUs: -1,
      victim: -1,
      noticedUs: -1,
      electedUs: new Map(),
      leadingUs: new Map(),
      activeUs: -1,
    });
    this.partitions = partitions;
  }

  attach(run: Run): void {
    run.truth.listeners.push(this);
  }

  /** The blow falls with the next microsecond. */
  arm(run: Run, victim: number): void {
    const { state } = this;
    state.blowUs = run.nowUs + 1;
    state.victim = victim;
    for (let partition = 0; partition < this.partitions; partition++) {
      if (run.truth.partition(partition)?.leader !== victim) continue;
      state.electedUs.set(partition, -1);
      state.leadingUs.set(partition, -1);
    }
  }

  /** Everything that can be waited for has come. */
  isOver(): boolean {
    const { leadingUs, activeUs, noticedUs, victim } = this.state;
    if (victim === NOBODY) return activeUs >= 0;
    if (noticedUs < 0) return false;
    return [...leadingUs.values()].every((atUs) => atUs >= 0);
  }

  brokerChanged(atUs: number, id: number, truth: BrokerTruth): void {
    const { state } = this;
    if (state.blowUs < 0 || id !== state.victim || state.noticedUs >= 0) return;
    if (truth.fenced || truth.inControlledShutdown) state.noticedUs = atUs;
  }

  partitionChanged(
    atUs: number,
    _before: PartitionRegistration | null,
    { partition, leader }: PartitionRegistration,
  ): void {
    const { electedUs, victim } = this.state;
    if (electedUs.get(partition) === -1 && leader >= 0 && leader !== victim)
      electedUs.set(partition, atUs);
  }

  override becameLeader(atUs: number, broker: number, partition: number): void {
    const { leadingUs, victim } = this.state;
    if (leadingUs.get(partition) === -1 && broker !== victim) leadingUs.set(partition, atUs);
  }

  override controllerActivated(atUs: number): void {
    if (this.state.blowUs >= 0 && this.state.activeUs < 0) this.state.activeUs = atUs;
  }

  times(): BlowTimes {
    const { noticedUs, electedUs, leadingUs } = this.state;
    const gaps = [...leadingUs.values()];
    const isComplete = gaps.length > 0 && gaps.every((atUs) => atUs >= 0);
    const sumMs = gaps.reduce((sum, atUs) => sum + this.sinceBlowMs(atUs), 0);
    return {
      noticedMs: noticedUs < 0 ? null : this.sinceBlowMs(noticedUs),
      electedMs: this.lastMs([...electedUs.values()]),
      leadingMs: this.lastMs(gaps),
      led: gaps.length,
      meanGapMs: isComplete ? sumMs / gaps.length : null,
    };
  }

  failoverMs(): number | null {
    return this.state.activeUs < 0 ? null : this.sinceBlowMs(this.state.activeUs);
  }

  private lastMs(times: readonly number[]): number | null {
    if (times.length === 0 || times.some((atUs) => atUs < 0)) return null;
    return this.sinceBlowMs(times.reduce((latest, atUs) => Math.max(latest, atUs), 0));
  }

  private sinceBlowMs(atUs: number): number {
    return (atUs - this.state.blowUs) / 1000;
  }
}
