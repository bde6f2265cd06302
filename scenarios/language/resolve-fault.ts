/** From a fault as written to the fault of the plan. */
import { faultVerb, writtenTargets, type FaultInput, type TargetsInput } from './fault-parts.js';
import { readMark } from './marks.js';
import type { Fault, FaultAction, Target, Trigger } from './plan.js';
import { durationUs, resolveDistribution } from './ranges.js';
import { resolveTarget, type TargetScope } from './resolve-target.js';
import { rackTarget, splitPartition } from './targets.js';
import { readBandwidth, readProbability } from './units.js';
import { writtenUpgrade } from './upgrade.js';
import { readVersionName } from './version-name.js';

/** How many times as long disk operations take where `slow-disk` gives no factor. */
const SLOW_DISK_FACTOR_DEFAULT = 10;
const RESTART_DOWN_DEFAULT = '5s';
const RESTART_PAUSE_DEFAULT = '10s';

/** Resolves a fault that was checked. */
export function resolveFault(fault: FaultInput, index: number, scope: TargetScope): Fault {
  return {
    ...resolveAction(fault, scope),
    index,
    id: fault.id ?? null,
    trigger: resolveTrigger(fault, scope),
    forUs: fault.for === undefined ? null : durationUs(fault.for),
    text: describeFault(fault),
  };
}

function resolveTrigger(fault: FaultInput, scope: TargetScope): Trigger {
  if (fault.when === undefined) return { kind: 'at', atUs: durationUs(fault.at ?? '0s') };
  const read = readMark(fault.when, scope);
  if (!read.ok) throw new RangeError(read.reason);
  return { kind: 'when', mark: read.mark, subject: read.subject, nth: fault.nth ?? 1 };
}

function resolveAction(fault: FaultInput, scope: TargetScope): FaultAction {
  const verb = faultVerb(fault);
  const all = (input: TargetsInput | undefined): readonly Target[] => resolveAll(input, scope);
  switch (verb) {
    case 'crash':
    case 'power-loss':
    case 'stop':
    case 'pause':
    case 'reset-connections':
    case 'fill-disk':
    case 'fail-disk':
    case 'lose-disk':
    case 'expire-session':
      return { verb, targets: all(fault[verb]) };
    case 'rack-outage':
    case 'rack-power-loss': {
      const racks = writtenTargets(fault).map(({ text }) => rackTarget(text) ?? text);
      const names = racks.map((text) => text.replace(/^rack /, ''));
      return { verb, rack: [...new Set(names)].join(', '), targets: all(racks) };
    }
    case 'partition':
      return { verb, groups: (fault.partition ?? []).map((group) => all(group)) };
    case 'block':
      return { verb, from: all(fault.block?.from), to: all(fault.block?.to) };
    case 'slow-disk':
      return typeof fault['slow-disk'] === 'object' && !Array.isArray(fault['slow-disk'])
        ? {
            verb,
            targets: all(fault['slow-disk'].on),
            factor: fault['slow-disk'].factor ?? SLOW_DISK_FACTOR_DEFAULT,
          }
        : { verb, targets: all(fault['slow-disk']), factor: SLOW_DISK_FACTOR_DEFAULT };
    case 'clock-jump': {
      const jump = fault['clock-jump'];
      return { verb, targets: all(jump?.on), jumpUs: durationUs(jump?.by ?? '0s') };
    }
    case 'slow-link':
    case 'lossy-link':
      return resolveLink(fault, all);
    case 'rolling-restart':
      return resolveRestart(fault, all);
    case 'upgrade':
      return resolveUpgrade(fault, scope);
    case 'elect-leaders':
      return resolveElection(fault);
    case 'reassign': {
      const { topic, partition } = splitPartition(fault.reassign ?? '') ?? {
        topic: '',
        partition: -1,
      };
      return {
        verb,
        topic,
        partition,
        to: Array.isArray(fault.to) ? fault.to : null,
        throttleBytesPerSecond: fault.throttle === undefined ? null : bandwidthOf(fault.throttle),
      };
    }
    case 'hold':
      return {
        verb,
        rpc: fault.hold?.rpc ?? '',
        from: all(fault.hold?.from),
        to: all(fault.hold?.to),
        response: fault.hold?.response ?? false,
      };
    case 'release':
      return { verb, hold: fault.release ?? 'all' };
  }
}

type ResolveTargets = (input: TargetsInput | undefined) => readonly Target[];

