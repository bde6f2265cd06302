/**
 * The structural view against its definition: what clients would see once everything that has failed by now has been
 * noticed. At random moments of random failures the run is forked, nothing fails or is repaired any more, brokers that
 * are on their way back are held down, and a minute later the copy's view of clients must be what structural was.
 */
import { describe, expect, it } from 'vitest';
import { RandomStreams, type RandomStream } from '../../sim/index.js';
import type { FailureKind } from '../language/plan.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { repair, strike } from '../longrun/strike.js';
import { Run } from './run.js';

const SECOND_US = 1_000_000;
/**
 * Sessions lapse within 11 s, a controller is replaced in less, and a slow follower is dropped after 30 s. On ZooKeeper
 * sessions lapse within 21 s, those of the controller too.
 */
const NOTICED_US = 60 * SECOND_US;
/** What was on its way at the fork has arrived. */
const IN_FLIGHT_US = 150_000;

interface Setting {
  /** Default: the newest version, in KRaft mode. */
  readonly kafka?: '3.9-zk' | '2.6';
  readonly brokers: number;
  readonly replicationFactor: number;
  readonly minIsr: number;
  readonly elr?: 'on' | 'off';
  readonly unclean?: boolean;
  readonly kinds: readonly FailureKind[];
}

interface Component {
  readonly kind: FailureKind;
  readonly host: number;
  isDown: boolean;
}

/** What one random history saw: moments compared and left out, and how often the views differed from one another. */
interface Tally {
  compared: number;
  inFlight: number;
  /** Structural said otherwise than clients saw at that moment. */
  unnoticed: number;
  down: number;
}

function warmRun(setting: Setting, seed: number): Run {
  const { kafka } = setting;
  const scenario: Scenario = {
    name: 'structural',
    ...(kafka === undefined ? { switches: { elr: setting.elr ?? 'on' } } : { kafka }),
    cluster: {
      brokers: setting.brokers,
      ...(kafka === undefined ? { controllers: 3 } : { zookeepers: 3 }),
      config: {
        'min.insync.replicas': setting.minIsr,
        'unclean.leader.election.enable': setting.unclean ?? false,
      },
    },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': setting.replicationFactor }],
  };
  const run = Run.start(resolvePlan(scenario), { seed, invariants: false, keepOutages: false });
  while (!run.isWarm) run.advance(run.nowUs + SECOND_US);
  return run;
}

function componentsOf(run: Run, { kinds }: Setting): Component[] {
  const { brokers } = run.definition;
  return kinds.flatMap((kind) =>
    (kind === 'controller-crash' || kind === 'zookeeper-crash' ? quorumOf(run) : brokers).map(
      ({ host }) => ({ kind, host, isDown: false }),
    ),
  );
}

/** Who must be up, more than half of them, for anything to be noticed. */
function quorumOf({ definition }: Run): readonly { readonly host: number }[] {
  const { voters, plane } = definition;
  return plane.mode === 'zookeeper' ? plane.zookeepers : voters;
}

/** Something fails or is repaired; more than half of what fails is repaired before anything else fails. */
function flipOne(run: Run, components: readonly Component[], draw: RandomStream): void {
  const down = components.filter(({ isDown }) => isDown);
  const repairs = down.length > 0 && draw.below(components.length + 1) < 2 * down.length;
  const choice = repairs ? down : components.filter(({ isDown }) => !isDown);
  const component = choice[draw.below(choice.length)]!;
  component.isDown = !component.isDown;
  (component.isDown ? strike : repair)(run, component.kind, component.host);
  lookAgain(run);
}

function lookAgain(run: Run): void {
  run.availability.disturbed(null);
  run.availability.evaluate(run.nowUs, 0);
}

/**
 * A broker that is not unfenced yet, or that still has to catch up with the ISR, counts as down. Without a quorum of
 * controllers nobody gets any further.
 */
function holdReturning(run: Run): void {
  const { definition, simulation, truth, director } = run;
  const { isr } = truth.partition(0)!;
  const members = quorumOf(run);
  const up = members.filter(({ host }) => simulation.hosts[host]!.status === 'running');
  if (2 * up.length <= members.length) return;
  const serves = (id: number): boolean => {
    const { host } = definition.node(id);
    const { fenced, registeredAtUs } = truth.broker(id);
    const isUp =
      simulation.hosts[host]!.status === 'running' && run.availability.isReachableHost(host);
    return isUp && !fenced && registeredAtUs >= director.coverage[host]!.lastStartUs;
  };
  const someoneServes = isr.some(serves);
  for (const { id, host } of definition.brokers) {
    const joins = someoneServes && !isr.includes(id);
    if (!serves(id) || joins) strike(run, 'broker-crash', host);
  }
  lookAgain(run);
}

function compare(run: Run, tally: Tally, where: string): void {
  const now = { ...run.availability.state.partitions[0]!.up };
  const fork = run.fork();
  holdReturning(fork);
  const { changes } = fork.truth.state;
  fork.advance(fork.nowUs + IN_FLIGHT_US);
  if (fork.truth.state.changes !== changes) {
    tally.inFlight++;
    return;
  }
  fork.advance(fork.nowUs + NOTICED_US);
  const { read, write } = fork.availability.state.partitions[0]!.up;
  tally.compared++;
  if (now.read !== now.structuralRead || now.write !== now.structuralWrite) tally.unnoticed++;
  if (!now.structuralWrite) tally.down++;
  expect({ read: now.structuralRead, write: now.structuralWrite }, where).toEqual({ read, write });
}

