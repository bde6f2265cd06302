/** The sentences of the answer: each is computed from the figures and may fail to hold. */
import type { Claim } from '../lab.js';
import { OUTAGE_LEFT_MS, type Act, type QuorumTimes, type Setting } from './experiments.js';
import {
  durationText,
  modesOf,
  nameOfMode,
  readsOf,
  runsOf,
  spreadOf,
  spreadText,
  writesOf,
  type Figure,
  type Service,
  type SettingRuns,
} from './figures.js';

/** Clients never wait longer than this where a service goes on: a fetch waits for half a second at most. */
const PAUSE_MS = 1000;
/** The last that is served before a crash was served just before it, or was under way. */
const AT_ONCE_MS = 1000;
/** A writer's default `delivery.timeout.ms`. */
const DELIVERY_TIMEOUT_MS = 120_000;

const EVERY_ACT: readonly Act[] = [
  'nothing',
  'follower-crash',
  'leader-crash',
  'broker-restart',
  'new-producer',
  'reassignment',
];

/** All claims, in the order of the story. */
export function computeClaims(figures: readonly SettingRuns[]): Claim[] {
  const asking = modesOf(figures).filter((mode) => !writesItself(mode));
  const writing = modesOf(figures).filter(writesItself);
  return [
    goesOn(figures),
    nothingDecided(figures),
    followerStopsWrites(figures),
    ...(asking.length > 0 ? [readsGoOn(figures, asking)] : []),
    ...(writing.length > 0 ? [readsWaitForWrite(figures, writing)] : []),
    ...controllerInTheWay(figures, asking),
    leaderStopsAll(figures),
    patienceEnds(figures),
    restartWaits(figures),
    operatorWaits(figures),
    ...newProducers(figures),
    nothingLost(figures),
  ];
}

/** True for versions whose leaders write the ISR to ZooKeeper themselves, before KIP-497. */
function writesItself({ kafka, metadata }: Pick<Setting, 'kafka' | 'metadata'>): boolean {
  const [major, minor] = kafka.split('.').map(Number) as [number, number];
  return metadata === 'zookeeper' && (major < 2 || (major === 2 && minor < 7));
}

function lostRuns(figures: readonly SettingRuns[], acts: readonly Act[]): QuorumTimes[] {
  return figures
    .filter(({ setting }) => setting.quorum === 'lost' && acts.includes(setting.act))
    .flatMap(({ runs }) => runs);
}

function goesOn(figures: readonly SettingRuns[]): Claim {
  const runs = lostRuns(figures, ['nothing']);
  const ackGap = Math.max(...runs.map(({ ackGapMs }) => ackGapMs));
  const readGap = Math.max(...runs.map(({ readGapMs }) => readGapMs));
  const expelled = sum(runs, (run) => run.expelled);
  const newLeaders = sum(runs, (run) => run.newLeaders);
  return {
    id: 'nothing-else-goes-on',
    text: `Where nothing else happens, acks=all writes and reads go on without a quorum: in ${String(runs.length)} runs no two acknowledgements were further apart than ${durationText(ackGap)}, no two reads further than ${durationText(readGap)}, no broker was expelled and no leader changed, neither then nor after.`,
    holds:
      runs.length > 0 &&
      ackGap < PAUSE_MS &&
      readGap < PAUSE_MS &&
      expelled === 0 &&
      newLeaders === 0,
    evidence: { ackGapMs: ackGap, readGapMs: readGap, expelled, newLeaders },
  };
}

function nothingDecided(figures: readonly SettingRuns[]): Claim {
  const runs = lostRuns(figures, EVERY_ACT);
  const decided = sum(runs, (run) => run.committedDuringOutage);
  const decides = modesOf(figures).map((mode) => ({
    mode: nameOfMode(mode),
    decidesMs: spreadOf(
      lostRuns(figures, EVERY_ACT).filter(({ setting }) => isOf(setting, mode)),
      ({ decidesMs }) => decidesMs,
    ),
  }));
  return {
    id: 'nothing-is-decided',
    text: `Without a quorum nothing is decided: no leader, no ISR, no registration changed in ${String(runs.length)} runs. Once the members run again, the first decision is there ${decides.map(({ mode, decidesMs }) => `after ${spreadText(decidesMs)} with ${mode}`).join(', ')}.`,
    holds: runs.length > 0 && decided === 0 && decides.every(({ decidesMs }) => decidesMs !== null),
    evidence: { decided, decides },
  };
}

