/**
 * The director of a run: strikes the faults of the scenario and random ones, lifts them, and restarts what ended by
 * itself. Its state is plain data; it acts between events, never inside one.
 */
import { KAFKA_VERSIONS } from '../../model/index.js';
import { hashString, type Host } from '../../sim/index.js';
import type { Fault, FaultAction, Plan } from '../language/plan.js';
import { schedule, type Act, type Blow, type Entry, type Upgrade } from './agenda.js';
import { createCasualties, isSurvivable, noteCasualties, type Casualties } from './budget.js';
import { createCoverage, restartIfFree, type Coverage } from './coverage.js';
import { aim, begin, electLeaders, end, reassign, type ActiveFault } from './effects.js';
import type { Field } from './field.js';
import { resolveTargets } from './resolve-target.js';
import { drawFault, drawIntervalUs } from './random-faults.js';
import { clearThrottles, throttleMove, VERIFY_US, verifyThrottles } from './throttle.js';
import { protocolSteps, raiseText, readiness, versionSteps } from './upgrade.js';

/** A process that ended by itself is started again after this long, as a supervisor would. */
const SUPERVISOR_DELAY_US = 5_000_000;
/** Whoever upgrades looks again after this long whether all servers are up. */
const LOOK_AGAIN_US = 1_000_000;

/** A fault that took place, for reports and timelines. */
export interface FaultNote {
  readonly fromUs: number;
  /** -1 while it lasts. */
  untilUs: number;
  readonly verb: FaultAction['verb'];
  readonly text: string;
  readonly hosts: readonly number[];
  /** A random fault that the budget refused, or one without a target. */
  readonly skipped: boolean;
  /** What was to be done, so that a random fault can be written down as one with a time. */
  readonly action: FaultAction;
  /** How long it was to last; null: until all faults are healed. */
  readonly forUs: number | null;
  /** Added latency of a slow link, as drawn. */
  readonly extraUs: number;
}

export interface DirectorState {
  agenda: Entry[];
  active: ActiveFault[];
  coverage: Coverage;
  casualties: Casualties;
  /** Faults that wait for a mark: how often it must still come. */
  waiting: { readonly fault: number; left: number }[];
  notes: FaultNote[];
  /** No new faults any more. */
  healed: boolean;
}

export function createDirector(plan: Plan, hostCount: number): DirectorState {
  const state: DirectorState = {
    agenda: [],
    active: [],
    coverage: createCoverage(hostCount),
    casualties: createCasualties(),
    waiting: [],
    notes: [],
    healed: false,
  };
  for (const fault of plan.faults) {
    if (fault.trigger.kind === 'at') {
      schedule(state.agenda, fault.trigger.atUs, { kind: 'strike', fault: fault.index });
    } else {
      state.waiting.push({ fault: fault.index, left: fault.trigger.nth });
    }
  }
  return state;
}

/** Starts all hosts at time 0 and draws the first random fault. */
export function powerOn(plan: Plan, state: DirectorState, field: Field): void {
  for (const host of field.simulation.hosts) {
    if (host.status === 'off') restartIfFree(field, state.coverage, host.index);
  }
  if (plan.randomFaults !== null) {
    schedule(state.agenda, drawIntervalUs(field.stream, plan.randomFaults), {
      kind: 'random-fault',
    });
  }
}

/** When the director acts next, or -1. */
export function nextActUs(state: DirectorState): number {
  return state.agenda[0]?.atUs ?? -1;
}

/** Does what is due now. */
export function act(plan: Plan, state: DirectorState, field: Field): void {
  while (state.agenda.length > 0 && state.agenda[0]!.atUs <= field.simulation.nowUs) {
    perform(plan, state, field, state.agenda.shift()!.act);
  }
}

/** A mark took place: faults that waited for it strike. */
export function onMark(
  plan: Plan,
  state: DirectorState,
  field: Field,
  mark: string,
  subject: string,
): void {
  if (state.waiting.length === 0 || state.healed) return;
  const due: number[] = [];
  for (const entry of state.waiting) {
    const { trigger } = plan.faults[entry.fault]!;
    if (trigger.kind !== 'when' || trigger.mark !== mark) continue;
    if (trigger.subject !== null && trigger.subject !== subject) continue;
    entry.left--;
    if (entry.left === 0) due.push(entry.fault);
  }
  state.waiting = state.waiting.filter(({ left }) => left > 0);
  for (const fault of due) strike(state, field, plan.faults[fault]!);
}

/** Lifts all faults; from now on none begins. */
export function heal(state: DirectorState, field: Field): void {
  state.healed = true;
  state.agenda = state.agenda.filter(
    ({ act: { kind } }) => kind === 'supervise' || kind === 'verify-throttles',
  );
  state.waiting = [];
  for (const fault of state.active.slice()) finish(state, field, fault);
  for (const host of field.simulation.hosts) restartIfFree(field, state.coverage, host.index);
}

