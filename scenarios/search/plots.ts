/**
 * Plots: short sequences of faults that hang together. Replicated systems break where something happens *while* somebody
 * looks away, and single faults at random rarely meet in that way. Each plot is a hazard of any system with leaders,
 * leases and logs; who is hit, with which verb, which messages are kept back and for how long is drawn.
 *
 * - `late message`: a message waits on its way while the one whom it is about dies and comes back (Lamport's clocks, and
 *   every fencing token since, are against it);
 * - `missed bounce`: who watches a host is slow while that host dies and comes back;
 * - `zombie`: a host loses its lease unnoticed, and comes back with what it was at (Gray and Cheriton's leases);
 * - `there and back`: leadership moves while the old leader, or a follower, is deaf, and back;
 * - `late join`: leadership moves while a replica catches up and the others exchange nothing;
 * - `last one standing`: one replica after the other goes, and the last one before the others are back.
 */
import type { RandomStream } from '../../sim/index.js';
import type { FaultInput } from '../language/fault-parts.js';
import type { When } from './draw-fault.js';

/** What a plot is drawn for. */
export interface Stage {
  readonly stream: RandomStream;
  readonly onZooKeeper: boolean;
  /** When it begins. */
  readonly startMs: number;
  readonly partition: string;
  /** The partition's replicas; the preferred leader is the first. */
  readonly cast: readonly number[];
  /** After this long a silent broker is taken for dead. */
  readonly sessionMs: number;
}

/** The faults of a plot. */
export type Plot = (stage: Stage) => FaultInput[];
type HoldInput = NonNullable<FaultInput['hold']>;

/** All plots; the one that is played is drawn. */
export const PLOTS: readonly Plot[] = [
  lateMessage,
  missedBounce,
  zombie,
  thereAndBack,
  lateJoin,
  lastStanding,
];

function lateMessage(stage: Stage): FaultInput[] {
  const { stream, cast, startMs, sessionMs } = stage;
  const victim = `broker ${stream.pick(cast)}`;
  const firstDownMs = stream.between(500, sessionMs + 2000);
  const holdMs = startMs + firstDownMs + stream.between(-500, 2000);
  const bounceMs = holdMs + stream.between(1000, 6000);
  const downMs = stream.between(500, sessionMs + 2000);
  // It is back, and has a new session, before the message goes on.
  const endMs = bounceMs + Math.max(downMs, sessionMs) + stream.between(500, 8000);
  return [
    bounce(stage, victim, startMs, firstDownMs),
    { at: ms(holdMs), hold: aboutControl(stage), for: ms(endMs - holdMs) },
    stream.chance(0.5)
      ? { at: ms(bounceMs), 'power-loss': victim, for: ms(downMs) }
      : bounce(stage, victim, bounceMs, downMs),
    ...(stream.chance(0.9)
      ? [silence(stage, victim, bounceMs, endMs + stream.between(500, 5000))]
      : []),
    ...ending(stage, endMs + stream.between(0, 2000)),
  ];
}

function missedBounce(stage: Stage): FaultInput[] {
  const { stream, cast, startMs, sessionMs } = stage;
  const victim = `broker ${stream.pick(cast)}`;
  // It is back soon after it was taken for dead, or before.
  const downMs = Math.max(300, sessionMs + stream.between(-1500, 1000));
  const delayMs = stream.pick([500, 1000, 2000, 3000]);
  const bounceMs = startMs + 2 * delayMs;
  const endMs = bounceMs + downMs + stream.between(1000, 8000);
  const lasts = { at: ms(startMs), for: ms(endMs - startMs) };
  return [
    stream.chance(0.8)
      ? {
          ...lasts,
          'slow-link': { from: 'controller', to: coordinators(stage), delay: ms(delayMs) },
        }
      : { ...lasts, pause: 'controller' },
    bounce(stage, victim, bounceMs, downMs),
    ...(stream.chance(0.5) ? ending(stage, endMs + stream.between(0, 6000)) : []),
  ];
}

function zombie(stage: Stage): FaultInput[] {
  const { stream, cast, startMs, sessionMs } = stage;
  const who = stream.pick(['controller', 'controller', `leader of ${stage.partition}`]);
  const cutMs = startMs + stream.between(0, sessionMs);
  const endMs = cutMs + sessionMs + stream.between(-1000, 6000);
  const lasts = { at: ms(cutMs), for: ms(Math.max(1000, endMs - cutMs)) };
  return [
    bounce(
      stage,
      `broker ${stream.pick(cast)}`,
      startMs,
      sessionMs + stream.between(-2000, 12_000),
    ),
    stream.chance(0.3)
      ? { ...lasts, pause: who }
      : { ...lasts, block: { from: who, to: coordinators(stage) } },
    ...(stream.chance(0.5) ? ending(stage, endMs + stream.between(0, 6000)) : []),
  ];
}

function thereAndBack(stage: Stage): FaultInput[] {
  const { stream, cast, startMs, partition } = stage;
  const preferred = `broker ${cast[0]!}`;
  const leader = `leader of ${partition}`;
  const deaf = stream.chance(0.6) ? leader : `broker ${stream.pick(cast)}`;
  const downMs = stream.between(500, 4000);
  // Who was bounced is back by then, and gets the leadership back.
  const holdMs = startMs + downMs + stream.between(3000, 8000);
  const electMs = holdMs + stream.between(50, 1500);
  const crashMs = electMs + stream.between(200, 5000);
  const endMs = crashMs + stream.between(0, 9000);
  return [
    swap(stage, preferred, startMs, downMs),
    { at: ms(holdMs), hold: newsTo(stage, deaf), for: ms(endMs - holdMs) },
    ...(stream.chance(0.7) ? [silence(stage, preferred, holdMs, electMs + 200, leader)] : []),
    { at: ms(electMs), 'elect-leaders': 'preferred' },
    bounce(stage, preferred, crashMs, stream.between(3000, 12_000)),
  ];
}

