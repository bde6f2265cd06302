/** What may happen in a state of the explored cluster. */
import type { ClusterDefinition } from '../../model/index.js';
import type { Happening, HostSteps } from './host-steps.js';
import { hostAt } from './local-host.js';
import type { ControllerLook, LocalLook } from './local-view.js';
import { timerRule } from './timer-rules.js';
import type { Allowance, World } from './world.js';

/** One thing that may happen in a state. */
export interface Choice {
  readonly host: number;
  readonly happening: Happening;
  /** What it takes from the allowance, or null. */
  readonly costs: keyof Allowance | null;
}

/** What choices depend on besides the state. */
export interface ChoiceSetting {
  readonly definition: ClusterDefinition;
  readonly steps: HostSteps;
  readonly hostCount: number;
  /** Of the brokers that have a replica. */
  readonly brokerIds: readonly number[];
  readonly brokerHosts: readonly number[];
  /** Who knows the leader and the ISR: the controller, or on ZooKeeper the one server of the ensemble. */
  readonly controllerHost: number;
  readonly isZooKeeper: boolean;
  /** Messages arrive promptly, but for what is held back. */
  readonly isPrompt: boolean;
  /** Brokers that died may start again. */
  readonly allowsRestarts: boolean;
}

/** All that may happen in a state, in a fixed order. */
export function choicesOf(setting: ChoiceSetting, world: World): Choice[] {
  const choices: Choice[] = [];
  addDeliveries(world, choices);
  if (setting.isPrompt) {
    addHolds(choices);
    if (choices.length > 0) return choices;
    addReleases(world, choices);
  }
  for (let host = 0; host < world.hosts.length; host++) addTimers(setting, world, host, choices);
  if (setting.isZooKeeper) addSessionEnds(setting, world, choices);
  for (const [at, host] of setting.brokerHosts.entries()) {
    addFaults(setting, world, host, setting.brokerIds[at]!, choices);
  }
  if (world.allowance.elections > 0) {
    choices.push({ host: setting.hostCount - 2, happening: { kind: 'elect' }, costs: 'elections' });
  }
  if (world.allowance.records > 0) {
    const host = setting.hostCount - 1;
    choices.push({ host, happening: { kind: 'send' }, costs: 'records' });
  }
  if (world.allowance.refreshes > 0) {
    const host = setting.hostCount - 1;
    choices.push({ host, happening: { kind: 'refresh' }, costs: 'refreshes' });
  }
  return choices;
}

/** Messages that are next on their connections. */
function addDeliveries(world: World, choices: Choice[]): void {
  for (const { number, sent, held } of world.wires) {
    for (const end of [0, 1] as const) {
      const message = sent[end][0];
      if (message === undefined || held[end]) continue;
      const handle = number * 2 + (1 - end);
      const happening = { kind: 'deliver', handle, message } as const;
      choices.push({ host: hostAt(handle), happening, costs: null });
    }
  }
}

/** Where all is prompt: the first message that may be held back arrives, or is held back. */
function addHolds(choices: Choice[]): void {
  const [first] = choices;
  if (first?.happening.kind !== 'deliver') return;
  const { handle, message } = first.happening;
  choices.length = 1;
  choices.push({
    host: first.host,
    happening: { kind: 'hold', handle, message },
    costs: 'holds',
  });
}

function addReleases(world: World, choices: Choice[]): void {
  for (const { number, held } of world.wires) {
    for (const end of [0, 1] as const) {
      if (!held[end]) continue;
      const handle = number * 2 + (1 - end);
      choices.push({
        host: hostAt(handle),
        happening: { kind: 'release', handle },
        costs: null,
      });
    }
  }
}

function addTimers(setting: ChoiceSetting, world: World, host: number, choices: Choice[]): void {
  const { timers } = setting.steps.local(world.hosts[host]!);
  const { allowance } = world;
  for (const { handle, opcode } of timers) {
    const happening = { kind: 'timer', handle } as const;
    switch (timerRule(opcode)) {
      case 'anytime':
        choices.push({ host, happening, costs: null });
        break;
      case 'heartbeat':
        if (mustBeat(setting, world, host)) choices.push({ host, happening, costs: null });
        break;
      case 'lag':
        if (allowance.lagChecks > 0) choices.push({ host, happening, costs: 'lagChecks' });
        break;
      case 'session':
        addExpiries(setting, world, host, handle, choices);
        break;
      case 'atOnce':
      case 'never':
    }
  }
}

/** A heartbeat would tell the broker or the controller something new. */
function mustBeat(setting: ChoiceSetting, world: World, host: number): boolean {
  const controller = controllerLook(setting, world);
  const id = setting.brokerIds[setting.brokerHosts.indexOf(host)]!;
  const look = lookAt(setting, world, host);
  return controller.lives?.[id] !== look.life || controller.fenced[id] === true || !look.isServing;
}

/** The session of a dead life runs out sooner or later; that of a running one, as often as is allowed. */
function addExpiries(
  setting: ChoiceSetting,
  world: World,
  host: number,
  handle: number,
  choices: Choice[],
): void {
  const controller = controllerLook(setting, world);
  for (const broker of controller.sessions) {
    const brokerHost = setting.definition.node(broker).host;
    const look = lookAt(setting, world, brokerHost);
    const isAlive = look.isRunning && controller.lives?.[broker] === look.life;
    if (isAlive && world.allowance.falseExpiries === 0) continue;
    const happening = { kind: 'expire', handle, broker } as const;
    choices.push({ host, happening, costs: isAlive ? 'falseExpiries' : null });
  }
}

/** The same for sessions in ZooKeeper. */
function addSessionEnds(setting: ChoiceSetting, world: World, choices: Choice[]): void {
  const host = setting.controllerHost;
  const { zkSessions } = controllerLook(setting, world);
  for (const [at, id] of setting.brokerIds.entries()) {
    const session = zkSessions[id]!;
    if (session === 0) continue;
    const look = lookAt(setting, world, setting.brokerHosts[at]!);
    const isAlive = look.isRunning && look.zkSession === session;
    if (isAlive && world.allowance.falseExpiries === 0) continue;
    const happening = { kind: 'endSession', session, broker: id } as const;
    choices.push({ host, happening, costs: isAlive ? 'falseExpiries' : null });
  }
}

function addFaults(
  setting: ChoiceSetting,
  world: World,
  host: number,
  id: number,
  choices: Choice[],
): void {
  const { crashes, powerLosses } = world.allowance;
  const { isRunning } = lookAt(setting, world, host);
  if (!isRunning) {
    // On ZooKeeper a process that finds its broker registered in another session ends at once.
    const isInTheWay = (controllerLook(setting, world).zkSessions[id] ?? 0) !== 0;
    if (setting.allowsRestarts && !isInTheWay)
      choices.push({ host, happening: { kind: 'start' }, costs: null });
    return;
  }
  if (crashes > 0) choices.push({ host, happening: { kind: 'crash' }, costs: 'crashes' });
  if (powerLosses > 0) {
    choices.push({ host, happening: { kind: 'losePower' }, costs: 'powerLosses' });
  }
}

function controllerLook(setting: ChoiceSetting, world: World): ControllerLook {
  return lookAt(setting, world, setting.controllerHost).controller!;
}

function lookAt({ steps }: ChoiceSetting, world: World, host: number): LocalLook {
  return steps.look(world.hosts[host]!);
}