function followerStopsWrites(figures: readonly SettingRuns[]): Claim {
  const runs = lostRuns(figures, ['follower-crash']);
  const asked = spreadOf(runs, ({ isrAskedMs }) => isrAskedMs);
  const backs = perMode(figures, 'follower-crash', (run) => run.writes?.backMs ?? null);
  return {
    id: 'follower-crash-stops-writes',
    text: `The crash of a follower stops acks=all writes at once and for the rest of the outage: the high watermark waits for the whole ISR. The leader wants the follower out after ${spreadText(asked)} and is not heard. Writes are back, after the members of the quorum are, ${backs.text}.`,
    holds: runs.length > 0 && asked !== null && backs.isComplete && stoppedByAct(runs, writesOf),
    evidence: { askedMs: asked, ...backs.evidence },
  };
}

function readsGoOn(figures: readonly SettingRuns[], modes: readonly Mode[]): Claim {
  const runs = modes.flatMap((mode) => runsOf(figures, mode, 'follower-crash'));
  const gap = Math.max(...runs.map(({ readGapMs }) => readGapMs));
  return {
    id: 'committed-reads-go-on',
    text: `What is committed is read on meanwhile where leaders ask the controller for another ISR (${modes.map(nameOfMode).join(', ')}): no two reads were further apart than ${durationText(gap)}.`,
    holds: runs.length > 0 && gap < PAUSE_MS,
    evidence: { readGapMs: gap, runs: runs.length },
  };
}

function readsWaitForWrite(figures: readonly SettingRuns[], modes: readonly Mode[]): Claim {
  const runs = modes.flatMap((mode) => runsOf(figures, mode, 'follower-crash'));
  const last = spreadOf(runs, ({ reads }) => reads?.lastMs ?? null);
  const back = spreadOf(runs, ({ reads }) => reads?.backMs ?? null);
  return {
    id: 'reads-wait-for-the-isr-write',
    text: `Where a leader writes the ISR to ZooKeeper itself (${modes.map(nameOfMode).join(', ')}), reads of the partition stop, too, once it tries: the last is served ${spreadText(last)} after the crash of the follower, since the partition is locked until ZooKeeper answers; they are back ${spreadText(back)} after the ensemble is.`,
    holds:
      runs.length > 0 &&
      runs.every(
        ({ reads, isrAskedMs }) =>
          reads !== null &&
          isrAskedMs !== null &&
          Math.abs(reads.lastMs - isrAskedMs) < PAUSE_MS &&
          reads.backMs !== null &&
          reads.backMs > 0,
      ),
    evidence: { lastMs: last, backMs: back },
  };
}

/** Where seeds of both kinds came up: on ZooKeeper, where the controller is a broker. */
function controllerInTheWay(figures: readonly SettingRuns[], modes: readonly Mode[]): Claim[] {
  const runs = modes
    .filter(({ metadata }) => metadata === 'zookeeper')
    .flatMap((mode) => runsOf(figures, mode, 'follower-crash'));
  const hit = runs.filter(({ hitController }) => hitController);
  const missed = runs.filter(({ hitController }) => !hitController);
  if (hit.length === 0 || missed.length === 0) return [];
  const back: Figure = ({ writes }) => writes?.backMs ?? null;
  const [slow, fast] = [spreadOf(hit, back), spreadOf(missed, back)];
  return [
    {
      id: 'controller-crash-takes-a-session',
      text: `Leaders that ask a controller on ZooKeeper for the smaller ISR need one that lives: where the follower that crashed was the controller (${String(hit.length)} of ${String(runs.length)} runs), its session has to end first, and writes are back ${spreadText(slow)} after the ensemble is, else ${spreadText(fast)}.`,
      holds: slow !== null && fast !== null && fast.high < slow.low,
      evidence: { controllerMs: slow, otherMs: fast },
    },
  ];
}

function leaderStopsAll(figures: readonly SettingRuns[]): Claim {
  const runs = lostRuns(figures, ['leader-crash']);
  const elected = perMode(figures, 'leader-crash', ({ electedMs }) => electedMs);
  const backs = perMode(figures, 'leader-crash', (run) => run.writes?.backMs ?? null);
  return {
    id: 'leader-crash-stops-all',
    text: `The crash of a leader stops writes and reads of its partitions at once and for the rest of the outage. Sessions begin anew with the quorum, so that the next leader is elected only ${elected.text} after its members run again, and writes are back ${backs.text}.`,
    holds:
      runs.length > 0 &&
      elected.isComplete &&
      backs.isComplete &&
      stoppedByAct(runs, writesOf) &&
      stoppedByAct(runs, readsOf),
    evidence: { electedMs: elected.evidence, ...backs.evidence },
  };
}