function resolveLink(fault: FaultInput, all: ResolveTargets): FaultAction {
  const slow = fault['slow-link'];
  if (slow !== undefined) {
    return {
      verb: 'slow-link',
      from: all(slow.from),
      to: all(slow.to),
      bothWays: slow['both-ways'] ?? true,
      delay: slow.delay === undefined ? null : resolveDistribution(slow.delay, 'constant'),
      factor: slow.factor ?? 1,
    };
  }
  const lossy = fault['lossy-link'];
  return {
    verb: 'lossy-link',
    from: all(lossy?.from),
    to: all(lossy?.to),
    bothWays: lossy?.['both-ways'] ?? true,
    loss: probabilityOf(lossy?.loss ?? 0),
  };
}

function resolveRestart(fault: FaultInput, all: ResolveTargets): FaultAction {
  const written = fault['rolling-restart'];
  const plain = typeof written === 'string' || Array.isArray(written) || written === undefined;
  return {
    verb: 'rolling-restart',
    targets: all(plain ? written : written.on),
    how: plain ? 'stop' : (written.how ?? 'stop'),
    downUs: durationUs((plain ? undefined : written.down) ?? RESTART_DOWN_DEFAULT),
    pauseUs: durationUs((plain ? undefined : written.pause) ?? RESTART_PAUSE_DEFAULT),
  };
}

function resolveUpgrade(fault: FaultInput, scope: TargetScope): FaultAction {
  const { to, on, down, pause } = writtenUpgrade(fault);
  const named = on.map(({ text }) => text);
  return {
    verb: 'upgrade',
    to: readVersionName(to).kafka,
    targets: named.length > 0 ? resolveAll(named, scope) : allServers(scope),
    downUs: durationUs(down),
    pauseUs: durationUs(pause),
  };
}

/** Dedicated controllers first, so that no broker is newer than whom it talks to; then the brokers. */
function allServers({ cluster }: TargetScope): readonly Target[] {
  return [
    ...cluster.controllers.flatMap(({ id, voterIndex, combined }): Target[] =>
      combined ? [] : [{ kind: 'controller', voter: voterIndex + 1, id }],
    ),
    ...cluster.brokers.map(({ id }): Target => ({ kind: 'broker', id })),
  ];
}

function resolveElection(fault: FaultInput): FaultAction {
  const written = fault['elect-leaders'];
  if (typeof written !== 'object')
    return { verb: 'elect-leaders', type: written ?? 'preferred', partitions: 'all' };
  return {
    verb: 'elect-leaders',
    type: written.type ?? 'preferred',
    partitions: written.partitions.flatMap((text) => splitPartition(text) ?? []),
  };
}

function resolveAll(input: TargetsInput | undefined, scope: TargetScope): readonly Target[] {
  const texts = input === undefined ? [] : typeof input === 'string' ? [input] : input;
  const targets = texts.flatMap((text) => {
    const resolved = resolveTarget(text, scope);
    if (!resolved.ok) throw new RangeError(resolved.reason);
    return resolved.targets;
  });
  const seen = new Set<string>();
  return targets.filter((target) => {
    const name = JSON.stringify(target);
    return seen.has(name) ? false : seen.add(name);
  });
}

/** Bytes per second of a bandwidth that was checked. */
function bandwidthOf(raw: string): number {
  const read = readBandwidth(raw);
  if (!read.ok) throw new RangeError(read.reason);
  return read.value;
}

/** The number of a probability that was checked. */
export function probabilityOf(raw: string | number): number {
  const read = readProbability(raw);
  if (!read.ok) throw new RangeError(read.reason);
  return read.value;
}

/** The fault in a line, as written: `crash leader of orders-0`. */
function describeFault(fault: FaultInput): string {
  const verb = faultVerb(fault);
  if (verb === 'upgrade') return `upgrade to ${writtenUpgrade(fault).to}`;
  const whither = verb === 'reassign' ? ` to ${describeValue(fault.to)}` : '';
  const pace = fault.throttle === undefined ? '' : ` at ${fault.throttle}`;
  return `${verb} ${describeValue(fault[verb])}${whither}${pace}`;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) {
    const nested = value.some((entry) => Array.isArray(entry));
    return value
      .map((entry) => (nested ? `[${describeValue(entry)}]` : describeValue(entry)))
      .join(', ');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => `${key} ${describeValue(inner)}`)
      .join(', ');
  }
  return String(value);
}
