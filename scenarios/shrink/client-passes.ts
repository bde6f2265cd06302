/** Fewer clients, and of what they send no more than it takes. */
import { durationUs } from '../language/ranges.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { durationText } from './duration-text.js';
import type { Run } from '../run/run.js';
import { reduceList, type ListOf } from './reduce-list.js';
import { rewriteFaults } from './rewrite-targets.js';
import type { Workbench } from './workbench.js';
import { omit } from './omit.js';

export type ProducerInput = NonNullable<Scenario['producers']>[number];
export type ConsumerInput = NonNullable<Scenario['consumers']>[number];
export type SendInput = NonNullable<ProducerInput['sends']>[number];

/** Producers; faults on those that are gone go, too. */
export const PRODUCERS: ListOf<ProducerInput> = {
  read: (scenario) => scenario.producers ?? [],
  write: (scenario, producers) => {
    const rest = omit(scenario, 'producers');
    const kept = producers.length === 0 ? rest : { ...rest, producers: [...producers] };
    return onlyClients(kept, 'producer', new Set(producers.map(({ id }) => id)));
  },
};

export const CONSUMERS: ListOf<ConsumerInput> = {
  read: (scenario) => scenario.consumers ?? [],
  write: (scenario, consumers) => {
    const rest = omit(scenario, 'consumers');
    const kept = consumers.length === 0 ? rest : { ...rest, consumers: [...consumers] };
    const ids = consumers.map(({ id, group }) => id ?? group ?? '');
    return onlyClients(kept, 'consumer', new Set(ids));
  },
};

/** Without faults on clients that are not there. */
function onlyClients(
  scenario: Scenario,
  kind: 'producer' | 'consumer',
  ids: ReadonlySet<string>,
): Scenario {
  return rewriteFaults(scenario, (target) => {
    const [first, second = '', , group = ''] = target.split(' ');
    if (first === 'member' && kind === 'consumer') return ids.has(group) ? target : null;
    if (first !== kind) return target;
    const isThere = ids.has(second) || ids.has(second.replace(/-\d+$/, ''));
    return isThere ? target : null;
  });
}

export function fewerClients(work: Workbench): void {
  const { probes, ...rest } = work.scenario;
  if (probes !== undefined) work.try(rest);
  reduceList(work, CONSUMERS);
  reduceList(work, PRODUCERS);
  for (let index = 0; index < (work.scenario.producers?.length ?? 0); index++) {
    const { count, ...one } = work.scenario.producers![index]!;
    if (count !== undefined && count > 1) work.try(withProducer(work.scenario, index, one));
  }
  for (let index = 0; index < (work.scenario.consumers?.length ?? 0); index++) {
    const { count, members, ...one } = work.scenario.consumers![index]!;
    if ((count ?? members ?? 1) > 1) work.try(withConsumer(work.scenario, index, one));
    fewerTopicsOf(work, index);
  }
}

function fewerTopicsOf(work: Workbench, index: number): void {
  const topics = work.scenario.consumers![index]!.topics ?? [];
  if (topics.length < 2) return;
  for (const gone of topics) {
    const consumer = work.scenario.consumers![index]!;
    const kept = (consumer.topics ?? []).filter((topic) => topic !== gone);
    if (kept.length > 0)
      work.try(withConsumer(work.scenario, index, { ...consumer, topics: kept }));
  }
}

export function withProducer(scenario: Scenario, index: number, producer: ProducerInput): Scenario {
  const producers = scenario.producers ?? [];
  return { ...scenario, producers: producers.map((old, at) => (at === index ? producer : old)) };
}

export function withConsumer(scenario: Scenario, index: number, consumer: ConsumerInput): Scenario {
  const consumers = scenario.consumers ?? [];
  return { ...scenario, consumers: consumers.map((old, at) => (at === index ? consumer : old)) };
}

/** Rates become the records that were really sent; then as few of these as will do. */
export function fewerRecords(work: Workbench): void {
  onlyFew(work);
  if ((work.scenario.producers ?? []).some(({ sends }) => sends === undefined)) {
    if (!work.try(withExplicitSends(work.scenario, work.sighting.run))) slowerProducers(work);
  }
  for (let index = 0; index < (work.scenario.producers?.length ?? 0); index++) {
    if (work.scenario.producers![index]!.sends === undefined) continue;
    reduceList(work, sendsOf(index));
    fewerAtOnce(work, index);
  }
}

