/** The bugs of the corpus that a search has to find by itself: where each is, which promise it breaks, and where it is mended. */
import type { ScenarioVersion } from '../scenarios/language/version-name.js';
import { runScenario, type Finding, type Scenario } from '../scenarios/index.js';

/** A bug, or a hazard that settings allow. */
export interface Bug {
  readonly id: string;
  /** What it is known as. */
  readonly name: string;
  readonly version: ScenarioVersion;
  /** Put over every scenario that is drawn. */
  readonly switches?: Readonly<Record<string, string>>;
  /** The one switch that mends it: a finding counts if its run breaks nothing with it. None where settings allow the loss. */
  readonly mendedBy?: Readonly<Record<string, string>>;
  /** The invariants that the corpus names: only these are watched. */
  readonly breaks: readonly string[];
  /** Where the losses are expected ones: what broke the assumption. Then scenarios are drawn laxer than promises allow. */
  readonly because?: RegExp;
  /** Where the same search finds nothing. */
  readonly fixed: {
    readonly version: ScenarioVersion;
    readonly switches?: Readonly<Record<string, string>>;
  };
}

const zookeeper = (kafka: ScenarioVersion['kafka']): ScenarioVersion => ({
  kafka,
  metadata: 'zookeeper',
});
const kraft = (kafka: ScenarioVersion['kafka']): ScenarioVersion => ({ kafka, metadata: 'kraft' });

export const BUGS: readonly Bug[] = [
  {
    id: 'B01',
    name: 'acknowledged records lost by truncation to the high watermark (KIP-101)',
    version: zookeeper('0.10'),
    mendedBy: { truncate: 'epochRequest' },
    breaks: ['I1', 'I2'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B03',
    name: 'logs diverge in fast fail-overs (KIP-279)',
    version: zookeeper('1.1'),
    mendedBy: { epochReply: 'epochAndOffset' },
    breaks: ['I1', 'I3'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B04',
    name: 'zombie follower (KIP-320)',
    version: zookeeper('2.0'),
    mendedBy: { fetchEpochFencing: 'on', followerRestart: 'newEpoch' },
    breaks: ['I3', 'I4'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B06',
    name: 'a follower joins the ISR below the true high watermark (KAFKA-7128)',
    version: zookeeper('2.0'),
    mendedBy: { isrJoin: 'epochStart' },
    breaks: ['I1', 'I2', 'I5'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B07',
    name: 'the high watermark ignores an ISR change that is under way (KIP-497)',
    version: kraft('4.1'),
    switches: { hwSet: 'committedIsr' },
    mendedBy: { hwSet: 'maximalIsr' },
    breaks: ['I1', 'I5'],
    fixed: { version: kraft('4.1') },
  },
  {
    id: 'B08',
    name: 'reboot race (KIP-903)',
    version: kraft('3.3'),
    mendedBy: { isrBrokerEpoch: 'on' },
    breaks: ['I1', 'I5'],
    because: /KIP-903|KAFKA-15221/,
    fixed: { version: kraft('3.5') },
  },
  {
    id: 'B09',
    name: 'last replica standing (KIP-966)',
    version: kraft('4.0'),
    mendedBy: { elr: 'on' },
    breaks: ['I1', 'I2'],
    because: /was the last member of the ISR/,
    fixed: { version: kraft('4.1') },
  },
  {
    id: 'B11',
    name: 'unclean election',
    version: kraft('4.1'),
    breaks: ['I1', 'I2', 'I12'],
    because: /unclean\.leader\.election/,
    fixed: { version: kraft('4.1') },
  },
  {
    id: 'B12',
    name: 'acks=1',
    version: kraft('4.1'),
    breaks: ['I1'],
    because: /acks=1/,
    fixed: { version: kraft('4.1') },
  },
  {
    id: 'B14',
    name: 'zombie controller (KAFKA-3083, KAFKA-6082)',
    version: zookeeper('0.11'),
    mendedBy: { zkWriteFencing: 'on' },
    breaks: ['I7', 'I23'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B16',
    name: 'missed bounce of a broker (KIP-380)',
    version: zookeeper('2.0'),
    mendedBy: { brokerGeneration: 'on' },
    breaks: ['I5', 'I16'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B17',
    name: 'a fenced replica joins the ISR (KIP-841)',
    version: kraft('3.3'),
    switches: { isrEligibility: 'off' },
    mendedBy: { isrEligibility: 'on' },
    breaks: ['I8'],
    because: /fenced|shutting down/,
    fixed: { version: kraft('3.3') },
  },
];

/** Watches the promises that the corpus names, under the switches of the bug. */
export function sought(
  scenario: Scenario,
  breaks: readonly string[],
  switches: Readonly<Record<string, string>> = {},
): Scenario {
  return {
    ...scenario,
    invariants: [...breaks] as Scenario['invariants'],
    ...(Object.keys(switches).length === 0 ? {} : { switches }),
  };
}

/** The loss is of this kind, and not one that something else allowed; and without the bug the same run breaks nothing. */
export function isOfBug({ because, breaks, mendedBy }: Bug, finding: Finding): boolean {
  const { failure, result } = finding;
  // I16, Progress, is what has not come about at the end.
  if (failure.invariant === 'liveness' && !breaks.includes('I16')) return false;
  if (because !== undefined && failure.expected === true) {
    const loss = result.expectedLosses.find(({ invariant }) => invariant === failure.invariant);
    if (loss === undefined || !because.test(loss.broken)) return false;
  }
  return mendedBy === undefined || !breaksSomething(finding, mendedBy);
}

function breaksSomething(
  { scenario, runSeed }: Finding,
  mendedBy: Readonly<Record<string, string>>,
): boolean {
  const switches = { ...scenario.switches, ...mendedBy };
  const mended = runScenario({ ...scenario, switches }, { seed: runSeed });
  const { violations, expectedLosses, pending } = mended;
  return violations.length + expectedLosses.length + pending.length > 0;
}
