/**
 * A majority of the ensemble, or of the controllers, is gone for two minutes; meanwhile something else happens, or nothing.
 *
 * One partition with three replicas, acks=all writers, a reader at the end of the log, and a reader that is so slow that
 * it always has committed records left to read: whether reads are served is seen from that one.
 */
import type { KafkaVersion, MetadataMode, PartitionRegistration } from '../../../model/index.js';
import {
  Chronicle,
  finish,
  resolvePlan,
  startPlan,
  type Run,
  type Scenario,
} from '../../../scenarios/index.js';
import { namedCounts, QuorumWatch, type Moments } from './quorum-watch.js';
import { longestGapMs, stoppageOf, type Stoppage } from './service.js';

/** What happens during the outage of the quorum, besides it. */
export const ACTS = [
  'nothing',
  'follower-crash',
  'leader-crash',
  'broker-restart',
  'new-producer',
  'reassignment',
] as const;

export type Act = (typeof ACTS)[number];

/** A cluster of three brokers of one version in one mode, and what befalls it while the quorum is gone. */
export interface Setting {
  readonly kafka: KafkaVersion;
  readonly metadata: MetadataMode;
  readonly act: Act;
  readonly minInsyncReplicas: number;
  /** `kept`: the quorum is never lost, for comparison. */
  readonly quorum: 'lost' | 'kept';
}

/** When things happen, in seconds: the quorum is lost, the act, the quorum's members run again, the end. */
export const LOST_AT_S = 30;
export const ACT_AT_S = 45;
export const BACK_AT_S = 210;
export const END_AT_S = 265;

/** From the act to the return of the quorum's members. */
export const OUTAGE_LEFT_MS = (BACK_AT_S - ACT_AT_S) * 1000;

/** The consumer that always has committed records left to read, and the first (and only) client of it. */
const READER = 'behind';
const READER_CLIENT = `${READER}-0`;

/** The producer that is there from the beginning, and one that comes with the act. */
const WRITER_CLIENT = 'web-0';
const LATE_CLIENT = 'late-0';

const MOMENTS: Moments = {
  lostUs: LOST_AT_S * 1_000_000,
  actUs: ACT_AT_S * 1_000_000,
  backUs: BACK_AT_S * 1_000_000,
  endUs: END_AT_S * 1_000_000,
};

const CLIENTS = { reader: READER_CLIENT, writer: WRITER_CLIENT, late: LATE_CLIENT };

/** The order of replicas that the operator asks for; the same three, so that nothing has to be copied. */
const NEW_ORDER = [2, 1, 3];

/** Figures of one setting, from one seed. Milliseconds; null where it did not come to that within the run. */
export interface QuorumTimes {
  readonly setting: Setting;
  readonly seed: number;
  /** The longest time between two acknowledgements (two polls with records) while the quorum was gone. */
  readonly ackGapMs: number;
  readonly readGapMs: number;
  /** When writes and reads stopped and came back; null where they did not stop. */
  readonly writes: Stoppage | null;
  readonly reads: Stoppage | null;
  /** Whoever crashed was the active controller. */
  readonly hitController: boolean;
  /** From the act to the first other ISR that the leader wanted. */
  readonly isrAskedMs: number | null;
  /** Changes of partitions and of brokers committed while the quorum was gone; by the meaning of a quorum there are none. */
  readonly committedDuringOutage: number;
  /** Brokers fenced or without a session, and new leaders, from the loss of the quorum to the end. */
  readonly expelled: number;
  readonly newLeaders: number;
  /** From the return of the members: the quorum decides, the ISR is another one, there is another leader. */
  readonly decidesMs: number | null;
  readonly isrChangedMs: number | null;
  readonly electedMs: number | null;
  /** A broker that was started anew: from its start, and from the return of the members, to serving clients. */
  readonly servesAfterStartMs: number | null;
  readonly servesMs: number | null;
  /** The reassignment that was asked for is in the metadata. */
  readonly reassignedMs: number | null;
  /** A producer that came with the act: from its start to its first acknowledgement. */
  readonly lateAckMs: number | null;
  /** Answers of the leader to producers with an error, by name, from the act to the end. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Sends that producers gave up, from the act to the end; and from the act to the first of them. */
  readonly failedSends: number;
  readonly firstFailureMs: number | null;
  /** Acknowledged records that no leader's log has at the end. */
  readonly ackedLost: number;
}

/** The cluster, its load, the loss of the quorum, and the act. */
export function scenarioOf(setting: Setting): Scenario {
  const { kafka, metadata, act, minInsyncReplicas } = setting;
  const isKraft = metadata === 'kraft';
  const config = { acks: 'all', 'enable.idempotence': true };
  return {
    name: `why-quorum-${kafka}-${metadata}-${act}`,
    kafka,
    metadata,
    cluster: {
      brokers: 3,
      ...(isKraft ? { controllers: 3 } : { zookeepers: 3 }),
      config: { 'min.insync.replicas': minInsyncReplicas },
    },
    topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
    producers: [
      { id: 'web', topic: 'orders', rate: '20/s', 'value-bytes': 200, config },
      ...(act === 'new-producer'
        ? [{ id: 'late', topic: 'orders', rate: '1/s', start: `${ACT_AT_S}s`, config }]
        : []),
    ],
    consumers: [
      { id: 'tail', topic: 'orders', assign: 'all' },
      {
        id: READER,
        topic: 'orders',
        assign: 'all',
        processing: '400ms',
        config: {
          'auto.offset.reset': 'earliest',
          'max.partition.fetch.bytes': 500,
          'max.poll.records': 1,
        },
      },
    ],
    faults: [...lossOf(setting), ...faultsOf(act)],
    run: { for: `${END_AT_S}s`, settle: '0s' },
  };
}

