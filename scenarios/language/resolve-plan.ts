/** From a scenario to its plan: every default filled in, every unit gone. */
import { checkScenario, targetScope } from './check.js';
import { countedIds, type ClusterPlan } from './cluster.js';
import { assignedTopics, countedConsumer, type ConsumerInput } from './consumers.js';
import { invariantId } from './invariants.js';
import { chrootOf } from './chroot.js';
import { neighbourScenario } from './neighbours.js';
import { normalConfig } from './normal-config.js';
import type {
  ConsumerPlan,
  DiskPlan,
  FailureKindPlan,
  NetworkPlan,
  Plan,
  ProducerPlan,
  RandomFaultsPlan,
  RunPlan,
  TopicPlan,
} from './plan.js';
import { ScenarioInputError } from './problem.js';
import { durationUs, readDurationRange, resolveDistribution } from './ranges.js';
import { probabilityOf, resolveFault } from './resolve-fault.js';
import { resolveRun } from './run.js';
import type { Scenario } from './schema.js';
import { resolveVersion } from './version-name.js';
import { readBandwidth, readRate, readSize, type ReadQuantity } from './units.js';
import {
  FAILURE_KINDS,
  RACK_VERBS,
  RANDOM_FAULT_VERBS,
  WEIGHTED_FAULT_VERBS,
  ZOOKEEPER_VERBS,
} from './vocabulary.js';

/** What the network is where a scenario does not say: a data centre under some load. */
const NETWORK_DEFAULT = {
  latency: { distribution: 'lognormal', p50: '500us', p99: '5ms' },
  bandwidth: '1Gbit/s',
  loss: 0,
} as const;

/** What disks are where a scenario does not say. */
const DISK_DEFAULT = {
  write: '100us',
  flush: '5ms',
  bandwidth: '200MiB/s',
  'page-cache': '4GiB',
} as const;

const VALUE_BYTES_DEFAULT = 100;

/**
 * The plan of a scenario.
 *
 * @throws ScenarioInputError where the scenario is not valid; problems name paths, not lines.
 */
export function resolvePlan(scenario: Scenario): Plan {
  const checked = checkScenario(scenario);
  if (!checked.ok) {
    const file = typeof scenario.name === 'string' ? scenario.name : 'scenario';
    throw new ScenarioInputError(
      checked.problems.map(({ path, message }) => ({ file, position: null, path, message })),
    );
  }
  const scope = targetScope(scenario);
  const run = resolveRun(scenario.run);
  return {
    name: scenario.name,
    description: scenario.description ?? '',
    ...resolveVersion(scenario),
    ...scope.cluster,
    chroot: chrootOf(scenario),
    neighbours: (scenario.neighbours ?? []).map((neighbour) =>
      resolvePlan(neighbourScenario(scenario, neighbour)),
    ),
    clusterConfig: normalConfig('broker', scenario.cluster.config),
    network: resolveNetwork(scenario.network),
    disk: resolveDisk(scenario.disk),
    topics: scope.topics,
    producers: (scenario.producers ?? []).flatMap((producer) => resolveProducers(producer, run)),
    consumers: (scenario.consumers ?? []).flatMap((consumer) =>
      resolveConsumers(consumer, scope.topics),
    ),
    probes:
      scenario.probes === undefined
        ? null
        : { ratePerSecond: checkedValue(readRate(scenario.probes.rate)) },
    faults: (scenario.faults ?? []).map((fault, index) => resolveFault(fault, index, scope)),
    randomFaults: resolveRandomFaults(scenario, scope.cluster),
    failures: resolveFailures(scenario.failures),
    run,
    invariants: resolveInvariants(scenario.invariants),
    switches: scenario.switches ?? {},
  };
}

function resolveNetwork(network: Scenario['network']): NetworkPlan {
  return {
    latency: resolveDistribution(network?.latency ?? NETWORK_DEFAULT.latency, 'constant'),
    bandwidthBytesPerSecond: checkedValue(
      readBandwidth(network?.bandwidth ?? NETWORK_DEFAULT.bandwidth),
    ),
    loss: probabilityOf(network?.loss ?? NETWORK_DEFAULT.loss),
  };
}

