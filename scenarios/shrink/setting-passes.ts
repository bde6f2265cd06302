/** Settings back to their defaults: what a scenario does not say needs no explaining. */
import { resolveDistribution, type DistributionInput } from '../language/ranges.js';
import type { Scenario } from '../language/schema.js';
import { durationText } from './duration-text.js';
import { withConsumer, withProducer } from './client-passes.js';
import { reduceList, type ListOf } from './reduce-list.js';
import type { Workbench } from './workbench.js';
import { omit } from './omit.js';

type Config = Record<string, string | number | boolean | string[]>;
type Entry = [string, Config[string]];

export function fewerSettings(work: Workbench): void {
  reduceList(work, configAt(clusterConfig, withClusterConfig));
  for (let index = 0; index < (work.scenario.topics?.length ?? 0); index++) {
    reduceList(
      work,
      configAt(
        ({ topics }) => topics?.[index]?.config,
        (scenario, config) => {
          const topics = scenario.topics!.map((topic, at) => {
            if (at !== index) return topic;
            const rest = omit(topic, 'config');
            return { ...rest, ...config };
          });
          return { ...scenario, topics };
        },
      ),
    );
  }
  for (let index = 0; index < (work.scenario.producers?.length ?? 0); index++) {
    producerSettings(work, index);
  }
  for (let index = 0; index < (work.scenario.consumers?.length ?? 0); index++) {
    consumerSettings(work, index);
  }
  reduceList(work, SWITCHES);
  runSettings(work);
  environment(work);
}

/** A map of configuration as a list of its entries; the map itself goes with the last of them. */
function configAt(
  read: (scenario: Scenario) => Config | undefined,
  write: (scenario: Scenario, config: { config?: Config }) => Scenario,
): ListOf<Entry> {
  return {
    read: (scenario) => Object.entries(read(scenario) ?? {}),
    write: (scenario, entries) =>
      write(scenario, entries.length === 0 ? {} : { config: Object.fromEntries(entries) }),
  };
}

function clusterConfig({ cluster }: Scenario): Config | undefined {
  return cluster.config;
}

function withClusterConfig(scenario: Scenario, config: { config?: Config }): Scenario {
  const cluster = omit(scenario.cluster, 'config');
  return { ...scenario, cluster: { ...cluster, ...config } };
}

const SWITCHES: ListOf<[string, boolean | string]> = {
  read: ({ switches }) => Object.entries(switches ?? {}),
  write: (scenario, entries) => {
    const rest = omit(scenario, 'switches');
    return entries.length === 0 ? rest : { ...rest, switches: Object.fromEntries(entries) };
  },
};

function producerSettings(work: Workbench, index: number): void {
  const list = configAt(
    ({ producers }) => producers?.[index]?.config,
    (scenario, config) => {
      const rest = omit(scenario.producers![index]!, 'config');
      return withProducer(scenario, index, { ...rest, ...config });
    },
  );
  reduceList(work, list);
  for (const key of ['keys', 'value-bytes', 'start', 'stop', 'count'] as const) {
    const { [key]: value, ...rest } = work.scenario.producers![index]!;
    if (value !== undefined) work.try(withProducer(work.scenario, index, rest));
  }
}

function consumerSettings(work: Workbench, index: number): void {
  const list = configAt(
    ({ consumers }) => consumers?.[index]?.config,
    (scenario, config) => {
      const rest = omit(scenario.consumers![index]!, 'config');
      return withConsumer(scenario, index, { ...rest, ...config });
    },
  );
  reduceList(work, list);
  for (const key of ['processing', 'members', 'count'] as const) {
    const { [key]: value, ...rest } = work.scenario.consumers![index]!;
    if (value !== undefined) work.try(withConsumer(work.scenario, index, rest));
  }
}

function runSettings(work: Workbench): void {
  for (const key of ['shuffle-ties', 'max-events'] as const) {
    const { [key]: value, ...run } = work.scenario.run ?? {};
    if (value !== undefined) work.try({ ...work.scenario, run });
  }
}

/** The network and the disks: constant and by default, or as they are without their chance. */
function environment(work: Workbench): void {
  work.try({ ...work.scenario, network: { latency: '1ms' } });
  const { latency } = work.scenario.network ?? {};
  if (typeof latency === 'object') {
    const bare = omit(work.scenario, 'network');
    const median = { ...work.scenario.network, latency: medianOf(latency) };
    work.tryEach([{ ...work.scenario, network: median }, bare]);
  }
  for (const key of ['loss', 'bandwidth'] as const) {
    const { [key]: value, ...rest } = work.scenario.network ?? {};
    if (value !== undefined) work.try({ ...work.scenario, network: rest });
  }
  reduceList(work, DISK);
}

const DISK: ListOf<[string, string]> = {
  read: ({ disk }) => Object.entries({ ...disk }) as [string, string][],
  write: (scenario, entries) => {
    const rest = omit(scenario, 'disk');
    return entries.length === 0 ? rest : { ...rest, disk: Object.fromEntries(entries) };
  },
};

/** A constant in the middle of a distribution. */
function medianOf(latency: DistributionInput): string {
  const resolved = resolveDistribution(latency, 'constant');
  switch (resolved.kind) {
    case 'constant':
      return durationText(resolved.valueUs);
    case 'uniform':
      return durationText(Math.round((resolved.lowUs + resolved.highUs) / 2));
    case 'exponential':
      return durationText(resolved.meanUs);
    case 'lognormal':
      return durationText(resolved.p50Us);
  }
}
