/** Checks producers, consumers, invariants and the run. */
import { didYouMean } from '../../model/config/nearest-name.js';
import type { Findings } from './findings.js';
import { invariantId, INVARIANTS, REFUSED_INVARIANTS } from './invariants.js';
import { countedConsumer, type ConsumerInput } from './consumers.js';
import { CLIENTS_MAX, RUN_US_MAX } from './limits.js';
import type { RunPlan } from './plan.js';
import type { Path } from './problem.js';
import { durationUs } from './ranges.js';
import { partitionProblem, topicProblem, type TargetScope } from './resolve-target.js';
import type { Scenario } from './schema.js';
import { writeDuration } from './units.js';

/** Checks `producers`. */
export function checkProducers(
  scenario: Scenario,
  scope: TargetScope,
  run: RunPlan,
  findings: Findings,
): void {
  const producers = scenario.producers ?? [];
  findings.duplicates(
    'producer id',
    producers.map(({ id }, index) => ({ name: id, path: ['producers', index, 'id'] })),
  );
  producers.forEach((producer, index) => {
    const at = (...steps: (string | number)[]): (string | number)[] => [
      'producers',
      index,
      ...steps,
    ];
    const reason = topicProblem(producer.topic, scope.topics);
    if (reason !== null) findings.problem(at('topic'), reason);
    if ((producer.rate === undefined) === (producer.sends === undefined)) {
      findings.problem(at(), `producer "${producer.id}" needs either a rate or sends`);
    }
    producer.sends?.forEach((send, place) => {
      const partition = partitionProblem(producer.topic, send.partition, scope.topics);
      if (reason === null && partition !== null) {
        findings.problem(at('sends', place, 'partition'), partition);
      }
      checkInRun(send.at, at('sends', place, 'at'), 'a send', run, findings);
    });
    if (producer.start !== undefined) {
      checkInRun(producer.start, at('start'), 'the start', run, findings);
    }
    const startUs = durationUs(producer.start ?? '0s');
    if (producer.stop !== undefined && durationUs(producer.stop) <= startUs) {
      findings.problem(at('stop'), `the producer stops at ${producer.stop}, before it starts`);
    }
  });
}

function checkInRun(
  text: string,
  path: (string | number)[],
  what: string,
  run: RunPlan,
  findings: Findings,
): void {
  if (durationUs(text) < run.forUs) return;
  findings.problem(
    path,
    `${what} at ${text} is past the end of the run, ${writeDuration(run.forUs)}`,
  );
}

/** Checks `consumers`. */
export function checkConsumers(scenario: Scenario, scope: TargetScope, findings: Findings): void {
  const consumers = scenario.consumers ?? [];
  findings.duplicates(
    scope.groups.length === 0 ? 'consumer id' : 'consumer id or group',
    consumers.map((consumer, index) => ({
      name: countedConsumer(consumer).id,
      path: ['consumers', index, consumer.group === undefined ? 'id' : 'group'],
    })),
  );
  consumers.forEach((consumer, index) => {
    const path = ['consumers', index];
    checkSubscription(consumer, path, scope, findings);
    checkAssigned(consumer, path, scope, findings);
    if (consumer.group === undefined) return;
    findings.warning(
      [...path, 'group'],
      `group "${consumer.group}" holds fixed partitions in this release, dealt once by the range assignor: ` +
        'there is no coordinator, no rebalance and no committed offset',
    );
  });
}

/** The topics that a consumer reads whole, or that its group shares. */
function checkSubscription(
  consumer: ConsumerInput,
  path: Path,
  scope: TargetScope,
  findings: Findings,
): void {
  const { topic, topics, assign, group } = consumer;
  if (topic !== undefined && topics !== undefined) {
    findings.problem([...path, 'topics'], 'a consumer has topic or topics, not both', true);
  }
  const whole = topics?.length ?? (topic === undefined ? 0 : 1);
  if (whole === 0 && (!Array.isArray(assign) || assign.length === 0)) {
    const { id } = countedConsumer(consumer);
    findings.problem(
      path,
      group === undefined
        ? `consumer "${id}" needs a topic, topics or assigned partitions`
        : `group "${id}" needs topics`,
    );
  }
  const written = [
    ...(topic === undefined ? [] : [{ name: topic, path: [...path, 'topic'] }]),
    ...(topics ?? []).map((name, place) => ({ name, path: [...path, 'topics', place] })),
  ];
  findings.duplicates(
    'topic',
    written.filter(({ path: at }) => at.includes('topics')),
  );
  for (const { name, path: at } of written) {
    const reason = topicProblem(name, scope.topics);
    if (reason !== null) findings.problem(at, reason);
    else if (Array.isArray(assign) && !assign.some(([assigned]) => assigned === name)) {
      findings.problem(at, `assign lists no partition of ${name}, so it would not be read`);
    }
  }
}

/** The partitions of `assign`. */
function checkAssigned(
  consumer: ConsumerInput,
  path: Path,
  scope: TargetScope,
  findings: Findings,
): void {
  if (!Array.isArray(consumer.assign)) return;
  const entries = consumer.assign.map(([topic, partition], place) => ({
    topic,
    partition,
    name: `${topic}-${String(partition)}`,
    path: [...path, 'assign', place],
  }));
  for (const { topic, partition, path: at } of entries) {
    const reason = partitionProblem(topic, partition, scope.topics);
    if (reason !== null) findings.problem(at, reason);
  }
  findings.duplicates('assigned partition', entries);
}

/** Checks the number of clients, `invariants` and `run`. */
export function checkRun(scenario: Scenario, run: RunPlan, findings: Findings): void {
  const consumers = (scenario.consumers ?? []).map(countedConsumer);
  const clients = [...(scenario.producers ?? []), ...consumers];
  const total = clients.reduce((sum, client) => sum + (client.count ?? 1), 0);
  if (total > CLIENTS_MAX) {
    findings.problem(
      scenario.producers === undefined ? ['consumers'] : ['producers'],
      `there are ${String(total)} clients, above the limit of ${String(CLIENTS_MAX)}`,
    );
  }
  for (const [key, us] of [
    ['for', run.forUs],
    ['settle', run.settleUs],
  ] as const) {
    if (us > RUN_US_MAX) findings.problem(['run', key], `${key} is above the limit of 366 days`);
  }
  if (run.forUs === 0) findings.problem(['run', 'for'], 'a run lasts longer than nothing');
  if (!Array.isArray(scenario.invariants)) return;
  scenario.invariants.forEach((name, index) => {
    const reason = invariantProblem(name);
    if (reason !== null) findings.problem(['invariants', index], reason);
  });
}

function invariantProblem(name: string): string | null {
  if (invariantId(name) !== null) return null;
  const refused = Object.entries(REFUSED_INVARIANTS).flat();
  if (refused.includes(name)) return `invariant "${name}" is not modelled yet`;
  return `unknown invariant "${name}"${didYouMean(name, Object.entries(INVARIANTS).flat())}`;
}
