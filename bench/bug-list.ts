/** The bugs of the corpus that a search has to find by itself: where each is, which promise it breaks, and where it is mended. */
import type { FaultVerb } from '../scenarios/language/plan.js';
import type { ScenarioVersion } from '../scenarios/language/version-name.js';
import {
  runScenario,
  type Failure,
  type Finding,
  type RunResult,
  type Scenario,
  type Wanted,
} from '../scenarios/index.js';
import type { SearchTask } from './search-task.js';

/** Changes a scenario; gives the very same one back where there is nothing to change. */
type Change = (scenario: Scenario) => Scenario;

/** Rules by their switches. */
export type Rules = Readonly<Record<string, string>>;

/** A bug, or a hazard that settings allow. */
export interface Bug {
  readonly id: string;
  /** What it is known as. */
  readonly name: string;
  readonly version: ScenarioVersion;
  /** Put over every scenario that is drawn. */
  readonly switches?: Rules;
  /** The one rule, or setting, that mends it: a finding counts if its run breaks nothing of the kind with it. */
  readonly mendedBy: Rules | Change;
  /** The invariants that the corpus names: only these are watched. */
  readonly breaks: readonly string[];
  /**
   * Where the losses are expected ones: what broke the assumption, or a field that their evidence has. Then scenarios are
   * drawn laxer than promises allow.
   */
  readonly expected?: { readonly because: RegExp } | { readonly evidence: string };
  /** Takes away what another hazard needs: neither is it drawn, nor counts what is found with it. */
  readonly without?: Change;
  /** Where the same search finds nothing: in a version, or with what mends it. */
  readonly fixed: ScenarioVersion | 'mended';
  /** What closes what Kafka's own mending leaves open: without it that version is not free of it, either. */
  readonly closed?: Rules | Change;
}

const zookeeper = (kafka: ScenarioVersion['kafka']): ScenarioVersion => ({
  kafka,
  metadata: 'zookeeper',
});
const kraft = (kafka: ScenarioVersion['kafka']): ScenarioVersion => ({ kafka, metadata: 'kraft' });

/** What ends processes. */
const DEATHS = [
  'crash',
  'power-loss',
  'stop',
  'fail-disk',
  'lose-disk',
  'rack-outage',
  'rack-power-loss',
  'rolling-restart',
] as const;

