/**
 * What befalls an active controller, as short sequences of faults around one moment. None of them loses a disk or a page
 * cache, so that no decision and no record may be lost at all.
 *
 * - `strike`: it is killed, paused, isolated from all or from one side, or its session ends, while leaders change;
 * - `zombie`: it is cut off past its session while the session of a dead broker ends, so that it comes back with a decision
 *   at hand that its successor has made long since (KAFKA-3083, KAFKA-6082);
 * - `lateOrders`: what it tells brokers, or what they fetch from it, is on its way while another takes over, and arrives
 *   after what the successor tells.
 */
import type { RandomStream } from '../sim/index.js';
import type { FaultInput } from './language/fault-parts.js';

/** What a blow is drawn for. */
export interface BlowStage {
  readonly stream: RandomStream;
  readonly onZooKeeper: boolean;
  /** When it begins. */
  readonly atMs: number;
  /** `topic-0`: one of the partitions. */
  readonly partition: string;
  readonly brokers: number;
  /** A silent broker is taken for dead after this time. */
  readonly sessionMs: number;
  /** A silent controller has a successor after this time, elections apart. */
  readonly leaseMs: number;
}

/** The faults of a blow, and when the last of them is over. */
export interface Blow {
  readonly faults: readonly FaultInput[];
  readonly endMs: number;
}

/** Longest session and quorum fetch timeout that are drawn, with something on top: a blow of this length outlasts both. */
const PAST_SESSION_MS = 12_000;

/** What befalls the active controller in a `strike`. */
const HOW = [
  'crash',
  'pause',
  'alone',
  'without-brokers',
  'without-quorum',
  'deaf',
  'expire-session',
] as const;

/** One blow; which one is drawn. */
export function drawBlow(stage: BlowStage): Blow {
  return stage.stream.pick([strike, strike, zombie, zombie, lateOrders])(stage);
}

function strike(stage: BlowStage): Blow {
  const { stream, atMs } = stage;
  const forMs = stream.between(500, PAST_SESSION_MS);
  return {
    faults: [...decisionsUnderWay(stage), ...strikeFaults(stage, forMs)],
    endMs: atMs + forMs,
  };
}

/** Shortly before or after a strike something makes the controller decide. */
function decisionsUnderWay({ stream, atMs, partition }: BlowStage): FaultInput[] {
  const at = ms(atMs + stream.between(-3000, 3000));
  const lasts = ms(stream.between(500, 8000));
  const others = electedAt(atMs + stream.between(0, 4000));
  if (stream.chance(0.5)) return [{ at, crash: `leader of ${partition}`, for: lasts }, others];
  return [{ at, pause: `follower of ${partition}`, for: lasts }, others];
}

function strikeFaults(stage: BlowStage, forMs: number): FaultInput[] {
  const { stream, atMs, onZooKeeper } = stage;
  const lasts = { at: ms(atMs), for: ms(forMs) };
  const quorum = quorumOf(stage);
  switch (stream.pick(HOW)) {
    case 'pause':
      return [{ ...lasts, pause: 'controller' }];
    case 'alone':
      return cut(lasts, ['all brokers', quorum]);
    case 'without-brokers':
      return cut(lasts, ['all brokers']);
    case 'without-quorum':
      return cut(lasts, [quorum]);
    case 'deaf':
      return [{ ...lasts, block: { from: quorum, to: 'controller' } }];
    case 'expire-session':
      if (onZooKeeper) return [{ at: lasts.at, 'expire-session': 'controller' }];
      return [{ ...lasts, crash: 'controller' }];
    default:
      return [{ ...lasts, crash: 'controller' }];
  }
}

function zombie(stage: BlowStage): Blow {
  const { stream, atMs, sessionMs, leaseMs } = stage;
  // The dead broker's session ends while the controller is cut off, and before it has a successor.
  const cutMs = atMs + sessionMs - stream.between(0, Math.min(sessionMs, leaseMs));
  const endMs = Math.max(cutMs + 1000, cutMs + leaseMs + stream.between(-1000, 8000));
  const lasts = { at: ms(cutMs), for: ms(endMs - cutMs) };
  const victim = `broker ${stream.between(1, stage.brokers)}`;
  const quorum = quorumOf(stage);
  const how: readonly FaultInput[] = stream.pick([
    [{ ...lasts, pause: 'controller' }],
    [{ ...lasts, block: { from: 'controller', to: quorum } }],
    cut(lasts, [quorum]),
  ]);
  const downMs = sessionMs + stream.between(0, 12_000);
  return {
    faults: [{ at: ms(atMs), crash: victim, for: ms(downMs) }, ...how],
    endMs: Math.max(endMs, atMs + downMs),
  };
}

function lateOrders(stage: BlowStage): Blow {
  const { stream, atMs, leaseMs, partition, onZooKeeper } = stage;
  const lostMs = atMs + stream.between(200, 3000);
  const endMs = lostMs + leaseMs + stream.between(500, 5000);
  const held = onZooKeeper
    ? { rpc: stream.pick(['LeaderAndIsr', 'UpdateMetadata', 'StopReplica'] as const) }
    : { rpc: 'Fetch' as const, response: true };
  const to = stream.chance(0.5) ? 'all brokers' : `broker ${stream.between(1, stage.brokers)}`;
  const lost: FaultInput = onZooKeeper
    ? { at: ms(lostMs), 'expire-session': 'controller' }
    : {
        at: ms(lostMs),
        block: { from: 'controller', to: quorumOf(stage) },
        for: ms(endMs - lostMs),
      };
  const crashMs = atMs + stream.between(50, lostMs - atMs);
  return {
    faults: [
      { at: ms(atMs), hold: { ...held, from: 'controller', to }, for: ms(endMs - atMs) },
      stream.chance(0.5)
        ? electedAt(crashMs)
        : { at: ms(crashMs), stop: `follower of ${partition}`, for: ms(stream.between(500, 8000)) },
      lost,
    ],
    endMs,
  };
}

/** Neither hears the other. */
function cut(
  lasts: { readonly at: string; readonly for: string },
  others: readonly string[],
): FaultInput[] {
  return [
    { ...lasts, block: { from: 'controller', to: [...others] } },
    { ...lasts, block: { from: [...others], to: 'controller' } },
  ];
}

function electedAt(atMs: number): FaultInput {
  return { at: ms(atMs), 'elect-leaders': 'preferred' };
}

/** Who gives the active controller its right to be it. */
function quorumOf({ onZooKeeper }: BlowStage): string {
  return onZooKeeper ? 'all zookeepers' : 'all controllers';
}

function ms(time: number): string {
  return `${time}ms`;
}
