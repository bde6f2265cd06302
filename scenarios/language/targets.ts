/**
 * The grammar of targets: whom a fault strikes.
 *
 *     broker 1 · random broker · all brokers · controller · controller 2 · all controllers
 *     leader of orders-0 · follower of orders-0 · producer web · consumer reader
 *     member 1 of billing · rack a · zookeeper 1 · all zookeepers
 *     broker 1 of audit · all brokers of audit · controller of audit
 *
 * The last three are of a neighbour, another cluster on the same ensemble. `coordinator of billing` is in the grammar and refused: group coordinators are not modelled yet.
 */
import { nearestName } from '../../model/config/nearest-name.js';

/** A target as written, before it is held against the cluster. */
export type TargetExpression =
  | { readonly kind: 'broker'; readonly id: number }
  | { readonly kind: 'random-broker' }
  | { readonly kind: 'all-brokers' }
  | { readonly kind: 'active-controller' }
  /** `voter` counts from 1. */
  | { readonly kind: 'controller'; readonly voter: number }
  | { readonly kind: 'all-controllers' }
  /** `id` is the server's `myid`. */
  | { readonly kind: 'zookeeper'; readonly id: number }
  | { readonly kind: 'all-zookeepers' }
  | { readonly kind: 'leader'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'follower'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'producer'; readonly id: string }
  | { readonly kind: 'consumer'; readonly id: string }
  /** `number` counts from 1. */
  | { readonly kind: 'member'; readonly number: number; readonly group: string }
  | { readonly kind: 'rack'; readonly name: string }
  | { readonly kind: 'neighbour-broker'; readonly cluster: string; readonly id: number }
  | { readonly kind: 'all-neighbour-brokers'; readonly cluster: string }
  | { readonly kind: 'neighbour-controller'; readonly cluster: string };

export type ReadTarget =
  | { readonly ok: true; readonly target: TargetExpression }
  | { readonly ok: false; readonly reason: string };

const FORMS = [
  'broker 1',
  'random broker',
  'all brokers',
  'controller',
  'controller 2',
  'all controllers',
  'zookeeper 1',
  'all zookeepers',
  'leader of topic-0',
  'follower of topic-0',
  'producer id',
  'consumer id',
  'member 1 of group',
  'rack name',
  'broker 1 of neighbour',
  'all brokers of neighbour',
  'controller of neighbour',
] as const;

/** Parses one target. */
export function readTarget(raw: unknown): ReadTarget {
  if (typeof raw !== 'string') {
    const remark = typeof raw === 'number' ? ` (did you mean "broker ${String(raw)}"?)` : '';
    return refuse(`${JSON.stringify(raw)} is not a target${remark}`);
  }
  const words = raw.trim().split(/\s+/);
  const text = words.join(' ');
  const fixed = FIXED.get(text);
  if (fixed !== undefined) return { ok: true, target: fixed };
  const [first = '', second = '', third = ''] = words;
  const ofNeighbour = readOfNeighbour(text);
  if (ofNeighbour !== null) return ofNeighbour;
  if (words.length === 3 && second === 'of') return readOf(first, third, text);
  if (words.length === 2) {
    const read = readPair(first, second, text);
    if (read !== null) return read;
  }
  if (first === 'member') return readMember(text);
  return unknown(text, first);
}

const FIXED: ReadonlyMap<string, TargetExpression> = new Map([
  ['random broker', { kind: 'random-broker' }],
  ['all brokers', { kind: 'all-brokers' }],
  ['controller', { kind: 'active-controller' }],
  ['all controllers', { kind: 'all-controllers' }],
  ['all zookeepers', { kind: 'all-zookeepers' }],
]);

function readOf(what: string, whom: string, text: string): ReadTarget {
  if (what === 'coordinator') return notModelled(text, 'group coordinator');
  if (what !== 'leader' && what !== 'follower') return unknown(text, what);
  const partition = splitPartition(whom);
  if (partition === null) {
    return refuse(`"${text}" names no partition: write "${what} of ${whom}-0"`);
  }
  return { ok: true, target: { kind: what, ...partition } };
}

/** A target of another cluster on the same ensemble, or null. */
function readOfNeighbour(text: string): ReadTarget | null {
  const [, what, number, cluster] = NEIGHBOUR_TARGET.exec(text) ?? [];
  if (what === undefined || cluster === undefined) return null;
  if (what === 'controller') return { ok: true, target: { kind: 'neighbour-controller', cluster } };
  if (number === undefined) return { ok: true, target: { kind: 'all-neighbour-brokers', cluster } };
  return { ok: true, target: { kind: 'neighbour-broker', cluster, id: Number(number) } };
}

const NEIGHBOUR_TARGET = /^(controller|all brokers|broker (\d{1,9})) of (\S+)$/;

function readMember(text: string): ReadTarget {
  const [, number, group] = /^member (\d{1,9}) of (\S+)$/.exec(text) ?? [];
  if (number === undefined || group === undefined) {
    return refuse(`"${text}" is not a member: write "member 1 of <group>"`);
  }
  return { ok: true, target: { kind: 'member', number: Number(number), group } };
}

function readPair(what: string, which: string, text: string): ReadTarget | null {
  switch (what) {
    case 'broker':
    case 'zookeeper':
    case 'controller': {
      if (!/^\d{1,9}$/.test(which)) return refuse(`"${text}" needs a number: write "${what} 1"`);
      const number = Number(which);
      return what === 'controller'
        ? { ok: true, target: { kind: 'controller', voter: number } }
        : { ok: true, target: { kind: what, id: number } };
    }
    case 'producer':
    case 'consumer':
      return { ok: true, target: { kind: what, id: which } };
    case 'rack':
      return { ok: true, target: { kind: 'rack', name: which } };
    default:
      return null;
  }
}

/**
 * The target that a rack as written stands for: `a` and `rack a` are the same where only a rack makes sense.
 * Null where it is no rack.
 */
export function rackTarget(text: string): string | null {
  const [, name] = /^\s*(?:rack\s+)?([A-Za-z0-9._-]+)\s*$/.exec(text) ?? [];
  return name === undefined ? null : `rack ${name}`;
}

/** `orders-0` as topic and partition; topics may have hyphens of their own. */
export function splitPartition(text: string): { topic: string; partition: number } | null {
  const match = /^(.+)-(\d{1,9})$/.exec(text);
  const [, topic, partition] = match ?? [];
  if (topic === undefined || partition === undefined) return null;
  return { topic, partition: Number(partition) };
}

function unknown(text: string, first: string): ReadTarget {
  const heads = [...new Set(FORMS.map((form) => form.split(' ')[0] ?? form))];
  const nearest = nearestName(first, heads, 2);
  const rest = text.split(' ').slice(1);
  const example = FORMS.find((form) => rest.length === 0 && form.split(' ')[0] === nearest);
  const corrected = nearest === first || nearest === null ? null : [nearest, ...rest].join(' ');
  const meant = example ?? corrected;
  const hint =
    meant === null
      ? `; targets look like ${FORMS.map((form) => `"${form}"`).join(', ')}`
      : ` (did you mean "${meant}"?)`;
  return refuse(`unknown target "${text}"${hint}`);
}

function notModelled(text: string, what: string): ReadTarget {
  return refuse(`target "${text}" is not modelled yet: this release has no ${what}`);
}

function refuse(reason: string): ReadTarget {
  return { ok: false, reason };
}
