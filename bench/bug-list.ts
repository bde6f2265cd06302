/** The bugs of the corpus that a search has to find by itself: where each is, which promise it breaks, and where it is mended. */
import type { ScenarioVersion } from '../scenarios/language/version-name.js';
import type { Finding, Scenario } from '../scenarios/index.js';

/** A bug, or a hazard that settings allow. */
export interface Bug {
  readonly id: string;
  /** What it is known as. */
  readonly name: string;
  readonly version: ScenarioVersion;
  /** Put over every scenario that is drawn. */
  readonly switches?: Readonly<Record<string, string>>;
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
    breaks: ['I1', 'I2'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B03',
    name: 'logs diverge in fast fail-overs (KIP-279)',
    version: zookeeper('1.1'),
    breaks: ['I1', 'I3'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B04',
    name: 'zombie follower (KIP-320)',
    version: zookeeper('2.0'),
    breaks: ['I3', 'I4'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B06',
    name: 'a follower joins the ISR below the true high watermark (KAFKA-7128)',
    version: zookeeper('2.0'),
    breaks: ['I1', 'I2', 'I5'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B07',
    name: 'the high watermark ignores an ISR change that is under way (KIP-497)',
    version: kraft('4.1'),
    switches: { hwSet: 'committedIsr' },
    breaks: ['I1', 'I5'],
    fixed: { version: kraft('4.1') },
  },
  {
    id: 'B08',
    name: 'reboot race (KIP-903)',
    version: kraft('3.3'),
    breaks: ['I1', 'I5'],
    because: /ISR expansion|broker epoch/,
    fixed: { version: kraft('3.5') },
  },
  {
    id: 'B09',
    name: 'last replica standing (KIP-966)',
    version: kraft('4.0'),
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
    breaks: ['I7', 'I23'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B16',
    name: 'missed bounce of a broker (KIP-380)',
    version: zookeeper('2.0'),
    breaks: ['I5', 'I16'],
    fixed: { version: zookeeper('2.3') },
  },
  {
    id: 'B17',
    name: 'a fenced replica joins the ISR (KIP-841)',
    version: kraft('3.3'),
    switches: { isrEligibility: 'off' },
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

/** The loss is of this kind, and not one that something else allowed. */
export function isOfBug({ because }: Bug, { failure, result }: Finding): boolean {
  if (because === undefined || failure.expected !== true) return true;
  const loss = result.expectedLosses.find(({ invariant }) => invariant === failure.invariant);
  return loss !== undefined && because.test(loss.broken);
}