function lateJoin(stage: Stage): FaultInput[] {
  const { stream, cast, startMs, partition } = stage;
  const preferred = `broker ${cast[0]!}`;
  const leader = `leader of ${partition}`;
  const last = `broker ${cast[cast.length - 1]!}`;
  const downMs = stream.between(500, 4000);
  const awayMs = startMs + downMs + stream.between(3000, 7000);
  const electMs = awayMs + stream.between(500, 4000);
  const endMs = electMs + stream.between(500, 6000);
  const lastsMs = stream.between(500, 5000);
  // Who lags has just been given up, or has been away for a while.
  const then: When = stream.chance(0.7)
    ? { when: `isr-shrunk of ${partition}`, nth: stream.pick([1, 2, 2, 2, 2, 3]) }
    : { at: ms(electMs) };
  const lasts = { for: ms(lastsMs) };
  return [
    swap(stage, preferred, startMs, downMs),
    ...(stream.chance(0.2) ? [swap(stage, last, awayMs, stream.between(300, 1500))] : []),
    { at: ms(awayMs), hold: { rpc: 'Fetch', from: last, to: leader }, for: ms(endMs - awayMs) },
    ...(stream.chance(0.8) ? [{ ...then, hold: answers(preferred, leader), ...lasts }] : []),
    { ...then, hold: { rpc: 'Fetch', from: leader, to: preferred }, ...lasts },
    { ...then, 'elect-leaders': 'preferred' },
    ...ending(stage, electMs + stream.between(100, 3000)),
  ];
}

function lastStanding(stage: Stage): FaultInput[] {
  const { stream, cast, startMs, sessionMs } = stage;
  const order = stream.shuffled(cast);
  const faults: FaultInput[] = [];
  let atMs = startMs;
  for (const id of order.slice(1)) {
    const downMs = sessionMs + stream.between(4000, 14_000);
    faults.push(bounce(stage, `broker ${id}`, atMs, downMs));
    atMs += stream.between(200, 4000);
  }
  const lastMs = atMs + stream.between(0, sessionMs + 3000);
  return [...faults, bounce(stage, `broker ${order[0]!}`, lastMs, stream.between(300, 6000))];
}

/** Dies and comes back: as a process, as a machine, or in order. */
function bounce({ stream }: Stage, target: string, atMs: number, downMs: number): FaultInput {
  const verb = stream.pick(['crash', 'stop', 'power-loss'] as const);
  return { at: ms(atMs), [verb]: target, for: ms(Math.max(300, downMs)) };
}

/** Moves the leadership away from a broker, mostly in order. */
function swap(stage: Stage, target: string, atMs: number, downMs: number): FaultInput {
  return stage.stream.chance(0.3)
    ? bounce(stage, target, atMs, downMs)
    : { at: ms(atMs), stop: target, for: ms(downMs) };
}

/** Often whoever leads at the end dies: what it had covered up shows. */
function ending(stage: Stage, atMs: number): FaultInput[] {
  if (stage.stream.chance(0.4)) return [];
  return [bounce(stage, `leader of ${stage.partition}`, atMs, stage.stream.between(2000, 9000))];
}

/** A replica is not heard when it fetches, or does not hear. */
function silence(
  { stream }: Stage,
  from: string,
  atMs: number,
  endMs: number,
  to = 'all brokers',
): FaultInput {
  const hold: HoldInput = stream.chance(0.3) ? answers(from, to) : { rpc: 'Fetch', from, to };
  return { at: ms(atMs), hold, for: ms(endMs - atMs) };
}

/** Answers to what a replica fetches. */
function answers(from: string, to: string): HoldInput {
  return { rpc: 'Fetch', from: to, to: from, response: true };
}

/** Messages between leaders and whoever decides about leaders. */
function aboutControl({ stream, onZooKeeper, partition }: Stage): HoldInput {
  const leader = `leader of ${partition}`;
  const decider = onZooKeeper ? 'controller' : 'all controllers';
  const holds: HoldInput[] = [
    { rpc: 'AlterPartition', from: leader, to: decider },
    onZooKeeper
      ? { rpc: 'LeaderAndIsr', from: decider, to: 'all brokers' }
      : { rpc: 'BrokerHeartbeat', from: 'all brokers', to: decider },
  ];
  return stream.pick(holds);
}

/** What tells a broker who leads. */
function newsTo({ onZooKeeper }: Stage, target: string): HoldInput {
  return onZooKeeper
    ? { rpc: 'LeaderAndIsr', from: 'controller', to: target }
    : { rpc: 'Fetch', from: 'all controllers', to: target, response: true };
}

/** Who keeps leases and elects: the ensemble, or the quorum. */
function coordinators({ onZooKeeper }: Stage): string {
  return onZooKeeper ? 'all zookeepers' : 'all controllers';
}

function ms(time: number): string {
  return `${time}ms`;
}
