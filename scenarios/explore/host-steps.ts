/**
 * Steps of single hosts: given the state of a host and what happens to it, the state that follows and what it sends.
 *
 * A step depends on nothing else, so each is taken once and remembered: states of the cluster differ mostly in what other
 * hosts and the network are at. A host is forked, its program (the very program of a run) serves what happens, and the
 * copy is brought into canonical form and looked up among the states that are known.
 */
import {
  ClientOpcode,
  ElectLeadersCommand,
  isZooKeeperState,
  SendCommand,
  type ClusterDefinition,
  type ProducerState,
} from '../../model/index.js';
import { Forker, type Message, type Program } from '../../sim/index.js';
import { serverStateOf } from '../../model/index.js';
import { requestMetadataUpdate } from '../../model/client/client-metadata.js';
import { expireSession } from '../../model/zookeeper/index.js';
import { FIRED_US, NOW_US } from './abstract-clock.js';
import { canonicalise, digestOf } from './canonical-form.js';
import { FactCollector, type Fact } from './ghost.js';
import { LocalContext, type Effect, type Flush } from './local-context.js';
import { essence, forkLocal, type LocalHost, type LocalTimer } from './local-host.js';
import { lookAt, type LocalLook } from './local-view.js';
import { FLUSHED, timerRule } from './timer-rules.js';

/** What happens to a host. `message` 0 stands for a connection that is gone. */
export type Happening =
  | { readonly kind: 'deliver'; readonly handle: number; readonly message: number }
  | { readonly kind: 'timer'; readonly handle: number }
  | { readonly kind: 'expire'; readonly handle: number; readonly broker: number }
  /** What the other end of a connection sends is held back, or so no longer. */
  | { readonly kind: 'hold'; readonly handle: number; readonly message: number }
  | { readonly kind: 'release'; readonly handle: number }
  /** ZooKeeper ends a session. */
  | { readonly kind: 'endSession'; readonly session: number; readonly broker: number }
  | { readonly kind: 'crash' | 'losePower' | 'start' | 'send' | 'elect' | 'refresh' };

/** An effect with its message interned; `message` 0 closes. */
export interface SentEffect {
  readonly kind: Effect['kind'];
  readonly handle: number;
  readonly message: number;
}

export interface Step {
  readonly next: number;
  readonly effects: readonly SentEffect[];
  readonly facts: readonly Fact[];
}

interface KnownLocal {
  readonly local: LocalHost;
  readonly look: LocalLook;
  readonly steps: Map<string, Step>;
}

/** The producer is given one record. */
const ONE_RECORD = new SendCommand([0], 0);
/** The operator wants the preferred leader back. */
const PREFERRED_LEADER = new ElectLeadersCommand([0]);

/** Work that takes no time must come to an end. */
const MAX_IMMEDIATE_STEPS = 1000;

export class HostSteps {
  private readonly known: KnownLocal[] = [];
  private readonly numbers = new Map<string, number>();
  /** Message 0 is none. */
  private readonly messages: (Message | null)[] = [null];
  private readonly messageNumbers = new Map<string, number>();
  private readonly collector = new FactCollector();
  /** Steps that were really taken. */
  taken = 0;

  constructor(
    private readonly definition: ClusterDefinition,
    /** By host. */
    private readonly programs: readonly Program[],
  ) {}

  get hostStates(): number {
    return this.known.length;
  }

  get messageCount(): number {
    return this.messages.length - 1;
  }

  local(number: number): LocalHost {
    return this.known[number]!.local;
  }

  look(number: number): LocalLook {
    return this.known[number]!.look;
  }

  message(number: number): Message | null {
    return this.messages[number]!;
  }

  /** The step of a host; `busy` as in `LocalContext`. */
  step(number: number, happening: Happening, busy: readonly number[]): Step {
    const { steps } = this.known[number]!;
    const key = keyOf(happening, busy);
    let step = steps.get(key);
    if (step === undefined) {
      step = this.take(number, happening, busy);
      steps.set(key, step);
    }
    return step;
  }