function resolveDisk(disk: Scenario['disk']): DiskPlan {
  return {
    writeUs: durationUs(disk?.write ?? DISK_DEFAULT.write),
    flushUs: durationUs(disk?.flush ?? DISK_DEFAULT.flush),
    bandwidthBytesPerSecond: checkedValue(readBandwidth(disk?.bandwidth ?? DISK_DEFAULT.bandwidth)),
    pageCacheBytes: checkedValue(readSize(disk?.['page-cache'] ?? DISK_DEFAULT['page-cache'])),
  };
}

type ProducerInput = NonNullable<Scenario['producers']>[number];

function resolveProducers(producer: ProducerInput, run: RunPlan): ProducerPlan[] {
  const valueBytes = producer['value-bytes'] ?? VALUE_BYTES_DEFAULT;
  const stopUs = producer.stop === undefined ? run.forUs : durationUs(producer.stop);
  return countedIds(producer).map((id) => ({
    id,
    baseId: producer.id,
    topic: producer.topic,
    ratePerSecond: producer.rate === undefined ? null : checkedValue(readRate(producer.rate)),
    sends:
      producer.sends?.map(({ at, partition, records }) => ({
        atUs: durationUs(at),
        partition,
        records,
      })) ?? null,
    keys: producer.keys ?? null,
    valueBytes: typeof valueBytes === 'number' ? valueBytes : checkedValue(readSize(valueBytes)),
    config: normalConfig('producer', producer.config),
    startUs: durationUs(producer.start ?? '0s'),
    stopUs: Math.min(stopUs, run.forUs),
  }));
}

function resolveConsumers(consumer: ConsumerInput, topics: readonly TopicPlan[]): ConsumerPlan[] {
  const baseId = countedConsumer(consumer).id;
  return [...assignedTopics(consumer, topics)].map(([id, assigned]) => ({
    id,
    baseId,
    topics: assigned,
    processingUs: durationUs(consumer.processing ?? '0s'),
    config: normalConfig('consumer', consumer.config),
  }));
}

function resolveRandomFaults(
  scenario: Scenario,
  { racks, zookeepers }: ClusterPlan,
): RandomFaultsPlan | null {
  const random = scenario['random-faults'];
  if (random === undefined) return null;
  const every = readDurationRange(random.every);
  const lasting = readDurationRange(random.for);
  if (!every.ok || !lasting.ok) throw new RangeError('a span passed the checks unread');
  const given = random.kinds ?? 'all';
  const hasRacks = racks.length > 0;
  const isOnZooKeeper = zookeepers.length > 0;
  const kinds = WEIGHTED_FAULT_VERBS.flatMap((verb) => {
    if (given !== 'all') {
      const weight = given[verb];
      return weight === undefined ? [] : [{ verb, weight }];
    }
    const isDrawn =
      RANDOM_FAULT_VERBS.includes(verb) || (isOnZooKeeper && ZOOKEEPER_VERBS.includes(verb));
    if (!isDrawn) return [];
    return RACK_VERBS.includes(verb) && !hasRacks ? [] : [{ verb, weight: 1 }];
  });
  return { every: every.value, kinds, for: lasting.value, budget: random.budget ?? 'survivable' };
}

function resolveFailures(failures: Scenario['failures']): FailureKindPlan[] | null {
  if (failures === undefined) return null;
  return FAILURE_KINDS.flatMap((kind) => {
    const given = failures[kind];
    if (given === undefined) return [];
    const bare = given.distribution === 'deterministic' ? 'constant' : 'exponential';
    return [
      {
        kind,
        up: resolveDistribution(given.mttf, bare),
        down: resolveDistribution(given.mttr, bare),
      },
    ];
  });
}

function resolveInvariants(invariants: Scenario['invariants']): Plan['invariants'] {
  if (!Array.isArray(invariants)) return 'all';
  return [...new Set(invariants.flatMap((name) => invariantId(name) ?? []))];
}

function checkedValue(read: ReadQuantity): number {
  if (!read.ok) throw new RangeError(read.reason);
  return read.value;
}