function patienceEnds(figures: readonly SettingRuns[]): Claim {
  const stopped = lostRuns(figures, ['follower-crash', 'leader-crash']);
  const first = spreadOf(stopped, ({ firstFailureMs }) => firstFailureMs);
  const untouched = sum(lostRuns(figures, ['nothing', 'reassignment']), (run) => run.failedSends);
  return {
    id: 'delivery-timeout-decides',
    text: `Applications hear of it late: the first send fails ${spreadText(first)} after the crash, when delivery.timeout.ms is over; until then producers try again. Where nothing stops, ${String(untouched)} sends fail.`,
    holds: first !== null && first.low >= DELIVERY_TIMEOUT_MS - PAUSE_MS && untouched === 0,
    evidence: { firstMs: first, failedWhereNothingStops: untouched },
  };
}

function restartWaits(figures: readonly SettingRuns[]): Claim {
  const serves = perMode(figures, 'broker-restart', ({ servesMs }) => servesMs);
  return {
    id: 'no-broker-joins',
    text: `A broker that starts meanwhile serves nobody: it cannot register. It serves ${serves.text} after the members of the quorum run again.`,
    holds: serves.isComplete,
    evidence: serves.evidence,
  };
}

function operatorWaits(figures: readonly SettingRuns[]): Claim {
  const done = perMode(figures, 'reassignment', ({ reassignedMs }) => reassignedMs);
  return {
    id: 'operator-waits',
    text: `What the operator asks for waits: a reassignment is decided ${done.text} after the members of the quorum run again.`,
    holds: done.isComplete,
    evidence: done.evidence,
  };
}

/** Where it was tried: in KRaft mode. */
function newProducers(figures: readonly SettingRuns[]): Claim[] {
  const runs = lostRuns(figures, ['new-producer']);
  if (runs.length === 0) return [];
  const early = runs.filter(({ lateAckMs }) => lateAckMs !== null && lateAckMs < OUTAGE_LEFT_MS);
  const late = runs.filter(({ lateAckMs }) => lateAckMs !== null && lateAckMs >= OUTAGE_LEFT_MS);
  const back = spreadOf(late, ({ lateAckMs }) => lateAckMs! - OUTAGE_LEFT_MS);
  const waiting =
    late.length === 0
      ? ''
      : ` The other ${String(late.length)} were served ${spreadText(back)} after the members of the quorum ran again.`;
  return [
    {
      id: 'new-producers-need-a-block',
      text: `In KRaft mode a new idempotent producer needs an id, and the broker that it asks may have to ask the controller for a block of them: ${String(early.length)} of ${String(runs.length)} were served during the outage.${waiting}`,
      holds: late.length > 0 && early.length + late.length === runs.length,
      evidence: { servedDuringOutage: early.length, servedLater: late.length, backMs: back },
    },
  ];
}

function nothingLost(figures: readonly SettingRuns[]): Claim {
  const runs = figures.flatMap((each) => each.runs);
  const lost = sum(runs, ({ ackedLost }) => ackedLost);
  return {
    id: 'nothing-is-lost',
    text: `Availability is all that it costs: ${String(lost)} acknowledged records were lost in ${String(runs.length)} runs.`,
    holds: runs.length > 0 && lost === 0,
    evidence: { ackedLost: lost },
  };
}

type Mode = Pick<Setting, 'kafka' | 'metadata'>;

/** The service stopped with the act in each run, and came back only after the members of the quorum. */
function stoppedByAct(runs: readonly QuorumTimes[], service: Service): boolean {
  return runs.every((run) => {
    const { lastMs, backMs } = service(run) ?? { lastMs: null, backMs: null };
    return lastMs !== null && Math.abs(lastMs) < AT_ONCE_MS && backMs !== null && backMs > 0;
  });
}

interface PerMode {
  /** `1.20 s (1.10 s to 1.50 s) with Kafka 4.1 in KRaft mode, ...`. */
  readonly text: string;
  /** Every run of every mode came to it, and not before the members of the quorum were back. */
  readonly isComplete: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
}

function perMode(figures: readonly SettingRuns[], act: Act, figure: Figure): PerMode {
  const spreads = modesOf(figures).map((mode) => ({
    mode: nameOfMode(mode),
    spread: spreadOf(runsOf(figures, mode, act), figure),
  }));
  return {
    text: spreads.map(({ mode, spread }) => `${spreadText(spread)} with ${mode}`).join(', '),
    isComplete: spreads.every(({ spread }) => spread !== null && spread.low > 0),
    evidence: Object.fromEntries(spreads.map(({ mode, spread }) => [mode, spread])),
  };
}

function isOf(setting: Setting, { kafka, metadata }: Mode): boolean {
  return setting.kafka === kafka && setting.metadata === metadata;
}

function sum(runs: readonly QuorumTimes[], count: (run: QuorumTimes) => number): number {
  return runs.reduce((total, run) => total + count(run), 0);
}
