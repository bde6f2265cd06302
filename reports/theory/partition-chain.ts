/**
 * The Markov chain of one partition: every state that crashes, notices, repairs and returns lead to.
 *
 * Nothing is listed by hand. The chain is explored from the healthy state with the machine of
 * `partition-protocol.ts`, four exponential clocks driving it: a running host crashes, a dead one is
 * repaired, the controller notices a dead broker, a repaired broker gets back to work. A phase of
 * length zero is taken at once and leaves no state behind.
 *
 * Notices and returns take seconds, so several at once are rare. With four or five replicas at most two
 * are kept under way, with six or seven one; a further one ends the phase of another at once. That is an
 * error of third, or second, order in (length of the phase / mean time to failure), and without it the
 * chain of seven replicas has some 10^5 states.
 */

import { type MarkovChain, type Transition } from './markov-chain.js';
import {
  comeBack,
  fence,
  healthyPartition,
  type Outcome,
  type PartitionState,
  type ProtocolRules,
  type Replica,
  setHost,
} from './partition-protocol.js';

/** Mean lengths in microseconds. */
export interface PhaseLengths {
  /** Time between a host's repair and its next crash. */
  readonly mttfUs: number;
  /** Time between a crash and the host's repair. */
  readonly mttrUs: number;
  /** From the crash of a broker until the ISR is rid of it. Zero: at once. */
  readonly detectUs: number;
  /** The same for the broker that leads: until its successor serves. */
  readonly leaderDetectUs: number;
  /** From the repair until the broker is back in the ISR or leads. Zero: at once. */
  readonly returnUs: number;
}

/** Notices and returns that may be under way together, by replication factor. */
function mostQuickPhases(replicationFactor: number): number {
  return replicationFactor <= 3 ? replicationFactor : replicationFactor <= 5 ? 2 : 1;
}

/** The chain and what its states are. State 0 is the healthy one. */
export interface PartitionChain {
  readonly states: readonly PartitionState[];
  readonly transitions: MarkovChain;
}

/** A way out of a state, before states are numbered. */
interface Step {
  readonly rate: number;
  readonly outcomes: readonly Outcome[];
}

/** Explores all states that can be reached from the healthy one. */
export function partitionChain(
  replicationFactor: number,
  rules: ProtocolRules,
  phases: PhaseLengths,
): PartitionChain {
  const numbers = new Map<string, number>();
  const states: PartitionState[] = [];
  const numberOf = (state: PartitionState): number => {
    const key = describe(state);
    const known = numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    numbers.set(key, states.length);
    states.push(state);
    return states.length - 1;
  };

  numberOf(sorted(healthyPartition(replicationFactor)));
  const transitions: Transition[][] = [];
  for (let index = 0; index < states.length; index++) {
    const state = states[index];
    if (state === undefined) {
      break;
    }
    const steps = stepsFrom(state, rules, phases);
    transitions.push(
      steps.flatMap(({ rate, outcomes }) =>
        outcomes.map((outcome) => ({
          to: numberOf(sorted(outcome.state)),
          rate: rate * outcome.probability,
        })),
      ),
    );
  }
  return quickStatesLast({ states, transitions });
}

/** One line for a state, replicas in sorted order: what states are told apart by. */
export function describe(state: PartitionState): string {
  const line = state.replicas.map(describeReplica).sort(byCodeUnit).join(' ');
  return state.leaderless ? `${line} leaderless` : line;
}

function describeReplica(replica: Replica): string {
  const marks = [
    replica.fenced ? 'fenced' : '',
    replica.inIsr ? 'isr' : '',
    replica.inElr ? 'elr' : '',
    replica.leads ? 'leads' : '',
  ];
  return [replica.host as string, ...marks.filter((mark) => mark !== '')].join('+');
}

function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function sorted(state: PartitionState): PartitionState {
  const keyed = state.replicas.map((replica) => ({ replica, key: describeReplica(replica) }));
  keyed.sort((left, right) => byCodeUnit(left.key, right.key));
  return { ...state, replicas: keyed.map(({ replica }) => replica) };
}

/** What may happen next, with rates; phases of no length have already been passed through. */
function stepsFrom(state: PartitionState, rules: ProtocolRules, phases: PhaseLengths): Step[] {
  return state.replicas.flatMap((replica, index) => {
    const steps: Step[] = [];
    const then = (rate: number, outcomes: readonly Outcome[]): void => {
      steps.push({ rate, outcomes: outcomes.flatMap((o) => passAtOnce(o, rules, phases)) });
    };
    if (replica.host === 'down') {
      then(1 / phases.mttrUs, certainly(setHost(state, index, 'back')));
    } else {
      then(1 / phases.mttfUs, certainly(setHost(state, index, 'down')));
    }
    if (isUnnoticed(replica)) {
      const lengthUs = replica.leads ? phases.leaderDetectUs : phases.detectUs;
      then(1 / lengthUs, fence(state, index, rules));
    }
    if (isReturning(replica)) {
      then(1 / phases.returnUs, comeBack(state, index, rules));
    }
    return steps;
  });
}

/** Takes the notices and returns that need no time, or for which there is no room. */
function passAtOnce(outcome: Outcome, rules: ProtocolRules, phases: PhaseLengths): Outcome[] {
  const { replicas } = outcome.state;
  const isCrowded =
    replicas.filter((replica) => isUnnoticed(replica) || isReturning(replica)).length >
    mostQuickPhases(replicas.length);
  const noticed = replicas.findIndex(
    (replica) => isUnnoticed(replica) && (isCrowded || phases.detectUs === 0),
  );
  const returned = replicas.findIndex(
    (replica) => isReturning(replica) && (isCrowded || phases.returnUs === 0),
  );
  if (noticed === -1 && returned === -1) {
    return [outcome];
  }
  const next =
    noticed === -1
      ? comeBack(outcome.state, returned, rules)
      : fence(outcome.state, noticed, rules);
  return next.flatMap(({ probability, state }) =>
    passAtOnce({ probability: probability * outcome.probability, state }, rules, phases),
  );
}

function certainly(state: PartitionState): Outcome[] {
  return [{ probability: 1, state }];
}

/** Dead or restarting, and the controller still takes it for alive. */
function isUnnoticed(replica: Replica): boolean {
  return replica.host !== 'up' && !replica.fenced;
}

/** Repaired, its old session gone: on its way to register and to catch up. */
function isReturning(replica: Replica): boolean {
  return replica.host === 'back' && replica.fenced;
}

/** Renumbers so that states that are left within seconds come last, where elimination starts. */
function quickStatesLast(chain: PartitionChain): PartitionChain {
  const quickness = chain.states.map(
    ({ replicas }) => replicas.filter((r) => isUnnoticed(r) || isReturning(r)).length,
  );
  const order = chain.states.map((_, index) => index);
  order.sort((a, b) => (quickness[a] ?? 0) - (quickness[b] ?? 0) || a - b);
  const newNumber = new Array<number>(order.length).fill(0);
  order.forEach((oldIndex, newIndex) => {
    newNumber[oldIndex] = newIndex;
  });
  const pick = <T>(list: readonly T[]): T[] =>
    order.flatMap((oldIndex) => list.slice(oldIndex, oldIndex + 1));
  return {
    states: pick(chain.states),
    transitions: pick(chain.transitions).map((row) =>
      row.map(({ to, rate }) => ({ to: newNumber[to] ?? 0, rate })),
    ),
  };
}
