/** A fault that struck, written down as an entry of `faults`: `at`, its targets by name, `for`. */
import type { FaultNote } from '../faults/director.js';
import type { NeighbourField } from '../faults/field.js';
import type { FaultInput } from '../language/fault-parts.js';
import type { FaultAction, Target } from '../language/plan.js';
import { durationText } from './duration-text.js';

/** What names hosts: the servers by index. */
export interface HostNames {
  readonly nodes: readonly { readonly id: number; readonly isBroker: boolean }[];
  readonly voters: readonly { readonly id: number }[];
  readonly plane: {
    readonly zookeepers: readonly { readonly id: number; readonly host: number }[];
  };
}

/** The scenario's own cluster, and others on the same ensemble. */
interface Clusters {
  readonly own: HostNames;
  readonly neighbours: readonly NeighbourField[];
}

/**
 * The entry that does again what a note tells; null for what did nothing by itself (a fault that was refused, and a
 * rolling restart or upgrade, whose steps have notes of their own).
 */
export function explicitFault(
  note: FaultNote,
  names: HostNames,
  neighbours: readonly NeighbourField[] = [],
): FaultInput | null {
  if (note.skipped || note.verb === 'rolling-restart' || note.verb === 'upgrade') return null;
  const lasting = note.forUs === null ? {} : { for: durationText(note.forUs) };
  const verb = written(note, { own: names, neighbours });
  const instant = note.fromUs === note.untilUs && note.forUs !== 0;
  return { at: durationText(note.fromUs), ...verb, ...(instant ? {} : lasting) };
}

/** The verb with its parameters. */
function written(note: FaultNote, names: Clusters): FaultInput {
  const { action } = note;
  const struck = (): string | string[] =>
    oneOrMany(note.hosts.map((host) => hostName(host, names)));
  switch (action.verb) {
    case 'partition':
      return { partition: action.groups.map((group) => group.map(targetName)) };
    case 'block':
      return { block: { from: listed(action.from), to: listed(action.to) } };
    case 'slow-link':
      return {
        'slow-link': {
          ...link(action),
          factor: action.factor,
          ...(action.delay === null ? {} : { delay: durationText(note.extraUs) }),
        },
      };
    case 'lossy-link':
      return { 'lossy-link': { ...link(action), loss: action.loss } };
    case 'slow-disk':
      return { 'slow-disk': { on: struck(), factor: action.factor } };
    case 'clock-jump':
      return { 'clock-jump': { on: struck(), by: durationText(action.jumpUs) } };
    case 'rack-outage':
    case 'rack-power-loss':
      return { [action.verb]: oneOrMany(action.rack.split(', ').map((rack) => `rack ${rack}`)) };
    case 'elect-leaders':
      return action.partitions === 'all'
        ? { 'elect-leaders': action.type }
        : {
            'elect-leaders': {
              ...(action.type === 'preferred' ? {} : { type: action.type }),
              partitions: action.partitions.map(
                ({ topic, partition }) => `${topic}-${String(partition)}`,
              ),
            },
          };
    case 'reassign':
      return {
        reassign: `${action.topic}-${String(action.partition)}`,
        to: action.to === null ? 'cancel' : [...action.to],
        ...(action.throttleBytesPerSecond === null
          ? {}
          : { throttle: `${String(action.throttleBytesPerSecond)}B/s` }),
      };
    case 'hold':
    case 'release':
    case 'rolling-restart':
    case 'upgrade':
      throw new Error(`${action.verb} is never drawn: it stays as it was written`);
    default:
      return { [action.verb]: struck() };
  }
}

function link(action: Extract<FaultAction, { verb: 'slow-link' | 'lossy-link' }>): {
  from: string | string[];
  to?: string | string[];
  'both-ways'?: boolean;
} {
  return {
    from: listed(action.from),
    ...(action.to.length === 0 ? {} : { to: listed(action.to) }),
    ...(action.bothWays ? {} : { 'both-ways': false }),
  };
}

function listed(targets: readonly Target[]): string | string[] {
  return oneOrMany(targets.map(targetName));
}

function oneOrMany(texts: readonly string[]): string | string[] {
  return texts.length === 1 ? texts[0]! : [...texts];
}

function targetName(target: Target): string {
  switch (target.kind) {
    case 'broker':
      return `broker ${target.id}`;
    case 'controller':
      return `controller ${target.voter}`;
    case 'zookeeper':
      return `zookeeper ${target.id}`;
    case 'active-controller':
      return 'controller';
    case 'leader':
    case 'follower':
      return `${target.kind} of ${target.topic}-${target.partition}`;
    case 'producer':
    case 'consumer':
      return `${target.kind} ${target.id}`;
    case 'random-broker':
      return 'random broker';
    case 'neighbour-broker':
      return `broker ${target.id} of ${target.cluster}`;
    case 'neighbour-controller':
      return `controller of ${target.cluster}`;
  }
}

/** Servers only: the first hosts are those of the scenario's own cluster, in order of their ids. */
function hostName(host: number, { own, neighbours }: Clusters): string {
  const { nodes, voters, plane } = own;
  for (const { name, definition } of neighbours) {
    const broker = definition.nodeOnHost(host);
    if (broker !== null) return `broker ${broker.id} of ${name}`;
  }
  const ensemble = plane.zookeepers.find((server) => server.host === host);
  if (ensemble !== undefined) return `zookeeper ${ensemble.id}`;
  const node = nodes[host];
  if (node === undefined) throw new Error(`host ${host} is no server`);
  if (node.isBroker) return `broker ${node.id}`;
  return `controller ${voters.findIndex(({ id }) => id === node.id) + 1}`;
}
