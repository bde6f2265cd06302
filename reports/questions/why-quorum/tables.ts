/** What stops, until when, for each mode; what the same costs with a quorum; what producers are told. */
import type { AnswerTable } from '../lab.js';
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
  type Service,
  type SettingRuns,
} from './figures.js';
import type { Stoppage } from './service.js';

type Mode = Pick<Setting, 'kafka' | 'metadata'>;

const NONE = 'nothing to wait for';

/** The tables of the answer, as text. */
export function answerTables(figures: readonly SettingRuns[]): AnswerTable[] {
  const modes = modesOf(figures);
  return [
    ...modes.map((mode) => tableOfMode(figures, mode)),
    comparison(figures, modes),
    whatProducersHear(figures, modes),
  ];
}

function tableOfMode(figures: readonly SettingRuns[], mode: Mode): AnswerTable {
  const runs = (act: Act): readonly QuorumTimes[] => runsOf(figures, mode, act);
  const newcomers = runs('new-producer');
  return {
    title: `${nameOfMode(mode)}: what stops without a quorum (median; smallest to largest)`,
    head: [
      'what happens',
      'what is asked for',
      'during the outage',
      'last served, after that',
      'back, after the quorum’s members are',
    ],
    rows: [
      serviceRow('nothing else', 'acks=all writes', runs('nothing'), writesOf),
      serviceRow('nothing else', 'reads', runs('nothing'), readsOf),
      serviceRow('a follower crashes', 'acks=all writes', runs('follower-crash'), writesOf),
      serviceRow('a follower crashes', 'reads', runs('follower-crash'), readsOf),
      isrRow(runs('follower-crash')),
      serviceRow('the leader crashes', 'acks=all writes', runs('leader-crash'), writesOf),
      serviceRow('the leader crashes', 'reads', runs('leader-crash'), readsOf),
      waitRow(
        'the leader crashes',
        'another leader',
        runs('leader-crash'),
        ({ electedMs }) => electedMs,
      ),
      waitRow(
        'a broker starts',
        'to serve clients',
        runs('broker-restart'),
        ({ servesMs }) => servesMs,
      ),
      ...(newcomers.length > 0 ? [newcomerRow(newcomers)] : []),
      waitRow(
        'the operator reassigns',
        'the new assignment',
        runs('reassignment'),
        ({ reassignedMs }) => reassignedMs,
      ),
    ],
  };
}

function serviceRow(
  act: string,
  what: string,
  runs: readonly QuorumTimes[],
  service: Service,
): string[] {
  const stopped = runs.filter((run) => service(run) !== null);
  if (stopped.length === 0) {
    const gap = Math.max(
      ...runs.map((run) => (service === writesOf ? run.ackGapMs : run.readGapMs)),
    );
    return [act, what, `goes on; longest pause ${durationText(gap)}`, 'all the time', NONE];
  }
  const last = spreadOf(stopped, (run) => service(run)!.lastMs);
  const returned = stopped.filter((run) => service(run)!.backMs !== null);
  const back = spreadOf(returned, (run) => service(run)!.backMs);
  const missing = stopped.length - returned.length;
  const backText = returned.length === 0 ? 'not within the run' : spreadText(back);
  return [
    act,
    what,
    stopped.length === runs.length ? 'stops' : `stops in ${share(stopped.length, runs.length)}`,
    spreadText(last),
    missing > 0 && returned.length > 0
      ? `${backText}; not in ${share(missing, stopped.length)}`
      : backText,
  ];
}

function isrRow(runs: readonly QuorumTimes[]): string[] {
  const asked = spreadOf(runs, ({ isrAskedMs }) => isrAskedMs);
  const changed = spreadOf(runs, ({ isrChangedMs }) => isrChangedMs);
  return [
    'a follower crashes',
    'an ISR without it',
    `wanted after ${spreadText(asked)}, not had`,
    'not at all',
    spreadText(changed),
  ];
}