export const BUGS: readonly Bug[] = [
  {
    id: 'B01',
    name: 'acknowledged records lost by truncation to the high watermark (KIP-101)',
    version: zookeeper('0.10'),
    mendedBy: { truncate: 'epochRequest' },
    breaks: ['I1', 'I2'],
    fixed: zookeeper('2.3'),
  },
  {
    id: 'B02',
    name: 'logs diverge after several hard failures (KIP-101)',
    version: zookeeper('0.10'),
    mendedBy: { truncate: 'epochRequest' },
    breaks: ['I3'],
    fixed: zookeeper('2.3'),
  },
  {
    id: 'B03',
    name: 'logs diverge in fast fail-overs (KIP-279)',
    version: zookeeper('1.1'),
    mendedBy: { epochReply: 'epochAndOffset' },
    breaks: ['I1', 'I3'],
    fixed: zookeeper('2.3'),
  },
  {
    id: 'B04',
    name: 'zombie follower (KIP-320)',
    version: zookeeper('2.0'),
    mendedBy: { fetchEpochFencing: 'on', followerRestart: 'newEpoch' },
    breaks: ['I3', 'I4'],
    fixed: zookeeper('2.3'),
  },
  {
    id: 'B05',
    name: 'a consumer does not notice a truncation (KIP-320)',
    version: zookeeper('2.0'),
    mendedBy: { consumerValidation: 'strict', fetchEpochFencing: 'on', metadataEpoch: 'checked' },
    breaks: ['I12'],
    expected: { evidence: 'passedOver' },
    fixed: zookeeper('2.3'),
    closed: { consumerValidation: 'strict' },
  },
  {
    id: 'B06',
    name: 'a follower joins the ISR below the true high watermark (KAFKA-7128)',
    version: zookeeper('2.0'),
    mendedBy: { isrJoin: 'epochStart' },
    breaks: ['I1', 'I2', 'I5'],
    fixed: zookeeper('2.3'),
  },
  {
    id: 'B07',
    name: 'the high watermark ignores an ISR change that is under way (KIP-497)',
    version: kraft('4.1'),
    switches: { hwSet: 'committedIsr' },
    mendedBy: { hwSet: 'maximalIsr' },
    breaks: ['I1', 'I5'],
    fixed: 'mended',
  },
  {
    id: 'B08',
    name: 'reboot race (KIP-903)',
    version: kraft('3.3'),
    mendedBy: { isrBrokerEpoch: 'on' },
    breaks: ['I1', 'I5'],
    expected: { because: /KIP-903/ },
    fixed: kraft('3.5'),
  },
  {
    id: 'B09',
    name: 'last replica standing (KIP-966)',
    version: kraft('4.0'),
    mendedBy: { elr: 'on' },
    breaks: ['I1', 'I2'],
    expected: { because: /was the last member of the ISR/ },
    fixed: kraft('4.1'),
  },
  {
    id: 'B10',
    name: 'power loss of the whole ISR',
    version: kraft('4.1'),
    mendedBy: withEachRecordFlushed,
    breaks: ['I1', 'I2'],
    expected: { because: /lost power or disk before any was back/ },
    without: withoutFaults('lose-disk'),
    fixed: 'mended',
  },
  {
    id: 'B11',
    name: 'unclean election',
    version: kraft('4.1'),
    breaks: ['I1', 'I2', 'I12'],
    expected: { because: /unclean\.leader\.election/ },
    mendedBy: withoutUncleanElections,
    fixed: 'mended',
  },
  {
    id: 'B12',
    name: 'acks=1',
    version: kraft('4.1'),
    breaks: ['I1'],
    expected: { because: /acks=1/ },
    mendedBy: withAcksAll,
    fixed: 'mended',
  },
  {
    id: 'B13',
    name: 'acks=all with min.insync.replicas=1',
    version: kraft('4.1'),
    mendedBy: withMinIsrOfTwo,
    breaks: ['I1'],
    expected: { because: /min\.insync\.replicas=1$/ },
    fixed: 'mended',
  },
  {
    id: 'B14',
    name: 'zombie controller (KAFKA-3083, KAFKA-6082)',
    version: zookeeper('0.11'),
    mendedBy: { zkWriteFencing: 'on' },
    breaks: ['I7', 'I23'],
    fixed: zookeeper('2.3'),
  },
  {
    id: 'B15',
    name: 'zombie leader: writes with acks=1 to one that has a successor',
    version: kraft('4.1'),
    mendedBy: withAcksAll,
    breaks: ['I1'],
    expected: { because: /acks=1/ },
    without: withoutFaults(...DEATHS),
    fixed: 'mended',
  },
  {
    id: 'B16',
    name: 'missed bounce of a broker (KIP-380)',
    version: zookeeper('2.0'),
    mendedBy: { brokerGeneration: 'on' },
    breaks: ['I5', 'I16'],
    fixed: zookeeper('2.3'),
  },
  {
    id: 'B17',
    name: 'a fenced replica joins the ISR (KIP-841)',
    version: kraft('3.3'),
    switches: { isrEligibility: 'off' },
    mendedBy: { isrEligibility: 'on' },
    breaks: ['I8'],
    expected: { because: /fenced|shutting down/ },
    fixed: 'mended',
  },
  {
    id: 'B24',
    name: 'one node acknowledges, and is replaced (Jepsen, 2013)',
    version: zookeeper('0.10'),
    mendedBy: withoutUncleanElections,
    breaks: ['I1'],
    expected: { because: /unclean\.leader\.election/ },
    fixed: zookeeper('2.3'),
    closed: withoutUncleanElections,
  },
];

/** The search for a bug: random clusters of its version, of which the promises are watched that it breaks. */
export function searchFor(bug: Bug): SearchTask {
  return { ...searchIn(bug, bug.version, (scenario) => scenario), accepts: isOf(bug) };
}

/** The same search where the bug is mended: whatever it finds should not be there. */
export function controlOf(bug: Bug): SearchTask {
  if (bug.fixed === 'mended') return searchIn(bug, bug.version, menderOf(bug));
  return searchIn({ ...bug, switches: {} }, bug.fixed, changeOf(bug.closed ?? {}));
}

function searchIn(
  { breaks, expected, switches = {}, without = (scenario) => scenario }: Bug,
  version: ScenarioVersion,
  change: Change,
): SearchTask {
  const watched = (scenario: Scenario): Scenario => ({
    ...withSwitches(switches)(without(scenario)),
    invariants: [...breaks] as Scenario['invariants'],
  });
  return {
    subject: { kind: 'general', version, change: (scenario) => change(watched(scenario)) },
    ...(expected === undefined ? {} : { wanted: { invariants: breaks, ...asText(expected) } }),
    accepts: ({ scenario }) => without(scenario) === scenario,
  };
}