/** A majority of those who decide goes down together, and starts again together. */
function lossOf({ metadata, quorum }: Setting): NonNullable<Scenario['faults']> {
  if (quorum === 'kept') return [];
  const member = metadata === 'kraft' ? 'controller' : 'zookeeper';
  const lasts = `${BACK_AT_S - LOST_AT_S}s`;
  return [{ at: `${LOST_AT_S}s`, crash: [`${member} 1`, `${member} 2`], for: lasts }];
}

function faultsOf(act: Act): NonNullable<Scenario['faults']> {
  const at = `${ACT_AT_S}s`;
  switch (act) {
    case 'nothing':
    case 'new-producer':
      return [];
    case 'follower-crash':
      return [{ at, crash: 'follower of orders-0' }];
    case 'leader-crash':
      return [{ at, crash: 'leader of orders-0' }];
    case 'broker-restart':
      return [{ at, crash: 'follower of orders-0', for: '5s' }];
    case 'reassignment':
      return [{ at, reassign: 'orders-0', to: NEW_ORDER }];
  }
}

/** A run of a setting that was played to its end, with what was noted about it. */
export interface QuorumStory {
  readonly run: Run;
  readonly chronicle: Chronicle;
  readonly times: QuorumTimes;
}

/** Plays a setting. */
export function playSetting(setting: Setting, seed: number): QuorumStory {
  const plan = resolvePlan(scenarioOf(setting));
  const watch = new QuorumWatch(MOMENTS, CLIENTS);
  const chronicle = new Chronicle();
  const run = startPlan(plan, { seed, invariants: false, watch: () => [watch, chronicle] });
  run.advance(MOMENTS.actUs - 1);
  const leader = run.truth.partition(0)?.leader ?? -1;
  const controller = run.truth.state.activeController;
  run.play();
  const played = { run, watch, chronicle, leader, controller };
  return { run, chronicle, times: timesOf(setting, seed, played) };
}

interface Played {
  readonly run: Run;
  readonly watch: QuorumWatch;
  readonly chronicle: Chronicle;
  /** Who led the partition before the act. */
  readonly leader: number;
  /** The active controller by then; on ZooKeeper one of the brokers. */
  readonly controller: number;
}

function timesOf(setting: Setting, seed: number, played: Played): QuorumTimes {
  const { run, watch, leader } = played;
  const { state } = watch;
  const { lostUs, actUs, backUs } = MOMENTS;
  const victim = victimOf(played);
  const { partitions } = state;
  const whenPartition = (test: (registration: PartitionRegistration) => boolean): number | null =>
    partitions.find(({ registration }) => test(registration))?.atUs ?? null;
  const asked = state.wanted.find(({ atUs, isr }) => atUs >= actUs && !isr.includes(victim));
  const restarted = startOf(played, victim);
  const serves = state.serving.find(({ broker, atUs }) => broker === victim && atUs > actUs);
  const { clients } = finish(run);
  return {
    setting,
    seed,
    ackGapMs: longestGapMs(state.ackedUs, lostUs, backUs),
    readGapMs: longestGapMs(state.readUs, lostUs, backUs),
    writes: stoppageOf(state.ackedUs, MOMENTS),
    reads: stoppageOf(state.readUs, MOMENTS),
    hitController: victim >= 0 && victim === played.controller,
    isrAskedMs: since(actUs, victim < 0 ? null : (asked?.atUs ?? null)),
    committedDuringOutage:
      state.registrationsChanged + partitions.filter(({ atUs }) => atUs < backUs).length,
    expelled: state.expelled.length,
    newLeaders: partitions.filter(({ registration }) => registration.leader !== leader).length,
    decidesMs: since(backUs, state.decidedUs < 0 ? null : state.decidedUs),
    isrChangedMs: since(
      backUs,
      whenPartition(({ isr }) => victim >= 0 && !isr.includes(victim)),
    ),
    electedMs: since(
      backUs,
      whenPartition((registration) => registration.leader >= 0 && registration.leader !== leader),
    ),
    servesAfterStartMs: restarted === null ? null : since(restarted, serves?.atUs ?? null),
    servesMs: restarted === null ? null : since(backUs, serves?.atUs ?? null),
    reassignedMs: since(
      backUs,
      whenPartition(({ replicas }) => replicas.join() === NEW_ORDER.join()),
    ),
    lateAckMs: since(actUs, state.lateAckUs < 0 ? null : state.lateAckUs),
    refusals: namedCounts(state.refusals),
    failedSends: state.failedSends,
    firstFailureMs: since(actUs, state.firstFailureUs < 0 ? null : state.firstFailureUs),
    ackedLost: clients.ackedLost,
  };
}

/** The broker that was crashed, or -1. */
function victimOf({ run, chronicle }: Played): number {
  const { brokers } = run.definition;
  const fell = chronicle.state.hosts.find(
    ({ atUs, host, status }) =>
      atUs >= MOMENTS.actUs && status !== 'running' && brokers.some((node) => node.host === host),
  );
  return brokers.find(({ host }) => host === fell?.host)?.id ?? -1;
}

/** When the process of a broker was started anew before the quorum was back, or null. */
function startOf({ run, chronicle }: Played, broker: number): number | null {
  if (broker < 0) return null;
  const { host } = run.definition.node(broker);
  const start = chronicle.state.hosts.find(
    ({ atUs, host: at, status }) =>
      at === host && status === 'running' && atUs > MOMENTS.actUs && atUs < MOMENTS.backUs,
  );
  return start?.atUs ?? null;
}

function since(fromUs: number, atUs: number | null): number | null {
  return atUs === null ? null : (atUs - fromUs) / 1000;
}
