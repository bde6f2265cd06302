/** What each fault verb does when it starts and when it ends. */
import {
  ClientOpcode,
  ElectLeadersCommand,
  ReassignCommand,
  UpdateFeaturesCommand,
  requestKind,
  type ApiName,
  type KafkaVersion,
} from '../../model/index.js';
import { DurationSampler, type Distribution, type HoldRule } from '../../sim/index.js';
import type { FaultAction } from '../language/plan.js';
import { cover, restartIfFree, uncover, type Coverage, type CoverKind } from './coverage.js';
import { endSession, hasSession } from './end-session.js';
import type { Field } from './field.js';
import { partitionIndex, resolveTargets } from './resolve-target.js';

/** A fault that has taken hold, with its targets resolved: plain data. */
export interface ActiveFault {
  readonly id: string | null;
  readonly text: string;
  readonly verb: FaultAction['verb'];
  readonly fromUs: number;
  /** -1: until all faults are healed. */
  readonly untilUs: number;
  readonly hosts: readonly number[];
  /** Directed pairs of hosts. */
  readonly links: readonly (readonly [number, number])[];
  readonly holds: readonly HoldRule[];
  /** Factor of a slow disk or link, probability of a loss. */
  readonly amount: number;
  /** Added latency of a slow link. */
  readonly extraUs: number;
}

const COVER_BY_VERB: Partial<Record<FaultAction['verb'], CoverKind>> = {
  crash: 'crashed',
  'rack-outage': 'crashed',
  'power-loss': 'unpowered',
  'rack-power-loss': 'unpowered',
  'lose-disk': 'unpowered',
  stop: 'stopped',
  pause: 'paused',
};

/** What a fault would strike now; null where it finds no target. Draws from the stream `faults` where it must. */
export function aim(
  field: Field,
  action: FaultAction,
): Pick<ActiveFault, 'hosts' | 'links' | 'holds' | 'amount' | 'extraUs'> | null {
  const none = { hosts: [], links: [], holds: [], amount: 1, extraUs: 0 };
  switch (action.verb) {
    case 'partition': {
      const groups = action.groups.map((group) => resolveTargets(field, group));
      return { ...none, links: linksBetween(groups) };
    }
    case 'block':
      return {
        ...none,
        links: directedLinks(
          field,
          resolveTargets(field, action.from),
          resolveTargets(field, action.to),
          false,
        ),
      };
    case 'slow-link':
    case 'lossy-link': {
      const links = directedLinks(
        field,
        resolveTargets(field, action.from),
        resolveTargets(field, action.to),
        action.bothWays,
      );
      if (action.verb === 'lossy-link') return { ...none, links, amount: action.loss };
      return { ...none, links, amount: action.factor, extraUs: drawUs(field, action.delay) };
    }
    case 'hold': {
      const from = resolveTargets(field, action.from);
      const to = resolveTargets(field, action.to);
      return { ...none, holds: holdRules(field, action.rpc, action.response, from, to) };
    }
    case 'slow-disk':
      return orNull({
        ...none,
        hosts: resolveTargets(field, action.targets),
        amount: action.factor,
      });
    case 'clock-jump':
      return orNull({
        ...none,
        hosts: resolveTargets(field, action.targets),
        amount: action.jumpUs,
      });
    case 'expire-session': {
      const hosts = resolveTargets(field, action.targets);
      return orNull({ ...none, hosts: hosts.filter((host) => hasSession(field, host)) });
    }
    case 'elect-leaders':
    case 'reassign':
    case 'release':
    case 'rolling-restart':
    case 'upgrade':
      return none;
    default:
      return orNull({ ...none, hosts: resolveTargets(field, action.targets) });
  }
}

/** Lets a fault take hold. */
export function begin(
  field: Field,
  coverage: Coverage,
  fault: ActiveFault,
  active: readonly ActiveFault[],
): void {
  const { simulation } = field;
  const kind = COVER_BY_VERB[fault.verb];
  for (const host of fault.hosts) {
    if (kind !== undefined) cover(field, coverage, host, kind);
    if (fault.verb === 'lose-disk') loseDisk(field, host);
    if (fault.verb === 'fill-disk') simulation.hosts[host]!.disk.status = 'full';
    if (fault.verb === 'fail-disk') simulation.hosts[host]!.disk.status = 'failed';
    if (fault.verb === 'clock-jump') simulation.hosts[host]!.clock.offsetUs += fault.amount;
    if (fault.verb === 'expire-session') endSession(field, host);
    if (fault.verb === 'reset-connections') simulation.transport.resetAll(simulation.hosts[host]!);
  }
  if (fault.verb === 'partition' || fault.verb === 'block') {
    for (const [from, to] of fault.links) simulation.transport.block(from, to);
  }
  for (const rule of fault.holds) simulation.transport.addHold(rule);
  adjustSpeeds(field, fault, active);
}

/** The host must be down. */
export function loseDisk(field: Field, host: number): void {
  field.simulation.hosts[host]!.disk.lose();
  field.diskLost(host);
}

