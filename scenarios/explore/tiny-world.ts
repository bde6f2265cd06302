/** The explored cluster: its hosts and programs, the state it starts from, what may happen next, and what comes of it. */
import {
  AdminProgram,
  createServer,
  createZooKeeperServer,
  ProducerProgram,
  type ClusterDefinition,
} from '../../model/index.js';
import type { Program } from '../../sim/index.js';
import { START_US } from './abstract-clock.js';
import { choicesOf, type Choice, type ChoiceSetting } from './choices.js';
import { isEager, isHoldable } from './eager-messages.js';
import { EMPTY_GHOST, isBreach, withFact, type Breach, type Fact, type Ghost } from './ghost.js';
import { HostSteps, type Happening, type SentEffect, type Step } from './host-steps.js';
import { createLocalHost, hostAt } from './local-host.js';
import type { LocalLook } from './local-view.js';
import { brokenPromise, type Member } from './promises.js';
import { defineTinyCluster, type TinyCluster } from './tiny-cluster.js';
import { warmUp, WARM_UP_US } from './warm-up.js';
import {
  addWire,
  closeWireEnd,
  HEADER,
  packWorld,
  unpackWorld,
  wireOf,
  type Allowance,
  type World,
} from './world.js';

/** A step and the eager messages that follow from it come to an end. */
const MAX_EAGER = 1000;

export class TinyWorld implements ChoiceSetting {
  readonly definition: ClusterDefinition;
  readonly steps: HostSteps;
  readonly names: readonly string[];
  /** The state after the warm-up. */
  readonly start: Int32Array;
  /** Told of what follows from a choice without being one, where somebody wants to know. */
  onFollowing: ((host: number, happening: Happening) => void) | null = null;
  readonly brokerIds: readonly number[];
  readonly brokerHosts: readonly number[];
  readonly controllerHost: number;
  readonly isZooKeeper: boolean;
  readonly isPrompt: boolean;
  private readonly judged: TinyCluster['judged'];
  private readonly ghosts: Ghost[] = [];
  private readonly ghostNumbers = new Map<string, number>();
  private readonly verdicts = new Map<string, Breach | null>();
  readonly allowsRestarts: boolean;
  private readonly minInsyncReplicas: number;

  constructor(tiny: TinyCluster, allowance: Allowance, allowsRestarts: boolean) {
    this.allowsRestarts = allowsRestarts;
    this.minInsyncReplicas = tiny.minInsyncReplicas;
    this.definition = defineTinyCluster(tiny);
    const { nodes, brokers, voters, plane } = this.definition;
    this.judged = tiny.judged;
    this.isPrompt = tiny.delivery === 'prompt';
    this.isZooKeeper = plane.mode === 'zookeeper';
    this.brokerIds = brokers.slice(this.isZooKeeper ? 1 : 0).map(({ id }) => id);
    this.brokerHosts = this.brokerIds.map((id) => this.definition.node(id).host);
    this.controllerHost = this.isZooKeeper ? plane.zookeepers[0]!.host : voters[0]!.host;
    const server = createServer(this.definition);
    const programs: Program[] = nodes.map(() => server);
    if (this.isZooKeeper) programs.push(createZooKeeperServer(this.definition));
    programs.push(new AdminProgram(this.definition), new ProducerProgram(this.definition));
    this.names = [
      ...nodes.map(({ id }) => (this.brokerIds.includes(id) ? `broker ${id}` : 'controller')),
      ...(this.isZooKeeper ? ['ZooKeeper'] : []),
      'operator',
      'producer',
    ];
    this.steps = new HostSteps(this.definition, programs);
    this.start = this.begin(programs, allowance, tiny.startsWith === 'otherLeader');
  }

  get hostCount(): number {
    return this.names.length;
  }

  unpack(words: Int32Array): World {
    return unpackWorld(words, this.hostCount);
  }

  /** All that may happen in a state, in a fixed order. */
  choices(world: World): Choice[] {
    return choicesOf(this, world);
  }

