/** The whole scenario folded at once into a small cluster: what several steps together can do where no single one does. */
import type { FaultInput } from '../language/fault-parts.js';
import { withMinIsrBelowFactor } from './min-isr.js';
import type { TopicInput } from './size.js';
import type { Scenario } from '../language/schema.js';
import { omit } from './omit.js';
import { rewriteFaults } from './rewrite-targets.js';
import { planOf, type Workbench } from './workbench.js';

/** Enough for a majority that does without one. */
const BROKERS = 3;

/** Three brokers with one partition, which all that was meant for others now concerns. */
export function smallWorld(work: Workbench): void {
  const { scenario } = work;
  const topics = scenario.topics ?? [];
  const served = topics.filter(({ name }) =>
    (scenario.producers ?? []).some(({ topic }) => topic === name),
  );
  const candidates = (served.length > 0 ? served : topics.slice(0, 1)).map((topic) =>
    folded(scenario, topic),
  );
  work.tryLarge(candidates);
}

function folded(scenario: Scenario, topic: TopicInput): Scenario {
  return withMinIsrBelowFactor(valid(onFewBrokers(ontoOnePartition(scenario, topic))));
}

/** Everything that concerns any partition concerns the one that is left. */
function ontoOnePartition(scenario: Scenario, kept: TopicInput): Scenario {
  const { replicas } = kept;
  const topic = omit(kept, 'replicas', 'partitions');
  const factor = replicas?.[0]?.length ?? kept['replication-factor'];
  const one: TopicInput = {
    ...topic,
    partitions: 1,
    ...(factor === undefined ? {} : { 'replication-factor': factor }),
  };
  const producers = scenario.producers?.map((producer) => ({
    ...producer,
    topic: kept.name,
    ...(producer.sends === undefined
      ? {}
      : { sends: producer.sends.map((send) => ({ ...send, partition: 0 })) }),
  }));
  const consumers = scenario.consumers?.map((consumer) => {
    const bare = omit(consumer, 'topic', 'topics');
    return consumer.topics === undefined
      ? { ...bare, topic: kept.name }
      : { ...bare, topics: [kept.name] };
  });
  const changed: Scenario = {
    ...scenario,
    topics: [one],
    ...(producers === undefined ? {} : { producers }),
    ...(consumers === undefined ? {} : { consumers }),
  };
  return rewriteFaults(changed, (target) =>
    target.replace(/^(leader|follower) of .+$/, `$1 of ${kept.name}-0`),
  );
}

/** Brokers with higher ids hand what befalls them to the others. */
function onFewBrokers(scenario: Scenario): Scenario {
  const { cluster, topics } = scenario;
  if (typeof cluster.brokers !== 'number' || cluster.brokers <= BROKERS) return scenario;
  const { controllers, combined } = cluster;
  const fewer =
    combined === true && typeof controllers === 'number'
      ? { controllers: Math.min(controllers, BROKERS) }
      : {};
  const changed: Scenario = {
    ...scenario,
    cluster: { ...cluster, ...fewer, brokers: BROKERS },
    ...(topics === undefined ? {} : { topics: topics.map(withFewReplicas) }),
  };
  return rewriteFaults(changed, (target) =>
    target.replace(
      /^(broker|controller) (\d+)$/,
      (_, kind: string, id: string) =>
        `${kind} ${String(kind === 'broker' ? ((Number(id) - 1) % BROKERS) + 1 : id)}`,
    ),
  );
}

function withFewReplicas(topic: TopicInput): TopicInput {
  const factor = topic['replication-factor'];
  if (factor === undefined) return topic;
  return { ...topic, 'replication-factor': Math.min(factor, BROKERS) };
}

/** Without the faults that make no sense any more, such as a partition between a broker and itself. */
function valid(scenario: Scenario): Scenario {
  if (scenario.faults === undefined || planOf(scenario) !== null) return scenario;
  const makesSense = (fault: FaultInput): boolean =>
    fault.release !== undefined || planOf({ ...scenario, faults: [fault] }) !== null;
  return { ...scenario, faults: scenario.faults.filter(makesSense) };
}