function waitRow(
  act: string,
  what: string,
  runs: readonly QuorumTimes[],
  figure: (run: QuorumTimes) => number | null,
): string[] {
  const back = spreadOf(runs, figure);
  const during = runs.filter((run) => (figure(run) ?? 0) < 0).length;
  return [
    act,
    what,
    during === 0 ? 'waits' : `waits in ${share(runs.length - during, runs.length)}`,
    'not at all',
    spreadText(back),
  ];
}

function newcomerRow(runs: readonly QuorumTimes[]): string[] {
  const late = runs.filter(({ lateAckMs }) => (lateAckMs ?? OUTAGE_LEFT_MS) >= OUTAGE_LEFT_MS);
  const back = spreadOf(late, ({ lateAckMs }) =>
    lateAckMs === null ? null : lateAckMs - OUTAGE_LEFT_MS,
  );
  return [
    'a new idempotent producer',
    'its first write',
    `waits in ${share(late.length, runs.length)}`,
    'not at all',
    late.length === 0 ? NONE : spreadText(back),
  ];
}

/** How long the service of each crash is gone, with a quorum and without. */
function comparison(figures: readonly SettingRuns[], modes: readonly Mode[]): AnswerTable {
  const cell = (mode: Mode, act: Act, quorum: Setting['quorum'], service: Service): string => {
    const runs = runsOf(figures, mode, act, quorum);
    if (runs.every((run) => service(run) === null)) return 'not gone';
    return spreadText(spreadOf(runs, (run) => lengthMs(service(run))));
  };
  const acts = [
    { act: 'follower-crash', name: 'a follower crashes' },
    { act: 'leader-crash', name: 'the leader crashes' },
  ] as const;
  return {
    title: 'How long acks=all writes and reads are gone, with a quorum and without one',
    head: [
      'cluster',
      'what happens',
      'writes, with a quorum',
      'writes, without',
      'reads, with a quorum',
      'reads, without',
    ],
    rows: modes.flatMap((mode) =>
      acts.map(({ act, name }) => [
        nameOfMode(mode),
        name,
        cell(mode, act, 'kept', writesOf),
        cell(mode, act, 'lost', writesOf),
        cell(mode, act, 'kept', readsOf),
        cell(mode, act, 'lost', readsOf),
      ]),
    ),
  };
}

/** From the last that was served to the next; null where there was no next one. */
function lengthMs(stoppage: Stoppage | null): number | null {
  if (stoppage === null) return 0;
  const { lastMs, backMs } = stoppage;
  return backMs === null ? null : OUTAGE_LEFT_MS + backMs - lastMs;
}

function whatProducersHear(figures: readonly SettingRuns[], modes: readonly Mode[]): AnswerTable {
  const acts = [
    { act: 'follower-crash', name: 'a follower crashes' },
    { act: 'leader-crash', name: 'the leader crashes' },
  ] as const;
  return {
    title: 'What producers hear while writes are gone',
    head: [
      'cluster',
      'what happens',
      'answers with an error, all runs',
      'first send given up, after that',
      'sends given up in a run',
    ],
    rows: modes.flatMap((mode) =>
      acts.map(({ act, name }) => {
        const runs = runsOf(figures, mode, act);
        const failed = runs.map(({ failedSends }) => failedSends);
        const first = spreadOf(runs, ({ firstFailureMs }) => firstFailureMs);
        return [
          nameOfMode(mode),
          name,
          refusalsText(runs),
          spreadText(first),
          rangeText(Math.min(...failed), Math.max(...failed)),
        ];
      }),
    ),
  };
}

function refusalsText(runs: readonly QuorumTimes[]): string {
  const counts = new Map<string, number>();
  for (const { refusals } of runs) {
    for (const [error, count] of Object.entries(refusals))
      counts.set(error, (counts.get(error) ?? 0) + count);
  }
  const names = [...counts.keys()].sort();
  return names.length === 0
    ? 'none'
    : names.map((name) => `${String(counts.get(name))} ${name}`).join(', ');
}

function rangeText(low: number, high: number): string {
  return low === high ? String(low) : `${String(low)} to ${String(high)}`;
}

function share(count: number, of: number): string {
  return `${String(count)} of ${String(of)} runs`;
}
