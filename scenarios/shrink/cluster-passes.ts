/** A smaller cluster: topics, partitions, replicas, brokers, voters, racks. */
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import type { Run } from '../run/run.js';
import { CONSUMERS, PRODUCERS } from './client-passes.js';
import { withMinIsrBelowFactor } from './min-isr.js';
import { brokerCount, partitionCount, type TopicInput } from './size.js';
import { partitionsOf, rewriteFaults, without } from './rewrite-targets.js';
import { omit } from './omit.js';
import { withNamedHosts } from './realise.js';
import type { Workbench } from './workbench.js';

export function fewerTopics(work: Workbench): void {
  for (const { name } of work.scenario.topics ?? []) {
    work.tryHard(asItStands(work).map((stands) => withoutTopic(stands, name)));
  }
}

function withoutTopic(scenario: Scenario, name: string): Scenario {
  const { topics, ...rest } = scenario;
  const kept = (topics ?? []).filter((topic) => topic.name !== name);
  const fewer: Scenario = kept.length === 0 ? rest : { ...rest, topics: kept };
  const consumers = (fewer.consumers ?? []).flatMap((consumer) => {
    if (consumer.topic === name) return [];
    if (consumer.topics === undefined) return [consumer];
    const left = consumer.topics.filter((topic) => topic !== name);
    return left.length === 0 ? [] : [{ ...consumer, topics: left }];
  });
  const producers = (fewer.producers ?? []).filter(({ topic }) => topic !== name);
  const served = CONSUMERS.write(PRODUCERS.write(fewer, producers), consumers);
  return rewriteFaults(
    served,
    partitionsOf(name, () => null),
  );
}

/** One partition alone at first, whichever will do; then one less. */
export function fewerPartitions(work: Workbench): void {
  for (const { name } of work.scenario.topics ?? []) {
    const count = (): number => partitionCount(topicOf(work.scenario, name));
    if (count() < 2) continue;
    const all = Array.from({ length: count() }, (_, partition) => partition);
    const alone = asItStands(work).flatMap((stands) =>
      all.map((kept) => withPartitions(stands, name, [kept])),
    );
    if (work.tryHard(alone)) continue;
    for (let gone = count() - 1; gone >= 0; gone--) {
      const kept = Array.from({ length: count() }, (_, p) => p).filter((p) => p !== gone);
      work.tryHard(asItStands(work).map((stands) => withPartitions(stands, name, kept)));
    }
  }
}

/**
 * The scenario in forms that say more of what its run decided: as it is; with the replicas on the brokers on which the
 * controller had put them; and with faults on the hosts that they met, besides.
 */
function asItStands({ scenario, sighting, seed }: Workbench): Scenario[] {
  const placed = { ...scenario, ...placedTopics(scenario, sighting.run) };
  return [scenario, placed, withNamedHosts(placed, seed)];
}

function placedTopics({ topics }: Scenario, { definition, truth }: Run): Pick<Scenario, 'topics'> {
  if (topics === undefined) return {};
  return {
    topics: topics.map((topic): TopicInput => {
      if (topic.replicas !== undefined) return topic;
      const { firstPartition } = definition.topics.find(({ name }) => name === topic.name)!;
      const replicas = Array.from({ length: partitionCount(topic) }, (_, partition) => [
        ...(truth.partition(firstPartition + partition)?.replicas ?? []),
      ]);
      if (replicas.some((ids) => ids.length === 0)) return topic;
      return { ...omit(topic, 'partitions', 'replication-factor'), replicas };
    }),
  };
}

function topicOf(scenario: Scenario, name: string): TopicInput | undefined {
  return scenario.topics?.find((topic) => topic.name === name);
}

function withTopicChanged(
  scenario: Scenario,
  name: string,
  change: (topic: TopicInput) => TopicInput,
): Scenario {
  const topics = scenario.topics?.map((topic) => (topic.name === name ? change(topic) : topic));
  return topics === undefined ? scenario : { ...scenario, topics };
}

/** The topic with some of its partitions alone, renumbered. */
function withPartitions(scenario: Scenario, name: string, kept: readonly number[]): Scenario {
  const place = (partition: number): string | null => {
    const at = kept.indexOf(partition);
    return at < 0 ? null : `${name}-${at}`;
  };
  const topics = (scenario.topics ?? []).map((topic): TopicInput => {
    if (topic.name !== name) return topic;
    if (topic.replicas === undefined) return { ...topic, partitions: kept.length };
    return { ...topic, replicas: topic.replicas.filter((_, at) => kept.includes(at)) };
  });
  const producers = (scenario.producers ?? []).map((producer) => {
    if (producer.topic !== name || producer.sends === undefined) return producer;
    const sends = producer.sends
      .filter(({ partition }) => kept.includes(partition))
      .map((send) => ({ ...send, partition: kept.indexOf(send.partition) }));
    return { ...producer, sends };
  });
  const changed = { ...scenario, topics, ...(producers.length === 0 ? {} : { producers }) };
  return rewriteFaults(changed, partitionsOf(name, place));
}

export function fewerReplicas(work: Workbench): void {
  for (const { name, 'replication-factor': factor } of work.scenario.topics ?? []) {
    if (factor === undefined) {
      fewerPlacedReplicas(work, name);
      continue;
    }
    for (let less = 1; less < factor; less++) {
      if (work.try(withFactor(work.scenario, less, (topic) => topic.name === name))) break;
    }
  }
}

