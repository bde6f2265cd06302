/** The sentences of the answer: each is computed from the figures and may fail to hold. */
import { formatSignificant } from '../../markdown/index.js';
import type { Claim } from '../lab.js';
import { nameOf, type Configuration } from './configurations.js';
import type { ConfigurationFigures, CrashStory } from './experiments.js';

/** A crash is noticed within the session timeout, a check of it, and the reaction. */
const NOTICED_WITHIN_MS = 11_000;

export interface Findings {
  readonly figures: readonly ConfigurationFigures[];
  /** Two brokers, min ISR 2: the follower crashes. */
  readonly two: CrashStory;
  /** Three brokers, min ISR 2: the leader crashes, and a follower crashes. */
  readonly threeLeader: CrashStory;
  readonly threeFollower: CrashStory;
}

export function computeClaims(findings: Findings): Claim[] {
  const { figures, two } = findings;
  const of = (
    brokers: number,
    replicationFactor: number,
    minInsyncReplicas: number,
  ): ConfigurationFigures => pick(figures, { brokers, replicationFactor, minInsyncReplicas });
  return [
    onlyDetection('three-leader-crash', findings.threeLeader),
    onlyDetection('three-follower-crash', findings.threeFollower),
    twoStop(two),
    lessDowntime(of(3, 3, 2), of(2, 2, 2)),
    loses('two-min-isr-1-loses', of(2, 2, 1), 'a second failure'),
    keeps('three-keeps', of(3, 3, 2)),
    acksOneLoses(of(3, 3, 2)),
    theoryAgrees(figures),
    noViolation(figures),
  ];
}

function onlyDetection(id: string, story: CrashStory): Claim {
  const { writeOutageMs, crashMs, result, victim } = story;
  const lengthMs = writeOutageMs === null ? 0 : writeOutageMs.toMs - writeOutageMs.fromMs;
  const seconds = (lengthMs / 1000).toFixed(1);
  return {
    id,
    text: `With ${nameOf(story.configuration)}, the crash of ${victim} stops acks=all writes for ${seconds} s, the time to notice it, and loses nothing.`,
    holds:
      writeOutageMs !== null &&
      Math.abs(writeOutageMs.fromMs - crashMs) < 1 &&
      lengthMs < NOTICED_WITHIN_MS &&
      story.refusals.count === 0 &&
      result.clients.ackedLost === 0,
    evidence: {
      crashMs,
      writeOutageMs,
      refusals: story.refusals,
      ackedLost: result.clients.ackedLost,
    },
  };
}

function twoStop(story: CrashStory): Claim {
  const { refusals, isrShrunkMs, isrFullMs, backMs, writeOutageMs } = story;
  const stops =
    refusals.firstMs !== null && isrShrunkMs !== null && refusals.firstMs >= isrShrunkMs - 1;
  const ends = refusals.lastMs !== null && isrFullMs !== null && refusals.lastMs <= isrFullMs + 100;
  const text = (ms: number | null): string =>
    ms === null ? 'never' : `${(ms / 1000).toFixed(1)} s`;
  return {
    id: 'two-brokers-stop',
    text: `With ${nameOf(story.configuration)}, one crash stops all acks=all writes: the leader answers NOT_ENOUGH_REPLICAS from ${text(refusals.firstMs)} to ${text(refusals.lastMs)}; the dead broker left the ISR at ${text(isrShrunkMs)} and was back in it at ${text(isrFullMs)}.`,
    holds: stops && ends && writeOutageMs !== null && writeOutageMs.toMs >= backMs,
    evidence: {
      refusals,
      isrShrunkMs,
      isrFullMs,
      backMs,
      writeOutageMs,
      errors: story.result.clients.errors,
    },
  };
}

function lessDowntime(three: ConfigurationFigures, two: ConfigurationFigures): Claim {
  const a = three.availability.outageMinutesPerYear.write;
  const b = two.availability.outageMinutesPerYear.write;
  return {
    id: 'three-beat-two',
    text: `acks=all writes are down ${formatSignificant(a.mean)} minutes per year with ${nameOf(three.configuration)} and ${formatSignificant(b.mean)} with ${nameOf(two.configuration)}; the intervals do not touch.`,
    holds: a.high < b.low,
    evidence: { three: a, two: b },
  };
}

function loses(id: string, figures: ConfigurationFigures, when: string): Claim {
  const { recordsLost, runsWithLoss, runs } = figures.secondLoss.all;
  return {
    id,
    text: `With ${nameOf(figures.configuration)}, ${when} loses acknowledged acks=all records: ${String(recordsLost)} in ${String(runsWithLoss)} of ${String(runs)} runs.`,
    holds: recordsLost > 0,
    evidence: { ...figures.secondLoss.all },
  };
}

function keeps(id: string, figures: ConfigurationFigures): Claim {
  const lost = figures.powerLoss.all.recordsLost + figures.secondLoss.all.recordsLost;
  const runs = figures.powerLoss.all.runs + figures.secondLoss.all.runs;
  return {
    id,
    text: `With ${nameOf(figures.configuration)}, neither a power loss of the leader nor one while another replica is down lost an acknowledged acks=all record in ${String(runs)} runs.`,
    holds: lost === 0,
    evidence: { powerLoss: figures.powerLoss.all, secondLoss: figures.secondLoss.all },
  };
}

function acksOneLoses(figures: ConfigurationFigures): Claim {
  const lost = figures.powerLoss['1'].recordsLost + figures.secondLoss['1'].recordsLost;
  return {
    id: 'acks-1-loses',
    text: `acks=1 does not get what the brokers are paid for: with ${nameOf(figures.configuration)} it lost ${String(lost)} acknowledged records in the runs where acks=all lost none.`,
    holds: lost > 0,
    evidence: { powerLoss: figures.powerLoss['1'], secondLoss: figures.secondLoss['1'] },
  };
}

function theoryAgrees(figures: readonly ConfigurationFigures[]): Claim {
  const outside = figures.filter(({ availability: { theory, write } }) => {
    return theory === null || theory.write < write.low || theory.write > write.high;
  });
  return {
    id: 'theory-agrees',
    text: `The closed form for independent crashes lies in the measured 99 % interval of acks=all write availability for ${String(figures.length - outside.length)} of ${String(figures.length)} clusters.`,
    // Nine in ten: with 99 % intervals, one miss among several is no contradiction.
    holds: outside.length <= figures.length / 10 + 0.5,
    evidence: { outside: outside.map(({ configuration }) => nameOf(configuration)) },
  };
}

function noViolation(figures: readonly ConfigurationFigures[]): Claim {
  const counts = figures.flatMap(({ powerLoss, secondLoss }) => [
    ...Object.values(powerLoss),
    ...Object.values(secondLoss),
  ]);
  const violations = counts.reduce((sum, count) => sum + count.violations, 0);
  return {
    id: 'no-violation',
    text: `Every loss was allowed by the settings: no promise of the protocol was broken in ${String(counts.reduce((sum, { runs }) => sum + runs, 0))} runs.`,
    holds: violations === 0,
    evidence: { violations },
  };
}

function pick(
  figures: readonly ConfigurationFigures[],
  wanted: Configuration,
): ConfigurationFigures {
  const found = figures.find(
    ({ configuration: { brokers, replicationFactor, minInsyncReplicas } }) =>
      brokers === wanted.brokers &&
      replicationFactor === wanted.replicationFactor &&
      minInsyncReplicas === wanted.minInsyncReplicas,
  );
  if (found === undefined) throw new Error(`no figures for ${nameOf(wanted)}`);
  return found;
}