  /** What comes of a choice: a state, or a breach on the way; null where nothing changes. */
  apply(words: Int32Array, choice: Choice): Int32Array | Breach | null {
    const world = this.unpack(words);
    const { host, happening, costs } = choice;
    if (happening.kind === 'hold' || happening.kind === 'release') {
      if (costs !== null) world.allowance[costs]--;
      const { handle, kind } = happening;
      wireOf(world, handle >> 1)!.held[(handle & 1) === 0 ? 1 : 0] = kind === 'hold';
      return this.settled(world, null);
    }
    const before = world.hosts[host]!;
    const step = this.steps.step(before, happening, busyOf(world, host));
    if (step.next === before && step.effects.length === 0 && happening.kind !== 'deliver') {
      return null;
    }
    if (costs !== null) world.allowance[costs]--;
    return this.settled(world, this.carryOut(world, host, happening, step));
  }

  /** Delivers what does not wait for the explorer. */
  private settled(world: World, found: Breach | null): Int32Array | Breach {
    let breach = found;
    for (let count = 0; breach === null; count++) {
      if (count > MAX_EAGER) throw new Error('eager messages go round in circles');
      const next = this.nextEager(world);
      if (next === null) break;
      this.onFollowing?.(next.host, next.happening);
      const busy = busyOf(world, next.host);
      const served = this.steps.step(world.hosts[next.host]!, next.happening, busy);
      breach = this.carryOut(world, next.host, next.happening, served);
    }
    return breach ?? packWorld(world);
  }

  /** The promise that a state breaks, or null. */
  verdict(words: Int32Array): Breach | null {
    let key = String(words[0]);
    for (const host of this.brokerHosts) key += `,${words[HEADER + host]!}`;
    key += `,${words[HEADER + this.controllerHost]!}`;
    let verdict = this.verdicts.get(key);
    if (verdict === undefined) {
      const members: Member[] = this.brokerHosts.map((host, index) => ({
        broker: this.brokerIds[index]!,
        look: this.steps.look(words[HEADER + host]!),
      }));
      const controller = this.steps.look(words[HEADER + this.controllerHost]!).controller!;
      verdict = brokenPromise(members, controller, this.ghosts[words[0]!]!, this.judged);
      this.verdicts.set(key, verdict);
    }
    return verdict;
  }

  look(world: World, host: number): LocalLook {
    return this.steps.look(world.hosts[host]!);
  }

  private begin(
    programs: readonly Program[],
    allowance: Allowance,
    otherLeads: boolean,
  ): Int32Array {
    const locals = this.names.map((name, index) => createLocalHost(index, name));
    const producer = this.names.length - 1;
    const away = otherLeads ? this.brokerHosts[0]! : -1;
    const numbers = warmUp(locals, programs, (host) => host === producer, away);
    const hosts = locals.map((local) => this.steps.adopt(local, START_US + WARM_UP_US));
    const world: World = {
      hosts,
      ghost: this.ghostNumber(EMPTY_GHOST),
      allowance: { ...allowance },
      wires: numbers.map((number) => ({
        number,
        open: [true, true],
        sent: [[], []],
        held: [false, false],
      })),
    };
    this.settle(world);
    return packWorld(world);
  }

  /** What nobody watched in the warm-up: the leader that was elected, and what is on all replicas. */
  private settle(world: World): void {
    const partition = this.look(world, this.controllerHost).controller!;
    const isComplete = partition.isr.length === this.brokerHosts.length;
    if (!isComplete || partition.leader < 0) throw new Error('the warm-up left the ISR incomplete');
    const { leader, leaderEpoch } = partition;
    const { values, highWatermark } = this.look(world, this.definition.node(leader).host).replica!;
    const facts: Fact[] = [
      { kind: 'leader', broker: leader, epoch: leaderEpoch },
      { kind: 'committed', broker: leader, highWatermark },
      ...values.map((value, offset) => ({ kind: 'acknowledged', value, offset }) as const),
    ];
    if (highWatermark < values.length) throw new Error('the warm-up left records uncommitted');
    let ghost = EMPTY_GHOST;
    for (const fact of facts) {
      const known = withFact(ghost, fact, values);
      if (isBreach(known)) throw new Error(known.message);
      ghost = known;
    }
    world.ghost = this.ghostNumber(ghost);
  }