/** Replicas that are listed: left to the controller, or one less. */
function fewerPlacedReplicas(work: Workbench, name: string): void {
  const replicas = topicOf(work.scenario, name)?.replicas;
  if (replicas === undefined) return;
  const factor = Math.max(...replicas.map((ids) => ids.length));
  const left = withTopicChanged(work.scenario, name, ({ replicas: _replicas, ...rest }) => ({
    ...rest,
    partitions: replicas.length,
    'replication-factor': factor,
  }));
  if (work.try(left)) return;
  replicas.forEach((ids, partition) => {
    for (const gone of ids) {
      const fewer = withTopicChanged(work.scenario, name, (topic) => ({
        ...topic,
        replicas: (topic.replicas ?? []).map((list, at) =>
          at === partition ? list.filter((id) => id !== gone) : list,
        ),
      }));
      work.try(fewer);
    }
  });
}

function withFactor(
  scenario: Scenario,
  most: number,
  concerns: (topic: TopicInput) => boolean,
): Scenario {
  if (scenario.topics === undefined) return scenario;
  const topics = scenario.topics.map((topic) => {
    const factor = topic['replication-factor'];
    if (factor === undefined || !concerns(topic)) return topic;
    return { ...topic, 'replication-factor': Math.min(factor, most) };
  });
  return { ...scenario, topics };
}

/**
 * Brokers from the last to the first; those behind the one that goes move up. With fewer replicas fewer of them need to
 * be in sync.
 */
export function fewerBrokers(work: Workbench): void {
  for (let place = brokerCount(work.scenario) - 1; place >= 0; place--) {
    if (brokerCount(work.scenario) === 1) return;
    if (place >= brokerCount(work.scenario)) continue;
    const fewer = asItStands(work).map((stands) => withoutBroker(stands, place));
    work.tryHard(fewer.flatMap((scenario) => [scenario, withMinIsrBelowFactor(scenario)]));
  }
}

function withoutBroker(scenario: Scenario, place: number): Scenario {
  const { cluster } = scenario;
  const count = brokerCount(scenario) - 1;
  const fewer = withFactor(scenario, count, () => true);
  const controllers =
    cluster.combined === true && typeof cluster.controllers === 'number'
      ? { controllers: Math.min(cluster.controllers, count) }
      : {};
  if (typeof cluster.brokers !== 'number') {
    const gone = cluster.brokers[place]!.id;
    const brokers = cluster.brokers.filter((_, at) => at !== place);
    const changed = { ...fewer, cluster: { ...cluster, ...controllers, brokers } };
    return rewriteFaults(
      withReplicas(changed, (id) => (id === gone ? null : id)),
      (target) => (target === `broker ${gone}` ? null : target),
    );
  }
  const gone = place + 1;
  const changed = { ...fewer, cluster: { ...cluster, ...controllers, brokers: count } };
  const moved = withReplicas(changed, (id) => (id === gone ? null : id > gone ? id - 1 : id));
  return rewriteFaults(moved, without('broker', gone));
}

function withReplicas(scenario: Scenario, move: (id: number) => number | null): Scenario {
  if (scenario.topics === undefined) return scenario;
  const topics = scenario.topics.map((topic): TopicInput => {
    if (topic.replicas === undefined) return topic;
    return { ...topic, replicas: topic.replicas.map((ids) => ids.flatMap((id) => move(id) ?? [])) };
  });
  return { ...scenario, topics };
}

/** Controllers on hosts of their own, the default, and as few as will do; on ZooKeeper the brokers are the controllers. */
export function fewerControllers(work: Workbench): void {
  const { combined, ...cluster } = work.scenario.cluster;
  if (resolvePlan(work.scenario).metadata === 'zookeeper') return;
  if (combined !== undefined) work.try({ ...work.scenario, cluster });
  const count = (): number => voterCount(work.scenario);
  if (count() > 1) {
    const alone = Array.from({ length: count() }, (_, voter) => voter + 1);
    work.tryEach(
      alone.map((kept) => {
        let left = work.scenario;
        for (let voter = count(); voter >= 1; voter--) {
          if (voter !== kept) left = withoutVoter(left, voter);
        }
        return left;
      }),
    );
  }
  for (let voter = count(); voter >= 1; voter--) {
    if (count() > 1 && voter <= count()) work.try(withoutVoter(work.scenario, voter));
  }
}

/** Voters where the scenario does not say: as the language has it. */
function voterCount({ cluster }: Scenario): number {
  const { controllers } = cluster;
  if (typeof controllers === 'object') return controllers.length;
  return controllers ?? 3;
}

function withoutVoter(scenario: Scenario, voter: number): Scenario {
  const { cluster } = scenario;
  const controllers =
    typeof cluster.controllers === 'object'
      ? cluster.controllers.filter((_, at) => at !== voter - 1)
      : voterCount(scenario) - 1;
  return rewriteFaults(
    { ...scenario, cluster: { ...cluster, controllers } },
    without('controller', voter),
  );
}

export function withoutRacks(work: Workbench): void {
  const { racks, ...cluster } = work.scenario.cluster;
  if (racks === undefined) return;
  const bare = { ...work.scenario, cluster };
  if (work.try(bare)) return;
  work.try(rewriteFaults(bare, (target) => (target.startsWith('rack ') ? null : target)));
}