/** The loss is one that the corpus names, and without the bug the same run breaks nothing of the kind, and recovers. */
function isOf(bug: Bug): (finding: Finding) => boolean {
  return ({ failure, scenario, runSeed }) => {
    // I16, Progress, is what has not come about at the end.
    if (failure.invariant === 'liveness' && !bug.breaks.includes('I16')) return false;
    if ((bug.without?.(scenario) ?? scenario) !== scenario) return false;
    const mended = playMended(bug, scenario, runSeed);
    return breaksNothing(bug, failure, mended) && mended.pending.length === 0;
  };
}

/** Whether a run that fails so fails because of the bug: without it nothing of the kind is broken. */
export function isMendedIn(bug: Bug, failure: Failure, scenario: Scenario, seed: number): boolean {
  if ((bug.without?.(scenario) ?? scenario) !== scenario) return false;
  const mended = playMended(bug, scenario, seed);
  const recovers = failure.invariant !== 'liveness' || mended.pending.length === 0;
  return recovers && breaksNothing(bug, failure, mended);
}

function playMended(bug: Bug, scenario: Scenario, seed: number): RunResult {
  return runScenario(menderOf(bug)(scenario), { seed });
}

/** Where losses are asked for settings may allow others: they are not of the bug. */
function breaksNothing(
  { expected }: Bug,
  failure: Failure,
  { violations, expectedLosses }: RunResult,
): boolean {
  const ofKind = expectedLosses.filter(
    ({ invariant, evidence }) =>
      expected === undefined ||
      (invariant === failure.invariant &&
        (!('evidence' in expected) || expected.evidence in evidence)),
  );
  return violations.length + ofKind.length === 0;
}

function asText(expected: NonNullable<Bug['expected']>): Partial<Wanted> {
  return 'evidence' in expected ? expected : { because: expected.because.source };
}

function menderOf({ mendedBy }: Bug): Change {
  return changeOf(mendedBy);
}

function changeOf(change: Rules | Change): Change {
  return typeof change === 'function' ? change : withSwitches(change);
}

function withSwitches(switches: Rules): Change {
  if (Object.keys(switches).length === 0) return (scenario) => scenario;
  return (scenario) => ({ ...scenario, switches: { ...scenario.switches, ...switches } });
}

function withSettings(settings: Readonly<Record<string, unknown>>): Change {
  return (scenario) => ({
    ...scenario,
    cluster: {
      ...scenario.cluster,
      config: { ...scenario.cluster.config, ...settings } as Scenario['cluster']['config'],
    },
  });
}

function withoutUncleanElections(scenario: Scenario): Scenario {
  const faults = (scenario.faults ?? []).filter((fault) => fault['elect-leaders'] !== 'unclean');
  return withSettings({ 'unclean.leader.election.enable': false })({ ...scenario, faults });
}

function withMinIsrOfTwo(scenario: Scenario): Scenario {
  return withSettings({ 'min.insync.replicas': 2 })(scenario);
}

function withAcksAll(scenario: Scenario): Scenario {
  const producers = (scenario.producers ?? []).map((producer) => ({
    ...producer,
    config: { ...producer.config, acks: 'all' },
  }));
  return { ...scenario, producers };
}

function withEachRecordFlushed(scenario: Scenario): Scenario {
  const topics = (scenario.topics ?? []).map((topic) => ({
    ...topic,
    config: { ...topic.config, 'flush.messages': 1 },
  }));
  return { ...scenario, topics };
}

function withoutFaults(...verbs: readonly FaultVerb[]): Change {
  return (scenario) => {
    const { faults = [], 'random-faults': random, ...others } = scenario;
    const kept = faults.filter((fault) => verbs.every((verb) => fault[verb] === undefined));
    const kinds = Object.entries(random?.kinds ?? {});
    const keptKinds = kinds.filter(([kind]) => !verbs.includes(kind as FaultVerb));
    if (kept.length === faults.length && keptKinds.length === kinds.length) return scenario;
    return {
      ...others,
      faults: kept,
      ...(random === undefined || keptKinds.length === 0
        ? {}
        : { 'random-faults': { ...random, kinds: Object.fromEntries(keptKinds) } }),
    };
  };
}