/** Plays a random history and compares at each step. */
function playHistory(setting: Setting, seed: number, steps: number, tally: Tally): void {
  const run = warmRun(setting, seed);
  const draw = new RandomStreams(String(seed)).stream('structural');
  const components = componentsOf(run, setting);
  for (let step = 0; step < steps; step++) {
    flipOne(run, components, draw);
    const lengthUs = draw.below(4) === 0 ? draw.below(3 * SECOND_US) : draw.below(30 * SECOND_US);
    const atUs = draw.below(lengthUs + 1);
    run.advance(run.nowUs + atUs);
    compare(run, tally, `seed ${seed}, step ${step}, ${run.nowUs} us`);
    run.advance(run.nowUs + lengthUs - atUs);
  }
}

const CRASHES = ['broker-crash'] as const;
const EVERYTHING = [
  'broker-crash',
  'broker-power-loss',
  'network-partition',
  'controller-crash',
] as const;
const EVERYTHING_ON_ZOOKEEPER = [
  'broker-crash',
  'broker-power-loss',
  'network-partition',
  'zookeeper-crash',
] as const;
const SETTINGS: readonly (readonly [string, Setting])[] = [
  ['one replica', { brokers: 1, replicationFactor: 1, minIsr: 1, kinds: CRASHES }],
  ['two replicas, one suffices', { brokers: 2, replicationFactor: 2, minIsr: 1, kinds: CRASHES }],
  ['two of three', { brokers: 3, replicationFactor: 3, minIsr: 2, kinds: CRASHES }],
  ['one of three', { brokers: 3, replicationFactor: 3, minIsr: 1, kinds: CRASHES }],
  ['all of three', { brokers: 3, replicationFactor: 3, minIsr: 3, kinds: CRASHES }],
  ['no ELR', { brokers: 3, replicationFactor: 3, minIsr: 2, elr: 'off', kinds: CRASHES }],
  [
    'unclean elections',
    { brokers: 3, replicationFactor: 3, minIsr: 2, unclean: true, kinds: CRASHES },
  ],
  ['failures of every kind', { brokers: 3, replicationFactor: 3, minIsr: 2, kinds: EVERYTHING }],
];
const ON_ZOOKEEPER = (['3.9-zk', '2.6'] as const).flatMap(
  (kafka): readonly (readonly [string, Setting])[] => [
    [
      `${kafka}: one replica`,
      { kafka, brokers: 1, replicationFactor: 1, minIsr: 1, kinds: CRASHES },
    ],
    [
      `${kafka}: two of three`,
      { kafka, brokers: 3, replicationFactor: 3, minIsr: 2, kinds: CRASHES },
    ],
    [
      `${kafka}: one of three`,
      { kafka, brokers: 3, replicationFactor: 3, minIsr: 1, kinds: CRASHES },
    ],
    [
      `${kafka}: unclean elections`,
      { kafka, brokers: 3, replicationFactor: 3, minIsr: 2, unclean: true, kinds: CRASHES },
    ],
    [
      `${kafka}: failures of every kind`,
      { kafka, brokers: 3, replicationFactor: 3, minIsr: 2, kinds: EVERYTHING_ON_ZOOKEEPER },
    ],
  ],
);
const SEEDS = 3;
const STEPS = 25;

describe('structural availability is what clients see once everything has been noticed', () => {
  it.each([...SETTINGS, ...ON_ZOOKEEPER])('%s', (_, setting) => {
    const tally: Tally = { compared: 0, inFlight: 0, unnoticed: 0, down: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) playHistory(setting, seed, STEPS, tally);

    expect(tally.compared).toBeGreaterThan(0.8 * SEEDS * STEPS);
    expect(tally.down).toBeGreaterThan(0.02 * tally.compared);
    expect(tally.down).toBeLessThan(0.95 * tally.compared);
    if (setting.brokers > 1) expect(tally.unnoticed).toBeGreaterThan(0.05 * tally.compared);
  });
});

describe('a leader that was deposed and has no successor', () => {
  it('goes on on ZooKeeper, since it cannot follow nobody: reads are served, writes are not', () => {
    const kinds = ['broker-crash', 'network-partition'] as const;
    const run = warmRun({ kafka: '3.9-zk', brokers: 2, replicationFactor: 2, minIsr: 1, kinds }, 1);
    const up = (): object => run.availability.state.partitions[0]!.up;
    const flip = (change: typeof strike, kind: FailureKind, id: number): void => {
      change(run, kind, run.definition.node(id).host);
      lookAgain(run);
      run.advance(run.nowUs + NOTICED_US);
    };
    const { leader, replicas } = run.truth.partition(0)!;
    const other = replicas.find((id) => id !== leader)!;
    flip(strike, 'network-partition', leader);
    expect(run.truth.partition(0)).toMatchObject({ leader: other, isr: [other] });
    flip(strike, 'broker-crash', other);
    expect(up()).toEqual({
      read: false,
      write: false,
      structuralRead: false,
      structuralWrite: false,
    });
    flip(repair, 'network-partition', leader);

    expect(run.truth.broker(leader).fenced).toBe(false);
    expect(run.truth.partition(0)).toMatchObject({ leader: -1, isr: [other] });
    expect(up()).toEqual({
      read: true,
      write: false,
      structuralRead: true,
      structuralWrite: false,
    });
  });
});