/**
 * A process ended by itself (a controlled shutdown is over, its disk failed, it gave up registering). True where a
 * restart was entered into the agenda.
 */
export function onHostDown(state: DirectorState, field: Field, host: Host): boolean {
  if (host.status !== 'down') return false;
  const cover = state.coverage[host.index]!;
  if (cover.crashed + cover.unpowered + cover.stopped > 0) return false;
  const atUs = field.simulation.nowUs + SUPERVISOR_DELAY_US;
  schedule(state.agenda, atUs, { kind: 'supervise', host: host.index });
  return true;
}

function perform(plan: Plan, state: DirectorState, field: Field, due: Act): void {
  switch (due.kind) {
    case 'strike':
      strike(state, field, plan.faults[due.fault]!);
      return;
    case 'end':
      if (state.active.includes(due.fault)) finish(state, field, due.fault);
      return;
    case 'random-fault':
      strikeAtRandom(plan, state, field);
      return;
    case 'blow':
      take(state, field, due.blow);
      return;
    case 'raise-protocol':
      raiseProtocol(state, field, due.upgrade);
      return;
    case 'supervise':
      if (!diskIsBroken(state, due.host)) restartIfFree(field, state.coverage, due.host);
      return;
    case 'verify-throttles':
      if (!verifyThrottles(field, state.coverage)) verifyLater(state, field);
      return;
    case 'renewal':
      throw new Error('renewals belong to the long run');
  }
}

function strikeAtRandom(plan: Plan, state: DirectorState, field: Field): void {
  if (plan.randomFaults === null) return;
  const { action, forUs, text } = drawFault(field, plan.randomFaults);
  const nextUs = field.simulation.nowUs + drawIntervalUs(field.stream, plan.randomFaults);
  if (nextUs < plan.run.forUs) schedule(state.agenda, nextUs, { kind: 'random-fault' });
  const survivable = plan.randomFaults.budget === 'survivable';
  take(state, field, { action, forUs, text, id: null, survivable, release: null });
}

function strike(state: DirectorState, field: Field, fault: Fault): void {
  if (state.healed) return;
  take(state, field, {
    action: fault,
    forUs: fault.forUs,
    text: fault.text,
    id: fault.id,
    survivable: false,
    release: null,
  });
}

function take(state: DirectorState, field: Field, blow: Blow): void {
  const { action } = blow;
  const { nowUs } = field.simulation;
  const aimed = aim(field, action);
  const hosts = struckHosts(field, action, aimed?.hosts ?? []);
  const allowed =
    !blow.survivable ||
    isSurvivable(
      field,
      state.casualties,
      state.coverage,
      action.verb,
      hosts,
      state.active.length > 0,
    );
  if (aimed === null || !allowed) {
    state.notes.push({
      fromUs: nowUs,
      untilUs: nowUs,
      verb: action.verb,
      text: blow.text,
      hosts,
      skipped: true,
      action,
      forUs: blow.forUs,
      extraUs: 0,
    });
    return;
  }
  field.simulation.note(hashString(action.verb), hosts[0] ?? aimed.links.length);
  noteCasualties(field, state.casualties, action.verb, hosts);
  const lasts = blow.forUs === null ? -1 : nowUs + blow.forUs;
  const fault: ActiveFault = {
    ...aimed,
    id: blow.id,
    text: blow.text,
    verb: action.verb,
    fromUs: nowUs,
    untilUs: lasts,
  };
  const isInstant = INSTANT.includes(action.verb);
  state.notes.push({
    fromUs: nowUs,
    untilUs: isInstant ? nowUs : -1,
    verb: action.verb,
    text: blow.text,
    hosts,
    skipped: false,
    action,
    forUs: blow.forUs,
    extraUs: aimed.extraUs,
  });
  if (action.verb === 'elect-leaders') electLeaders(field, action);
  if (action.verb === 'reassign') startReassignment(state, field, action);
  if (action.verb === 'release') release(state, field, action.hold);
  if (action.verb === 'rolling-restart') scheduleRolling(state, field, blow, action);
  if (action.verb === 'upgrade') startUpgrade(state, field, { action, text: blow.text });
  if (isInstant) {
    begin(field, state.coverage, fault, state.active);
    return;
  }
  state.active.push(fault);
  begin(field, state.coverage, fault, state.active);
  if (blow.release !== null) {
    for (const host of hosts) state.coverage[host]!.nextRelease = blow.release;
  }
  if (lasts >= 0) schedule(state.agenda, lasts, { kind: 'end', fault });
}