/** Lets go; `active` are the faults that go on. */
export function end(
  field: Field,
  coverage: Coverage,
  fault: ActiveFault,
  active: readonly ActiveFault[],
): void {
  const { simulation } = field;
  for (const rule of fault.holds) simulation.transport.removeHold(rule);
  if (fault.verb === 'partition' || fault.verb === 'block') {
    for (const [from, to] of fault.links) simulation.transport.unblock(from, to);
  }
  adjustSpeeds(field, fault, active);
  const kind = COVER_BY_VERB[fault.verb];
  for (const host of fault.hosts) {
    if (fault.verb === 'fill-disk' || fault.verb === 'fail-disk') {
      const other = active.find(
        (a) => (a.verb === 'fill-disk' || a.verb === 'fail-disk') && a.hosts.includes(host),
      );
      simulation.hosts[host]!.disk.status =
        other === undefined ? 'ok' : other.verb === 'fill-disk' ? 'full' : 'failed';
      restartIfFree(field, coverage, host);
    }
    if (kind !== undefined) uncover(field, coverage, host, kind);
  }
}

/** The operator asks for elections. */
export function electLeaders(
  field: Field,
  action: Extract<FaultAction, { verb: 'elect-leaders' }>,
): void {
  const partitions =
    action.partitions === 'all'
      ? null
      : action.partitions.map(({ topic, partition }) => partitionIndex(field, topic, partition));
  command(field, new ElectLeadersCommand(partitions, action.type));
}

/** The operator asks for a reassignment, or for its end. */
export function reassign(
  field: Field,
  { topic, partition, to }: Extract<FaultAction, { verb: 'reassign' }>,
): void {
  command(field, new ReassignCommand(partitionIndex(field, topic, partition), to));
}

/** The operator asks for the features of a release (kafka-features.sh upgrade --release-version). */
export function raiseFeatures(field: Field, to: KafkaVersion): void {
  command(field, new UpdateFeaturesCommand(to));
}

function command(
  field: Field,
  payload: ElectLeadersCommand | ReassignCommand | UpdateFeaturesCommand,
): void {
  const admin = field.simulation.hosts[field.adminHost]!;
  if (admin.status !== 'running') return;
  field.simulation.act(admin, (_state, context) => {
    context.setTimer(0, ClientOpcode.electLeaders, 0, payload);
  });
}

/**
 * Disks and links are as slow as the slowest active fault makes them; losses are independent. Factors do not multiply:
 * four random faults at once would make a link slower than any real one, and outlast the settling by days.
 */
function adjustSpeeds(field: Field, fault: ActiveFault, active: readonly ActiveFault[]): void {
  if (fault.verb === 'slow-disk') {
    for (const host of fault.hosts) {
      let factor = 1;
      for (const other of active) {
        const concerns = other.verb === 'slow-disk' && other.hosts.includes(host);
        if (concerns) factor = Math.max(factor, other.amount);
      }
      field.simulation.hosts[host]!.disk.slowFactor = factor;
    }
  }
  if (fault.verb !== 'slow-link' && fault.verb !== 'lossy-link') return;
  for (const [from, to] of fault.links) {
    const link = field.simulation.transport.link(from, to);
    let factor = 1;
    let extraUs = 0;
    let delivered = 1 - field.simulation.transport.lossOf(from, to);
    for (const other of active) {
      if (!other.links.some(([a, b]) => a === from && b === to)) continue;
      if (other.verb === 'slow-link') {
        factor = Math.max(factor, other.amount);
        extraUs += other.extraUs;
      } else if (other.verb === 'lossy-link') delivered *= 1 - other.amount;
    }
    link.latencyFactor = factor;
    link.extraUs = extraUs;
    link.loss = 1 - delivered;
  }
}

/** Both directions between hosts of different groups. */
function linksBetween(groups: readonly (readonly number[])[]): [number, number][] {
  const links: [number, number][] = [];
  groups.forEach((group, index) => {
    groups.forEach((other, otherIndex) => {
      if (index === otherIndex) return;
      for (const from of group) {
        for (const to of other) if (from !== to && !group.includes(to)) links.push([from, to]);
      }
    });
  });
  return links;
}

function directedLinks(
  field: Field,
  from: readonly number[],
  to: readonly number[],
  bothWays: boolean,
): [number, number][] {
  const targets = to.length > 0 ? to : field.simulation.hosts.map(({ index }) => index);
  const links = new Map<string, [number, number]>();
  for (const a of from) {
    for (const b of targets) {
      if (a === b) continue;
      links.set(`${a}>${b}`, [a, b]);
      if (bothWays) links.set(`${b}>${a}`, [b, a]);
    }
  }
  return [...links.values()];
}

/** `Fetch` is also what KRaft nodes fetch the metadata log with. */
function holdRules(
  field: Field,
  rpc: string,
  response: boolean,
  from: readonly number[],
  to: readonly number[],
): HoldRule[] {
  const apis: ApiName[] = rpc === 'Fetch' ? ['Fetch', 'QuorumFetch'] : [rpc as ApiName];
  const rules: HoldRule[] = [];
  for (const a of from) {
    for (const b of to) {
      for (const api of apis) {
        const voters = field.definition.voters.some(({ host }) => host === a || host === b);
        if (api === 'QuorumFetch' && !voters) continue;
        rules.push({ from: a, to: b, messageKind: requestKind(api) + (response ? 1 : 0) });
      }
    }
  }
  return rules;
}

function drawUs(field: Field, distribution: Distribution | null): number {
  if (distribution === null) return 0;
  return new DurationSampler(distribution).sampleUs(field.stream);
}

function orNull<T extends { readonly hosts: readonly number[] }>(aimed: T): T | null {
  return aimed.hosts.length === 0 ? null : aimed;
}