  /** Takes in a host from outside, as it looked at a time. */
  adopt(local: LocalHost, nowUs: number): number {
    local.timers = local.timers
      .filter(({ opcode }) => timerRule(opcode) !== 'never')
      .map((timer) => ({ ...timer, dueUs: 0 }));
    sortTimers(local);
    const { low, high } = canonicalise(essence(local), nowUs);
    const key = `${local.host.index}/${low}/${high}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.known.length;
    this.known.push({ local, look: lookAt(local, this.definition), steps: new Map() });
    this.numbers.set(key, number);
    return number;
  }

  adoptMessage(message: Message): number {
    const { low, high } = digestOf(message);
    const key = `${message.kind}/${low}/${high}`;
    let number = this.messageNumbers.get(key);
    if (number === undefined) {
      number = this.messages.push(message) - 1;
      this.messageNumbers.set(key, number);
    }
    return number;
  }

  private take(number: number, happening: Happening, busy: readonly number[]): Step {
    this.taken++;
    const local = forkLocal(this.known[number]!.local, new Forker());
    this.collector.facts = [];
    const context = new LocalContext(local, this.collector, NOW_US, false, busy);
    this.serve(local, happening, context);
    runImmediate(this.programs[local.host.index]!, local, context);
    if (context.hasExited) throw new Error(`${local.host.name} ended by itself`);
    const next = this.adopt(local, context.nowUs());
    const effects = context.effects.map((effect) => ({
      kind: effect.kind,
      handle: effect.handle,
      message: effect.kind === 'send' ? this.adoptMessage(effect.message) : 0,
    }));
    return { next, effects, facts: this.collector.facts };
  }

  private serve(local: LocalHost, happening: Happening, context: LocalContext): void {
    const { host } = local;
    const program = this.programs[host.index]!;
    switch (happening.kind) {
      case 'deliver':
        deliver(program, local, happening.handle, this.messages[happening.message]!, context);
        return;
      case 'expire':
        hearFromOthers(local, happening.broker);
        fire(program, local, happening.handle, context);
        return;
      case 'timer':
        fire(program, local, happening.handle, context);
        return;
      case 'crash':
      case 'losePower':
        die(local, happening.kind === 'losePower', context);
        return;
      case 'send':
        program.timer(host.state, ClientOpcode.send, 0, ONE_RECORD, context);
        return;
      case 'refresh':
        refreshMetadata(program, host.state as ProducerState, context);
        return;
      case 'elect':
        program.timer(host.state, ClientOpcode.electLeaders, 0, PREFERRED_LEADER, context);
        return;
      case 'endSession':
        if (!isZooKeeperState(host.state)) throw new Error(`${host.name} has no sessions`);
        expireSession(this.definition, host.state, happening.session, context);
        return;
      case 'hold':
      case 'release':
        throw new Error('holding back is no step of a host');
      case 'start':
        host.incarnation++;
        host.status = 'running';
        host.state = program.start(context);
    }
  }
}

/** Hands a message, or the end of a connection, to the process. */
export function deliver(
  program: Program,
  local: LocalHost,
  handle: number,
  message: Message | null,
  context: LocalContext,
): void {
  const { host } = local;
  if (message === null) {
    context.forget(handle);
    program.closed(host.state, handle, context);
    return;
  }
  if (!host.connections.includes(handle)) host.connections.push(handle);
  program.receive(host.state, handle, message, context);
}

/** Fires an armed timer; it finds its deadline passed. */
function fire(program: Program, local: LocalHost, handle: number, context: LocalContext): void {
  const timer = takeTimer(local, handle);
  context.advance(FIRED_US);
  program.timer(local.host.state, timer.opcode, timer.arg, timer.payload, context);
}

/** Does all work that takes no time. */
export function runImmediate(program: Program, local: LocalHost, context: LocalContext): void {
  for (let count = 0; local.host.status === 'running'; count++) {
    const timer = local.timers.find(({ opcode }) => timerRule(opcode) === 'atOnce');
    if (timer === undefined) return;
    if (count > MAX_IMMEDIATE_STEPS) throw new Error(`${local.host.name} goes round in circles`);
    serveTimer(program, local, takeTimer(local, timer.handle), context);
  }
}

/** Serves a timer that was taken out, or the end of a flush. */
export function serveTimer(
  program: Program,
  { host }: LocalHost,
  timer: LocalTimer,
  context: LocalContext,
): void {
  if (timer.opcode !== FLUSHED) {
    program.timer(host.state, timer.opcode, timer.arg, timer.payload, context);
    return;
  }
  const flush = timer.payload as Flush;
  const file = host.disk.files.get(flush.fileName);
  if (file?.truncations === flush.truncations) file.markFlushed(flush.count, flush.bytes);
  program.timer(host.state, flush.opcode, flush.arg, flush.payload, context);
}

export function takeTimer(local: LocalHost, handle: number): LocalTimer {
  const at = local.timers.findIndex((timer) => timer.handle === handle);
  const [timer] = local.timers.splice(at, 1);
  if (at < 0 || timer === undefined) throw new Error('no such timer');
  return timer;
}

/** The process dies; without power it loses all that was not flushed. */
export function die(local: LocalHost, losesPower: boolean, context: LocalContext): void {
  const { host } = local;
  for (const handle of host.connections.slice()) context.close(handle);
  local.timers = [];
  host.state = null;
  host.status = 'down';
  if (!losesPower) return;
  // Who has lost what was written is not the life that is registered.
  host.incarnation++;
  for (const file of host.disk.files.values()) file.truncate(file.flushedCount);
}

/** The producer's metadata has come to its age (`metadata.max.age.ms`). */
function refreshMetadata(program: Program, state: ProducerState, context: LocalContext): void {
  requestMetadataUpdate(state.core.metadata, context.nowUs(), true);
  program.timer(state, ClientOpcode.deadline, 0, null, context);
}

/** All brokers with a session but one were heard of just now: it is the one whose session runs out. */
function hearFromOthers({ host }: LocalHost, broker: number): void {
  const controller = serverStateOf(host.state)?.controller;
  for (const known of controller?.brokers.values() ?? []) {
    if (known.registration.id !== broker && known.lastContactUs >= 0)
      known.lastContactUs = FIRED_US;
  }
}

function sortTimers(local: LocalHost): void {
  local.timers.sort((a, b) => a.handle - b.handle);
}

function keyOf(happening: Happening, busy: readonly number[]): string {
  const rest = busy.length === 0 ? '' : `!${busy.join()}`;
  switch (happening.kind) {
    case 'deliver':
      return `d${happening.handle},${happening.message}${rest}`;
    case 'timer':
      return `t${happening.handle}${rest}`;
    case 'expire':
      return `e${happening.broker}${rest}`;
    case 'endSession':
      return `z${happening.session}${rest}`;
    default:
      return happening.kind + rest;
  }
}
