/** Draws single faults, written as a scenario writes them: aimed at roles or at hosts, at a time or at a mark. */
import type { RandomStream } from '../../sim/index.js';
import type { FaultInput } from '../language/fault-parts.js';
import type { Plan } from '../language/plan.js';

/** Who can be hit. */
export interface Arena {
  readonly brokers: readonly number[];
  /** Dedicated controllers, or servers of the ensemble, as targets: `controller 2`, `zookeeper 1`. */
  readonly controllers: readonly string[];
  /** The cluster is on ZooKeeper. */
  readonly onZooKeeper: boolean;
  /** `orders-0`. */
  readonly partitions: readonly string[];
}

/** Kinds of faults that a search aims by itself; random faults of the scenario draw from more. */
export const AIMED_KINDS = [
  'crash',
  'power-loss',
  'stop',
  'pause',
  'partition',
  'block',
  'slow-link',
  'reset-connections',
  'slow-disk',
  'clock-jump',
  'elect-leaders',
  'hold',
  'expire-session',
] as const;

export type AimedKind = (typeof AIMED_KINDS)[number];

/** Kinds that may cost a copy or make a restart unclean: what the budget of the promises counts. */
export const COSTLY_KINDS: readonly AimedKind[] = ['crash', 'power-loss', 'stop'];

const MARKS = [
  'leader-elected',
  'isr-shrunk',
  'isr-expanded',
  'follower-truncated',
  'high-watermark-advanced',
  'produce-acknowledged',
] as const;

const NODE_MARKS = ['broker-fenced', 'broker-unfenced', 'broker-registered', 'controller-elected'];

const HELD_RPCS = [
  'Fetch',
  'AlterPartition',
  'BrokerHeartbeat',
  'Vote',
  'Produce',
  'Metadata',
] as const;

/** Heartbeats and votes go to ZooKeeper there; the controller tells brokers by RPCs that KRaft does not have. */
const HELD_RPCS_ON_ZOOKEEPER = [
  'LeaderAndIsr',
  'UpdateMetadata',
  'StopReplica',
  'Fetch',
  'Produce',
  'Metadata',
  'OffsetForLeaderEpoch',
  'AlterPartition',
] as const;

export function arenaOf(plan: Plan): Arena {
  const brokers = plan.brokers.map(({ id }) => id);
  const controllers = [
    ...plan.controllers.flatMap(({ voterIndex, combined }) =>
      combined ? [] : [`controller ${voterIndex + 1}`],
    ),
    ...plan.zookeepers.map(({ id }) => `zookeeper ${id}`),
  ];
  const partitions = plan.topics.flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, number) => `${name}-${number}`),
  );
  const onZooKeeper = plan.metadata === 'zookeeper';
  return { brokers, controllers, onZooKeeper, partitions };
}

/** Kinds that the cluster has, and is large enough for. */
export function possibleKinds(arena: Arena): readonly AimedKind[] {
  const { brokers, controllers, onZooKeeper, partitions } = arena;
  return AIMED_KINDS.filter((kind) => {
    if (kind === 'expire-session') return onZooKeeper;
    if (kind === 'partition') return brokers.length + controllers.length > 1;
    return kind !== 'elect-leaders' || partitions.length > 0;
  });
}

/** When a fault strikes: `{ at }` or `{ when, nth }`. */
export type When = Pick<FaultInput, 'at' | 'when' | 'nth'>;

/** A mark to wait for: of a partition, or of any node. */
export function drawMark(stream: RandomStream, arena: Arena): When {
  const nth = stream.between(1, 4);
  if (arena.partitions.length === 0 || stream.chance(0.3)) {
    return { when: stream.pick(NODE_MARKS), nth: nth + 1 };
  }
  const mark = stream.pick(MARKS);
  const busy = mark === 'high-watermark-advanced' || mark === 'produce-acknowledged';
  return {
    when: `${mark} of ${stream.pick(arena.partitions)}`,
    nth: busy ? nth * stream.between(1, 40) : nth,
  };
}

/** A fault of a kind; it lasts up to `mostMs`. */
export function drawAimed(
  stream: RandomStream,
  arena: Arena,
  kind: AimedKind,
  when: When,
  mostMs: number,
): FaultInput {
  const lasts = { for: `${stream.between(Math.max(1, Math.floor(mostMs / 20)), mostMs)}ms` };
  switch (kind) {
    case 'crash':
    case 'power-loss':
    case 'stop':
    case 'pause':
      return { ...when, [kind]: server(stream, arena), ...lasts };
    case 'partition':
      return { ...when, partition: drawGroups(stream, arena), ...lasts };
    case 'block':
      return {
        ...when,
        block: { from: server(stream, arena), to: server(stream, arena) },
        ...lasts,
      };
    case 'slow-link': {
      const delay = `${stream.pick([5, 50, 500, 2000])}ms`;
      return {
        ...when,
        'slow-link': { from: server(stream, arena), to: server(stream, arena), delay },
        ...lasts,
      };
    }
    case 'reset-connections':
      return { ...when, 'reset-connections': server(stream, arena) };
    case 'slow-disk':
      return {
        ...when,
        'slow-disk': { on: server(stream, arena), factor: stream.pick([5, 20, 100]) },
        ...lasts,
      };
    case 'clock-jump':
      return {
        ...when,
        'clock-jump': { on: server(stream, arena), by: `${stream.pick([-30, -5, 5, 30])}s` },
      };
    case 'elect-leaders':
      return { ...when, 'elect-leaders': 'preferred' };
    case 'hold':
      return {
        ...when,
        hold: {
          rpc: stream.pick(arena.onZooKeeper ? HELD_RPCS_ON_ZOOKEEPER : HELD_RPCS),
          from: server(stream, arena),
          to: server(stream, arena),
          response: stream.chance(0.5),
        },
        ...lasts,
      };
    case 'expire-session':
      return { ...when, 'expire-session': broker(stream, arena) };
  }
}

/** The controller's session as often as that of all others together: its end is a fail-over. */
function broker(stream: RandomStream, { brokers }: Arena): string {
  return stream.chance(0.5) ? 'controller' : `broker ${stream.pick(brokers)}`;
}

/** Leaders and followers more often than chance would have it: what happens there matters. */
function server(stream: RandomStream, { brokers, controllers, partitions }: Arena): string {
  const draw = stream.uniform();
  if (partitions.length > 0 && draw < 0.4) return `leader of ${stream.pick(partitions)}`;
  if (partitions.length > 0 && draw < 0.55) return `follower of ${stream.pick(partitions)}`;
  if (draw < 0.7) return 'controller';
  if (controllers.length > 0 && draw < 0.8) return stream.pick(controllers);
  return `broker ${stream.pick(brokers)}`;
}

/** One or a few hosts on one side, the rest on the other. */
function drawGroups(stream: RandomStream, { brokers, controllers }: Arena): string[][] {
  const hosts = stream.shuffled([...brokers.map((id) => `broker ${id}`), ...controllers]);
  const cut = stream.between(1, Math.max(1, hosts.length >> 1));
  // Hosts that no group names reach everyone: a partition may leave some out.
  const rest = hosts.slice(cut);
  return [hosts.slice(0, cut), rest.slice(0, stream.between(1, rest.length))];
}
