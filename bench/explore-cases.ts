/**
 * What `npm run explore` explores: one large space to its end, for each mutation a space in which it shows, and for bugs of
 * older versions the same space with the bug and with its fix.
 */
import type { SwitchName } from '../model/index.js';
import type { Allowance, TinyCluster } from '../scenarios/explore/index.js';

/** The cluster, its rules apart, and what may happen to it. */
export interface Bounds extends Allowance, Omit<TinyCluster, 'switches' | 'kafka'> {
  /** Brokers that died may start again. */
  readonly restarts: boolean;
  readonly maxStates: number;
}

export interface MutationCase {
  readonly name: SwitchName;
  readonly value: string;
  readonly bounds: Bounds;
}

/** The rules of a version, or all of them but some. */
export type Rules = Pick<TinyCluster, 'kafka'> & Partial<Pick<TinyCluster, 'switches'>>;

export interface BugCase {
  /** Name on the command line. */
  readonly name: string;
  readonly broken: Rules;
  /** Under each of these the same space closes, and every promise holds, also of those who only may lead. */
  readonly fixed: readonly Rules[];
  readonly bounds: Bounds;
}

const NOTHING: Allowance = {
  records: 1,
  crashes: 0,
  powerLosses: 0,
  lagChecks: 0,
  falseExpiries: 0,
  elections: 0,
  refreshes: 0,
  holds: 0,
};

const TWO_BROKERS: Bounds = {
  ...NOTHING,
  brokers: 2,
  minInsyncReplicas: 1,
  lagChecks: 1,
  falseExpiries: 1,
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

/**
 * The operator gives the leadership back to the preferred leader, which crashes and comes back. Messages arrive promptly,
 * but what is sent on one connection in one direction is held back, twice.
 */
const FAST_FAIL_OVER: Bounds = {
  ...NOTHING,
  brokers: 2,
  minInsyncReplicas: 1,
  startsWith: 'otherLeader',
  delivery: 'prompt',
  judged: 'leaders',
  records: 3,
  crashes: 1,
  elections: 1,
  holds: 2,
  restarts: true,
  maxStates: 1_500_000,
};

export const BUGS: readonly BugCase[] = [
  {
    // As KIP-101 tells it: acks=all, min.insync.replicas 2, until the third replica leads without the record.
    name: 'B01',
    broken: { kafka: '0.10' },
    fixed: [{ kafka: '0.11' }, { kafka: '0.10', switches: { truncate: 'epochRequest' } }],
    bounds: { ...THREE_BROKERS, crashes: 2, judged: 'leaders' },
  },
  {
    // With two brokers one crash is enough: a member of the ISR comes back and cuts its log.
    name: 'B01-two-brokers',
    broken: { kafka: '0.10' },
    fixed: [{ kafka: '0.11' }, { kafka: '0.10', switches: { truncate: 'epochRequest' } }],
    bounds: { ...CRASH, records: 1, lagChecks: 0, restarts: true },
  },
  {
    name: 'B03',
    broken: { kafka: '1.1' },
    fixed: [{ kafka: '2.0' }, { kafka: '1.1', switches: { epochReply: 'epochAndOffset' } }],
    bounds: { ...FAST_FAIL_OVER, firstRecords: 1 },
  },
  {
    // In logs that begin with the epoch that is to be cut KIP-279 falls back on the offset alone, until 2.0.1.
    name: 'B03-first-epoch',
    broken: { kafka: '2.0' },
    fixed: [{ kafka: '2.3' }, { kafka: '2.0', switches: { epochLookup: 'startOfFirst' } }],
    bounds: FAST_FAIL_OVER,
  },
];