const INSTANT: readonly FaultAction['verb'][] = [
  'reset-connections',
  'clock-jump',
  'expire-session',
  'elect-leaders',
  'reassign',
  'release',
  'rolling-restart',
  'upgrade',
];

function struckHosts(
  field: Field,
  action: FaultAction,
  aimed: readonly number[],
): readonly number[] {
  const isRoll = action.verb === 'rolling-restart' || action.verb === 'upgrade';
  return isRoll ? resolveTargets(field, action.targets) : aimed;
}

function finish(state: DirectorState, field: Field, fault: ActiveFault): void {
  state.active = state.active.filter((other) => other !== fault);
  field.simulation.note(hashString(`end ${fault.verb}`), fault.hosts[0] ?? fault.links.length);
  const note = state.notes.find(
    (n) => n.untilUs === -1 && n.text === fault.text && n.fromUs === fault.fromUs,
  );
  if (note !== undefined) note.untilUs = field.simulation.nowUs;
  end(field, state.coverage, fault, state.active);
}

/** With its throttle, which the operator takes away when it is over. */
function startReassignment(
  state: DirectorState,
  field: Field,
  action: Extract<FaultAction, { verb: 'reassign' }>,
): void {
  if (action.to === null) clearThrottles(field, state.coverage);
  throttleMove(field, state.coverage, action);
  reassign(field, action);
  if (action.throttleBytesPerSecond === null) return;
  // Nobody verifies before the operator has asked.
  state.agenda = state.agenda.filter(({ act: { kind } }) => kind !== 'verify-throttles');
  verifyLater(state, field);
}

function verifyLater({ agenda }: DirectorState, { simulation }: Field): void {
  schedule(agenda, simulation.nowUs + VERIFY_US, { kind: 'verify-throttles' });
}

function release(state: DirectorState, field: Field, hold: string): void {
  for (const fault of state.active.slice()) {
    if (fault.verb === 'hold' && (hold === 'all' || fault.id === hold)) finish(state, field, fault);
  }
}

/** One host after the other: each step is an ordinary stop or crash, entered now and aimed when it is due. */
function scheduleRolling(
  state: DirectorState,
  field: Field,
  blow: Blow,
  action: Extract<FaultAction, { verb: 'rolling-restart' }>,
): void {
  let atUs = field.simulation.nowUs;
  for (const target of action.targets) {
    const step: Blow = {
      action: { verb: action.how, targets: [target] },
      forUs: action.downUs,
      text: `${blow.text}: ${action.how} ${resolveTargets(field, [target])
        .map((host) => field.simulation.hosts[host]!.name)
        .join(' ')}`,
      id: null,
      survivable: blow.survivable,
      release: null,
    };
    schedule(state.agenda, atUs, { kind: 'blow', blow: step });
    atUs += action.downUs + action.pauseUs;
  }
}

/** The first phase of an upgrade; the second follows its last step. */
function startUpgrade(state: DirectorState, field: Field, upgrade: Upgrade): void {
  const endUs = scheduleSteps(state, field, upgrade, versionSteps(field, state.coverage, upgrade));
  schedule(state.agenda, endUs, { kind: 'raise-protocol', upgrade });
}

/** The second phase, as soon as all servers run the new version. */
function raiseProtocol(state: DirectorState, field: Field, upgrade: Upgrade): void {
  const { nowUs } = field.simulation;
  const ready = readiness(field, state.coverage, upgrade);
  if (ready === 'never') return;
  if (ready === 'later') {
    schedule(state.agenda, nowUs + LOOK_AGAIN_US, { kind: 'raise-protocol', upgrade });
    return;
  }
  const { action } = upgrade;
  field.simulation.note(hashString('raise-protocol'), KAFKA_VERSIONS.indexOf(action.to));
  state.notes.push({
    fromUs: nowUs,
    untilUs: nowUs,
    verb: action.verb,
    text: `${upgrade.text}: ${raiseText(field.definition, action.to)}`,
    hosts: [],
    skipped: false,
    action,
    forUs: null,
    extraUs: 0,
  });
  scheduleSteps(state, field, upgrade, protocolSteps(field, state.coverage, upgrade));
}

/** One host after the other. Returns when the last of them has had its pause. */
function scheduleSteps(
  state: DirectorState,
  field: Field,
  { action: { downUs, pauseUs } }: Upgrade,
  steps: readonly Blow[],
): number {
  let atUs = field.simulation.nowUs;
  for (const blow of steps) {
    schedule(state.agenda, atUs, { kind: 'blow', blow });
    atUs += downUs + pauseUs;
  }
  return atUs;
}

function diskIsBroken(state: DirectorState, host: number): boolean {
  return state.active.some(
    (fault) =>
      (fault.verb === 'fail-disk' || fault.verb === 'fill-disk') && fault.hosts.includes(host),
  );
}
