/** Plain names for topics and clients. */
import type { Scenario } from '../language/schema.js';
import { partitionsOf, rewriteFaults } from './rewrite-targets.js';
import type { Workbench } from './workbench.js';

/** `orders`, `producer`, `consumer`, with a number where there are several. A name seeds its host's streams, so that each renaming is a try. */
export function simplerNames(work: Workbench): void {
  const topics = (work.scenario.topics ?? []).map(({ name }) => name);
  topics.forEach((name, index) => {
    const plain = numbered('orders', index, topics.length);
    if (name !== plain && !topics.includes(plain)) work.try(withTopic(work.scenario, name, plain));
  });
  renameClients(work, 'producers', 'producer');
  renameClients(work, 'consumers', 'consumer');
}

function numbered(word: string, index: number, count: number): string {
  return count === 1 ? word : `${word}-${index + 1}`;
}

function withTopic(scenario: Scenario, from: string, to: string): Scenario {
  const named = (name: string): string => (name === from ? to : name);
  const changed: Scenario = {
    ...scenario,
    topics: (scenario.topics ?? []).map((topic) => ({ ...topic, name: named(topic.name) })),
    ...(scenario.producers === undefined
      ? {}
      : {
          producers: scenario.producers.map((producer) => ({
            ...producer,
            topic: named(producer.topic),
          })),
        }),
    ...(scenario.consumers === undefined
      ? {}
      : {
          consumers: scenario.consumers.map((consumer) => ({
            ...consumer,
            ...(consumer.topic === undefined ? {} : { topic: named(consumer.topic) }),
            ...(consumer.topics === undefined ? {} : { topics: consumer.topics.map(named) }),
          })),
        }),
  };
  return rewriteFaults(
    changed,
    partitionsOf(from, (partition) => `${to}-${partition}`),
  );
}

function renameClients(work: Workbench, kind: 'producers' | 'consumers', word: string): void {
  const ids = (work.scenario[kind] ?? []).map(({ id }) => id);
  ids.forEach((id, index) => {
    const plain = numbered(word, index, ids.length);
    if (id === undefined || id === plain || ids.includes(plain)) return;
    const clients = work.scenario[kind]!.map((client) =>
      client.id === id ? { ...client, id: plain } : client,
    );
    const renamed = { ...work.scenario, [kind]: clients };
    work.try(
      rewriteFaults(renamed, (target) =>
        target === `${word} ${id}` ? `${word} ${plain}` : target,
      ),
    );
  });
}
