/** Arbitraries of scenarios for fast-check, which the caller brings along: the lab does not depend on it. */
import type { FAULT_VERBS } from '../language/vocabulary.js';
import type { FaultInput } from '../language/fault-parts.js';
import type { Scenario } from '../language/schema.js';

/** What the lab needs of an arbitrary of fast-check. */
interface Arbitrary<T> {
  map<U>(mapper: (value: T) => U): Arbitrary<U>;
}

/** What the lab needs of fast-check: pass `fc` itself. `Scenarios` is its type of an arbitrary of scenarios. */
export interface FastCheck<Scenarios> {
  /** Only tells the type of the result. */
  constant(value: Scenario): Scenarios;
  /** Whole numbers, both ends included. */
  integer(constraints: { min: number; max: number }): unknown;
  /** Lists of up to `maxLength` items. */
  array(items: never, constraints: { maxLength: number }): unknown;
  /** Objects with a field for each arbitrary of the model. */
  record(model: never): unknown;
}

/** Faults that strike single brokers and need no parameters. */
export type SimpleVerb = (typeof SIMPLE_VERBS)[number];

const SIMPLE_VERBS = [
  'crash',
  'power-loss',
  'stop',
  'pause',
  'reset-connections',
  'slow-disk',
  'lose-disk',
] as const satisfies readonly (typeof FAULT_VERBS)[number][];

/** Whole numbers, both ends included. */
export type Range = readonly [min: number, max: number];

/** The clusters, loads and faults to draw from. */
export interface ScenarioShape {
  /** Default 3. */
  readonly brokers?: Range;
  /** Dedicated voters; default 1. */
  readonly controllers?: Range;
  /** Partitions of the one topic, `orders`; default 1 to 3. */
  readonly partitions?: Range;
  /** At most the number of brokers; default 3. */
  readonly replicationFactor?: Range;
  /** At most the replication factor; default 2. */
  readonly minInsyncReplicas?: Range;
  /** Records per second of the one producer, `web`; default 1 to 20. */
  readonly recordsPerSecond?: Range;
  /** Default: up to 6 of all verbs that need nothing but a broker. */
  readonly faults?: { readonly most?: number; readonly verbs?: readonly SimpleVerb[] };
  /** Time for faults and for recovery, in seconds. Default 20 and 30. */
  readonly forSeconds?: number;
  readonly settleSeconds?: number;
  /** Put over every scenario as they are: Kafka's keys of brokers and of the producer, and switches. */
  readonly brokerConfig?: NonNullable<Scenario['cluster']['config']>;
  readonly producerConfig?: NonNullable<NonNullable<Scenario['producers']>[number]['config']>;
  readonly switches?: NonNullable<Scenario['switches']>;
}

interface DrawnFault {
  readonly verb: number;
  readonly broker: number;
  readonly atMs: number;
  readonly forMs: number;
}

interface Drawn {
  readonly brokers: number;
  readonly controllers: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  readonly recordsPerSecond: number;
  readonly faults: readonly DrawnFault[];
}

/** With fewer milliseconds than that the cluster is not up yet. */
const FIRST_FAULT_MS = 2000;

/**
 * Valid scenarios of a shape: `scenarioArbitrary<fc.Arbitrary<Scenario>>(fc, shape)`, for `fc.property` and the like.
 *
 * fast-check shrinks them as it does records and lists; `shrinkFailure` goes on where that ends.
 */
export function scenarioArbitrary<Scenarios>(
  fastCheck: FastCheck<Scenarios>,
  shape: ScenarioShape = {},
): Scenarios {
  const fc = fastCheck as unknown as {
    integer(constraints: { min: number; max: number }): Arbitrary<number>;
    array<T>(items: Arbitrary<T>, constraints: { maxLength: number }): Arbitrary<T[]>;
    record<T>(model: { [Key in keyof T]: Arbitrary<T[Key]> }): Arbitrary<T>;
  };
  const within = ([min, max]: Range): Arbitrary<number> => fc.integer({ min, max });
  const verbs = shape.faults?.verbs ?? SIMPLE_VERBS;
  const lastMs = (shape.forSeconds ?? 20) * 1000 - 1;
  const fault = fc.record<DrawnFault>({
    verb: within([0, verbs.length - 1]),
    broker: within([1, shape.brokers?.[1] ?? 3]),
    atMs: within([Math.min(FIRST_FAULT_MS, lastMs), lastMs]),
    forMs: within([1, lastMs]),
  });
  const drawn = fc.record<Drawn>({
    brokers: within(shape.brokers ?? [3, 3]),
    controllers: within(shape.controllers ?? [1, 1]),
    partitions: within(shape.partitions ?? [1, 3]),
    replicationFactor: within(shape.replicationFactor ?? [3, 3]),
    minInsyncReplicas: within(shape.minInsyncReplicas ?? [2, 2]),
    recordsPerSecond: within(shape.recordsPerSecond ?? [1, 20]),
    faults: fc.array(fault, { maxLength: shape.faults?.most ?? 6 }),
  });
  return drawn.map((values) => scenarioOf(values, shape, verbs)) as unknown as Scenarios;
}

function scenarioOf(drawn: Drawn, shape: ScenarioShape, verbs: readonly SimpleVerb[]): Scenario {
  const factor = Math.min(drawn.replicationFactor, drawn.brokers);
  const faults = drawn.faults.map((fault) => faultOf(fault, drawn.brokers, verbs));
  return {
    name: 'drawn',
    cluster: {
      brokers: drawn.brokers,
      controllers: drawn.controllers,
      config: {
        'min.insync.replicas': Math.min(drawn.minInsyncReplicas, factor),
        ...shape.brokerConfig,
      },
    },
    topics: [{ name: 'orders', partitions: drawn.partitions, 'replication-factor': factor }],
    producers: [
      {
        id: 'web',
        topic: 'orders',
        rate: `${drawn.recordsPerSecond}/s`,
        config: { acks: 'all', ...shape.producerConfig },
      },
    ],
    consumers: [
      {
        id: 'reader',
        topic: 'orders',
        assign: 'all',
        config: { 'auto.offset.reset': 'earliest' },
      },
    ],
    ...(faults.length === 0 ? {} : { faults }),
    run: {
      for: `${shape.forSeconds ?? 20}s`,
      settle: `${shape.settleSeconds ?? 30}s`,
      'shuffle-ties': true,
    },
    ...(shape.switches === undefined ? {} : { switches: shape.switches }),
  };
}

function faultOf(drawn: DrawnFault, brokers: number, verbs: readonly SimpleVerb[]): FaultInput {
  const verb = verbs[drawn.verb]!;
  const target = `broker ${Math.min(drawn.broker, brokers)}`;
  const lasts = verb === 'reset-connections' ? {} : { for: `${drawn.forMs}ms` };
  return { at: `${drawn.atMs}ms`, [verb]: target, ...lasts };
}
