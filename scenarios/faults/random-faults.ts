/** Draws random faults, one at a time, from the stream `faults`. */
import type { NodeDefinition } from '../../model/index.js';
import type { RandomStream } from '../../sim/index.js';
import type { FaultAction, RandomFaultsPlan, RandomFaultVerb, Target } from '../language/plan.js';
import type { Field } from './field.js';

/** A fault with its duration. */
export interface DrawnFault {
  readonly action: FaultAction;
  readonly forUs: number;
  readonly text: string;
}

/** Time to the next fault. */
export function drawIntervalUs(stream: RandomStream, plan: RandomFaultsPlan): number {
  return stream.between(plan.every.fromUs, plan.every.toUs);
}

export function drawFault(field: Field, plan: RandomFaultsPlan): DrawnFault {
  const { stream } = field;
  const verb = drawVerb(stream, plan);
  const forUs = stream.between(plan.for.fromUs, plan.for.toUs);
  const action = drawAction(field, verb);
  return { action, forUs, text: `random ${describe(action)}` };
}

function drawVerb(stream: RandomStream, plan: RandomFaultsPlan): RandomFaultVerb {
  let total = 0;
  for (const { weight } of plan.kinds) total += weight;
  let left = stream.uniform() * total;
  for (const { verb, weight } of plan.kinds) {
    left -= weight;
    if (left < 0) return verb;
  }
  return plan.kinds.at(-1)!.verb;
}

function drawAction(field: Field, verb: RandomFaultVerb): FaultAction {
  const { stream } = field;
  switch (verb) {
    case 'partition': {
      const nodes = stream.shuffled(servers(field));
      const cut = stream.between(1, Math.max(1, nodes.length - 1));
      return { verb, groups: [nodes.slice(0, cut), nodes.slice(cut)] };
    }
    case 'block': {
      const [from, to] = stream.shuffled(servers(field));
      return { verb, from: [from!], to: [to ?? from!] };
    }
    case 'slow-link':
      return {
        verb,
        from: [server(field)],
        to: [],
        bothWays: true,
        delay: null,
        factor: stream.between(5, 200),
      };
    case 'lossy-link':
      return {
        verb,
        from: [server(field)],
        to: [],
        bothWays: true,
        loss: stream.between(1, 50) / 100,
      };
    case 'slow-disk':
      return { verb, targets: [server(field)], factor: stream.between(5, 100) };
    case 'clock-jump':
      return { verb, targets: [server(field)], jumpUs: stream.between(-60_000_000, 60_000_000) };
    case 'rack-outage':
    case 'rack-power-loss': {
      const racks = [...new Set(field.definition.nodes.map(({ rack }) => rack))].filter(
        (rack) => rack !== null,
      );
      const rack = stream.pick(racks);
      const targets = field.definition.nodes
        .filter((node) => node.rack === rack)
        .map((node) => asTarget(field, node));
      return { verb, rack, targets };
    }
    case 'rolling-restart':
      return {
        verb,
        targets: field.definition.brokers.map(({ id }) => ({ kind: 'broker', id })),
        how: stream.chance(0.5) ? 'stop' : 'crash',
        downUs: stream.between(500_000, 5_000_000),
        pauseUs: stream.between(5_000_000, 15_000_000),
      };
    case 'elect-leaders':
      return { verb, type: 'preferred', partitions: 'all' };
    case 'reassign':
      return drawReassignment(field);
    case 'stop':
    case 'expire-session':
    case 'fill-disk':
    case 'fail-disk':
    case 'lose-disk':
      return { verb, targets: [{ kind: 'broker', id: stream.pick(field.definition.brokers).id }] };
    default:
      return { verb, targets: [server(field)] };
  }
}

/** Some partition moves to as many brokers as it was made with. */
function drawReassignment(field: Field): FaultAction {
  const { topic, number } = field.stream.pick(field.definition.partitions);
  const brokers = field.stream.shuffled(field.definition.brokers.map(({ id }) => id));
  const to = brokers.slice(0, topic.replicationFactor);
  const throttleBytesPerSecond = null;
  return { verb: 'reassign', topic: topic.name, partition: number, to, throttleBytesPerSecond };
}

function server(field: Field): Target {
  return field.stream.pick(servers(field));
}

function servers(field: Field): Target[] {
  const { nodes, plane } = field.definition;
  const ensemble = plane.zookeepers.map(({ id }): Target => ({ kind: 'zookeeper', id }));
  return [...nodes.map((node) => asTarget(field, node)), ...ensemble];
}

/** A voter of its own is a controller, by its place among the voters; everything else is a broker, by its id. */
function asTarget(field: Field, { id, isBroker }: NodeDefinition): Target {
  if (isBroker) return { kind: 'broker', id };
  const voter = field.definition.voters.findIndex((node) => node.id === id) + 1;
  return { kind: 'controller', voter, id };
}

function describe(action: FaultAction): string {
  const names = (targets: readonly Target[]): string => targets.map(targetName).join(' ');
  switch (action.verb) {
    case 'partition':
      return `partition ${action.groups.map(names).join(' | ')}`;
    case 'block':
      return `block ${names(action.from)} > ${names(action.to)}`;
    case 'slow-link':
    case 'lossy-link':
      return `${action.verb} ${names(action.from)}`;
    case 'elect-leaders':
      return action.verb;
    case 'reassign':
      return `reassign ${action.topic}-${action.partition} to ${(action.to ?? []).join(', ')}`;
    case 'hold':
    case 'release':
      return action.verb;
    case 'rack-outage':
    case 'rack-power-loss':
      return `${action.verb} ${action.rack}`;
    default:
      return `${action.verb} ${names(action.targets)}`;
  }
}

function targetName(target: Target): string {
  if (target.kind === 'broker') return `broker ${target.id}`;
  if (target.kind === 'controller') return `controller ${target.voter}`;
  if (target.kind === 'zookeeper') return `zookeeper ${target.id}`;
  return target.kind;
}
