/** When the calendar may jump: what is called quiescent must be. */
import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../sim/index.js';
import type { FailureKind } from '../language/plan.js';
import { FAILURE_KINDS } from '../language/vocabulary.js';
import { Run } from '../run/run.js';
import { ActivityWatch, IDLE_PERIOD_US, whatIsUnderWay } from './quiescence.js';
import { repair, strike } from './strike.js';
import { longPlan } from './testdata/plans.js';

const SECOND_US = 1_000_000;
/** Longer than any request waits for an answer (replica.socket.timeout.ms, 30 s). */
const LONG_US = 40 * SECOND_US;

/** A warm, quiescent cluster; preferred leaders are not elected, which a jump does not wait for. */
function quietRun(combined: boolean): { run: Run; activity: ActivityWatch } {
  const plan = longPlan({
    minIsr: 2,
    partitions: 2,
    combined,
    config: { 'auto.leader.rebalance.enable': false },
    failures: { 'broker-crash': { mttf: '1h', mttr: '1h' } },
  });
  const activity = new ActivityWatch();
  const run = Run.start(plan, { seed: 11, invariants: false, watch: () => [activity] });
  while (!run.isWarm) run.advance(run.nowUs + SECOND_US);
  waitForRest(run, activity);
  return { run, activity };
}

function flip(
  { run, activity }: ReturnType<typeof quietRun>,
  kind: FailureKind,
  host: number,
  isDown: boolean,
): void {
  (isDown ? strike : repair)(run, kind, host);
  const restUs = kind === 'network-partition' && isDown ? 30 * SECOND_US : 0;
  activity.disturbed(run.nowUs, run.nowUs + restUs);
  run.availability.disturbed(null);
  run.availability.evaluate(run.nowUs, 0);
}

/** Simulates until the cluster is called quiescent; what it waited for, in order. */
function waitForRest(run: Run, activity: ActivityWatch): string[] {
  const reasons: string[] = [];
  for (;;) {
    const reason = whatIsUnderWay(run, activity);
    if (reason === null) return reasons;
    if (reasons.at(-1) !== reason) reasons.push(reason);
    run.advance(run.nowUs + SECOND_US / 10);
  }
}

/** What must not change while nothing happens. */
function picture(run: Run): unknown {
  const { definition, truth, availability } = run;
  return {
    changes: truth.state.changes,
    controller: truth.state.activeController,
    partitions: definition.partitions.map(({ index }) => ({
      registration: truth.partition(index),
      up: { ...availability.state.partitions[index]!.up },
    })),
  };
}

/** The cluster stays as it is for long. */
function expectRest(run: Run, what: string): void {
  const fork = run.fork();
  const before = picture(fork);
  fork.advance(fork.nowUs + LONG_US);
  expect(picture(fork), what).toEqual(before);
}

describe('quiescence', () => {
  const kinds = FAILURE_KINDS.filter((kind) => kind !== 'gray' && kind !== 'zookeeper-crash');
  const dedicated = quietRun(false);
  const combined = quietRun(true);

  it.each(kinds)('%s: nothing changes any more once the cluster is called quiescent', (kind) => {
    for (const quiet of kind === 'controller-crash' ? [dedicated] : [dedicated, combined]) {
      const run = quiet.run.fork();
      const activity = run.extra[0] as ActivityWatch;
      const hosts = kind === 'controller-crash' ? [3, 4, 5] : [0, 1, 2];
      // One after the other goes down, and they come back in another order.
      for (const host of hosts.slice(0, 2)) {
        flip({ run, activity }, kind, host, true);
        waitForRest(run, activity);
        expectRest(run, `${kind} of host ${host}`);
      }
      for (const host of hosts.slice(0, 2)) {
        flip({ run, activity }, kind, host, false);
        waitForRest(run, activity);
        expectRest(run, `${kind} of host ${host}, repaired`);
      }
      expect(run.availability.allServe).toBe(true);
    }
  });

  it.each([2, 5, 8, 9, 13])('mixed failures that overlap at random: the same (seed %i)', (seed) => {
    const draw = new RandomStreams(String(seed)).stream('mixture');
    const run = dedicated.run.fork();
    const activity = run.extra[0] as ActivityWatch;
    const components = kinds.flatMap((kind) =>
      (kind === 'controller-crash' ? [3, 4, 5] : [0, 1, 2]).map((host) => ({ kind, host })),
    );
    let down: typeof components = [];
    for (let step = 0; step < 40; step++) {
      const strikes = down.length === 0 || (down.length < 3 && draw.below(2) === 0);
      const choice = strikes ? components.filter((each) => !down.includes(each)) : down;
      const struck = choice[draw.below(choice.length)]!;
      down = strikes ? [...down, struck] : down.filter((each) => each !== struck);
      flip({ run, activity }, struck.kind, struck.host, strikes);
      waitForRest(run, activity);
      expectRest(run, `step ${step}: ${struck.kind} of ${struck.host} ${strikes ? 'down' : 'up'}`);
    }
  });

  it('waits for the session of a dead broker to lapse, and for its return into the ISR', () => {
    const run = dedicated.run.fork();
    const activity = run.extra[0] as ActivityWatch;
    flip({ run, activity }, 'broker-crash', 0, true);
    const fromUs = run.nowUs;
    expect(waitForRest(run, activity)).toContain('broker 1 is not fenced yet');
    expect(run.nowUs - fromUs).toBeGreaterThan(7 * SECOND_US + IDLE_PERIOD_US);
    expect(run.nowUs - fromUs).toBeLessThan(11.5 * SECOND_US + IDLE_PERIOD_US);

    flip({ run, activity }, 'broker-crash', 0, false);
    const reasons = waitForRest(run, activity).join();
    expect(reasons).toMatch(/broker 1 is starting/);
    expect(run.truth.partition(0)!.isr).toContain(1);
  });

  it('waits for a controlled shutdown, which ends by itself', () => {
    const run = dedicated.run.fork();
    const activity = run.extra[0] as ActivityWatch;
    flip({ run, activity }, 'broker-stop', 1, true);
    run.advance(run.nowUs + SECOND_US / 1000);

    activity.state.lastUs = 0;
    expect(whatIsUnderWay(run, activity)).toBe('node 2 is shutting down');
    waitForRest(run, activity);
    expect(run.simulation.hosts[1]!.status).toBe('down');
  });

  it('waits for a new active controller, and for one without a quorum to resign', () => {
    const run = dedicated.run.fork();
    const activity = run.extra[0] as ActivityWatch;
    const { definition, truth } = run;
    const active = definition.node(truth.state.activeController).host;
    const others = definition.voters.map(({ host }) => host).filter((host) => host !== active);
    flip({ run, activity }, 'controller-crash', others[0]!, true);
    waitForRest(run, activity);
    flip({ run, activity }, 'controller-crash', others[1]!, true);

    expect(waitForRest(run, activity)).toContain('a controller without a quorum has not resigned');
    flip({ run, activity }, 'controller-crash', active, true);
    for (const host of others) flip({ run, activity }, 'controller-crash', host, false);
    expect(waitForRest(run, activity)).toContain('0 controllers are active');
    expect(others).toContain(definition.node(truth.state.activeController).host);
  });
});
