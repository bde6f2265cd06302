/** What `npm run explore` explores: one large space to its end, and for each mutation a space in which it shows. */
import type { SwitchName } from '../model/index.js';
import type { Allowance } from '../scenarios/explore/index.js';

export interface Bounds extends Allowance {
  readonly brokers: number;
  readonly minInsyncReplicas: number;
  /** Brokers that died may start again. */
  readonly restarts: boolean;
  readonly maxStates: number;
}

export interface MutationCase {
  readonly name: SwitchName;
  readonly value: string;
  readonly bounds: Bounds;
}

const TWO_BROKERS: Bounds = {
  brokers: 2,
  minInsyncReplicas: 1,
  records: 1,
  crashes: 0,
  powerLosses: 0,
  lagChecks: 1,
  falseExpiries: 1,
  elections: 0,
  refreshes: 0,
  holds: 0,
  restarts: true,
  maxStates: 1_500_000,
};

/** Its frontier closes. */
export const EXHAUSTIVE: Bounds = {
  ...TWO_BROKERS,
  crashes: 1,
  lagChecks: 0,
  falseExpiries: 0,
  maxStates: 4_000_000,
};

/** Two brokers, one crash, one check for lagging followers; who died stays dead. */
const CRASH: Bounds = {
  ...TWO_BROKERS,
  records: 2,
  crashes: 1,
  falseExpiries: 0,
  restarts: false,
};

/** Three brokers, one crash, no check for lagging followers. */
const THREE_BROKERS: Bounds = {
  ...CRASH,
  brokers: 3,
  minInsyncReplicas: 2,
  records: 1,
  lagChecks: 0,
};

/** No crash: the session of a running broker runs out, so that the former leader lives on. */
const ZOMBIE: Bounds = { ...CRASH, crashes: 0, lagChecks: 0, falseExpiries: 1 };

export const MUTATIONS: readonly MutationCase[] = [
  { name: 'produceAck', value: 'append', bounds: CRASH },
  { name: 'produceResign', value: 'acknowledged', bounds: { ...ZOMBIE, records: 1, lagChecks: 1 } },
  { name: 'newLeaderFollowers', value: 'assumedCaughtUp', bounds: THREE_BROKERS },
  { name: 'followerProgress', value: 'sent', bounds: THREE_BROKERS },
  { name: 'hwQuorum', value: 'majority', bounds: CRASH },
  { name: 'divergingFetch', value: 'counted', bounds: THREE_BROKERS },
  { name: 'truncation', value: 'off', bounds: ZOMBIE },
];
