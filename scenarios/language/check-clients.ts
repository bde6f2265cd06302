/** Checks producers, consumers, invariants and the run. */
import { didYouMean } from '../../model/config/nearest-name.js';
import type { Findings } from './findings.js';
import { invariantId, INVARIANTS, REFUSED_INVARIANTS } from './invariants.js';
import { CLIENTS_MAX, RUN_US_MAX } from './limits.js';
import type { RunPlan } from './plan.js';
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
    'consumer id',
    consumers.map(({ id }, index) => ({ name: id, path: ['consumers', index, 'id'] })),
  );
  consumers.forEach((consumer, index) => {
    const at = (...steps: (string | number)[]): (string | number)[] => [
      'consumers',
      index,
      ...steps,
    ];
    const listed = Array.isArray(consumer.assign) ? consumer.assign : null;
    const whole = consumer.topics?.length ?? (consumer.topic === undefined ? 0 : 1);
    if (consumer.topic !== undefined && consumer.topics !== undefined) {
      findings.problem(at('topics'), 'a consumer has topic or topics, not both', true);
    }
    if (whole === 0 && (listed === null || listed.length === 0)) {
      findings.problem(
        at(),
        `consumer "${consumer.id}" needs a topic, topics or assigned partitions`,
      );
    }
    const named = consumer.topic === undefined ? [] : [consumer.topic];
    named.forEach((topic) => {
      const reason = topicProblem(topic, scope.topics);
      if (reason !== null) findings.problem(at('topic'), reason);
    });
    consumer.topics?.forEach((topic, place) => {
      const reason = topicProblem(topic, scope.topics);
      if (reason !== null) findings.problem(at('topics', place), reason);
    });
    listed?.forEach(([topic, partition], place) => {
      const reason = partitionProblem(topic, partition, scope.topics);
      if (reason !== null) findings.problem(at('assign', place), reason);
    });
    findings.duplicates(
      'assigned partition',
      (listed ?? []).map(([topic, partition], place) => ({
        name: `${topic}-${String(partition)}`,
        path: at('assign', place),
      })),
    );
  });
}

/** Checks the number of clients, `invariants` and `run`. */
export function checkRun(scenario: Scenario, run: RunPlan, findings: Findings): void {
  const clients = [...(scenario.producers ?? []), ...(scenario.consumers ?? [])];
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