  private applyEffect(world: World, effect: SentEffect): void {
    const number = effect.handle >> 1;
    const end = (effect.handle & 1) as 0 | 1;
    if (effect.kind === 'open') {
      const isUp = this.look(world, hostAt(effect.handle ^ 1)).isRunning;
      // Nobody listens: the client hears of it in its own time.
      const sent: [number[], number[]] = [[], isUp ? [] : [0]];
      addWire(world, { number, open: [true, isUp], sent, held: [false, false] });
      return;
    }
    const wire = wireOf(world, number);
    if (wire === null) return;
    if (effect.kind === 'close') closeWireEnd(world, wire, end);
    else if (wire.open[end === 0 ? 1 : 0]) wire.sent[end].push(effect.message);
  }

  /** Applies the step of one host to the whole; returns what it breaks. */
  private carryOut(world: World, host: number, happening: Happening, step: Step): Breach | null {
    if (happening.kind === 'deliver') takeMessage(world, happening.handle);
    if (happening.kind === 'crash' || happening.kind === 'losePower') closeAll(world, host);
    world.hosts[host] = step.next;
    for (const effect of step.effects) this.applyEffect(world, effect);
    if (step.facts.length === 0) return null;
    const values = this.steps.look(step.next).replica?.values ?? [];
    let ghost = this.ghosts[world.ghost]!;
    for (const fact of step.facts) {
      const scarce = fact.kind === 'answered' ? this.tooFew(world, fact.value, fact.offset) : null;
      if (scarce !== null) return scarce;
      const known = withFact(ghost, fact, values);
      if (isBreach(known)) return known;
      ghost = known;
    }
    world.ghost = this.ghostNumber(ghost);
    return null;
  }

  /** MinIsrAck (I22): an answered record is on min.insync.replicas replicas at that moment. */
  private tooFew(world: World, value: number, offset: number): Breach | null {
    const { length } = this.brokerHosts.filter(
      (host) => this.look(world, host).replica?.values[offset] === value,
    );
    if (length >= this.minInsyncReplicas) return null;
    const message = `record ${value} is answered for, and is on ${length} of at least ${this.minInsyncReplicas} replicas`;
    return { invariant: 'MinIsrAck', message };
  }

  /** The first message that is next in line somewhere and does not wait for the explorer; the operator never waits. */
  private nextEager(world: World): { host: number; happening: Happening } | null {
    for (const { number, sent, held } of world.wires) {
      for (const end of [0, 1] as const) {
        const message = sent[end][0];
        if (message === undefined || held[end] || this.waits(world, message)) continue;
        const handle = number * 2 + (1 - end);
        return { host: hostAt(handle), happening: { kind: 'deliver', handle, message } };
      }
    }
    const operator = this.hostCount - 2;
    const [timer] = this.steps.local(world.hosts[operator]!).timers;
    if (timer === undefined) return null;
    return { host: operator, happening: { kind: 'timer', handle: timer.handle } };
  }

  /** Whether the explorer chooses when a message arrives. */
  private waits(world: World, number: number): boolean {
    const message = this.steps.message(number);
    if (this.isPrompt) return world.allowance.holds > 0 && isHoldable(message);
    return !isEager(message);
  }

  private ghostNumber(ghost: Ghost): number {
    const key = JSON.stringify(ghost);
    let number = this.ghostNumbers.get(key);
    if (number === undefined) {
      number = this.ghosts.push(ghost) - 1;
      this.ghostNumbers.set(key, number);
    }
    return number;
  }
}

/** Connections that a host opened, and closed at its own end only. */
function busyOf(world: World, host: number): number[] {
  const busy: number[] = [];
  for (const { number, open } of world.wires) {
    if (!open[0] && hostAt(number * 2) === host) busy.push(number);
  }
  return busy;
}

function takeMessage(world: World, handle: number): void {
  const wire = wireOf(world, handle >> 1)!;
  const end = (handle & 1) as 0 | 1;
  const message = wire.sent[end === 0 ? 1 : 0].shift();
  if (message === 0) closeWireEnd(world, wire, end);
}

/** The process is gone, and all its ends of connections with it. */
function closeAll(world: World, host: number): void {
  for (const wire of world.wires.slice()) {
    for (const end of [0, 1] as const) {
      if (hostAt(wire.number * 2 + end) === host) closeWireEnd(world, wire, end);
    }
  }
}