/** The last few records before the failure and no others, be it at other times. */
function onlyFew(work: Workbench): void {
  const written = withExplicitSends(work.scenario, work.sighting.run);
  const sends = (written.producers ?? []).flatMap((producer) => producer.sends ?? []);
  if (sends.length <= Math.max(...FEW)) return;
  const last = sends.sort((a, b) => durationUs(b.at) - durationUs(a.at));
  work.tryLarge(
    FEW.map((count) => {
      const kept = new Set(last.slice(0, count));
      const producers = written.producers!.flatMap((producer) => {
        const few = (producer.sends ?? []).filter((send) => kept.has(send));
        return few.length === 0 ? [] : [{ ...producer, sends: few }];
      });
      return PRODUCERS.write(written, producers);
    }),
  );
}

const FEW = [1, 2, 4, 6];

function sendsOf(index: number): ListOf<SendInput> {
  return {
    read: (scenario) => scenario.producers?.[index]?.sends ?? [],
    write: (scenario, sends) =>
      withProducer(scenario, index, { ...scenario.producers![index]!, sends: [...sends] }),
    isCostly: true,
  };
}

function fewerAtOnce(work: Workbench, index: number): void {
  const list = sendsOf(index);
  for (let place = 0; place < list.read(work.scenario).length; place++) {
    const { records } = list.read(work.scenario)[place]!;
    const counts = [1, Math.floor(records / 2), records - 1].filter((n) => n > 0 && n < records);
    work.tryEach(
      counts.map((count) => {
        const sends = list.read(work.scenario);
        const changed = sends.map((s, at) => (at === place ? { ...s, records: count } : s));
        return list.write(work.scenario, changed);
      }),
    );
  }
}

/** Producers, counted out, that send at the moments at which those of a run did, to the same partitions. */
function withExplicitSends(scenario: Scenario, run: Run): Scenario {
  const { producers } = run.plan;
  const sends: SendInput[][] = producers.map(() => []);
  for (const { atUs, producer, partition } of sentBy(run)) {
    const { name } = run.definition.partition(partition);
    const number = Number(name.slice(name.lastIndexOf('-') + 1));
    sends[producer]!.push({ at: durationText(atUs), partition: number, records: 1 });
  }
  const written = resolvePlan(scenario).producers;
  return {
    ...scenario,
    producers: (scenario.producers ?? []).flatMap((producer) => {
      if (producer.sends !== undefined) return [producer];
      const { count } = producer;
      const rest = omit(producer, 'rate', 'start', 'stop', 'count');
      return written.flatMap(({ id, baseId }, index) => {
        if (baseId !== producer.id) return [];
        return [{ ...rest, id: (count ?? 1) > 1 ? id : baseId, sends: sends[index] ?? [] }];
      });
    }),
  };
}

interface Sent {
  readonly atUs: number;
  readonly value: number;
  readonly producer: number;
  readonly partition: number;
}

/** Every record that was handed to a producer, in order. */
function sentBy(run: Run): Sent[] {
  const { outcomes, open } = run.history.state;
  const count = run.plan.producers.length;
  const sent: Sent[] = [];
  for (const { invokedUs, value, producer, partition } of outcomes) {
    sent.push({ atUs: invokedUs, value, producer, partition });
  }
  for (const [value, { invokedUs, partition }] of open) {
    sent.push({ atUs: invokedUs, value, producer: value % count, partition });
  }
  return sent.sort((a, b) => a.atUs - b.atUs || a.value - b.value);
}

/** Where the moments themselves do not do: lower rates. */
function slowerProducers(work: Workbench): void {
  for (let index = 0; index < (work.scenario.producers?.length ?? 0); index++) {
    for (const rate of RATES) {
      const producer = work.scenario.producers![index]!;
      if (producer.rate === undefined || rate >= ratePerSecond(work.scenario, producer.id))
        continue;
      if (work.try(withProducer(work.scenario, index, { ...producer, rate: `${rate}/s` }))) break;
    }
  }
}

const RATES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

function ratePerSecond(scenario: Scenario, id: string): number {
  const plan = resolvePlan(scenario).producers.find(({ baseId }) => baseId === id);
  return plan?.ratePerSecond ?? 0;
}
