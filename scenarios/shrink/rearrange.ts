/** One scenario in many timings: where a smaller one does not fail as it is, it may a little earlier or later. */
import { RandomStream } from '../../sim/index.js';
import { durationUs } from '../language/ranges.js';
import { resolveRun } from '../language/run.js';
import type { FaultInput } from '../language/fault-parts.js';
import type { Scenario } from '../language/schema.js';
import { durationText } from './duration-text.js';
import { omit } from './omit.js';
import { rewriteFaults } from './rewrite-targets.js';

/** A scenario and the seed to play it with. */
export interface Arrangement {
  readonly scenario: Scenario;
  readonly seed: number;
}

/** Moments and durations in steps of that. */
const STEP_US = 1000;
const SEEDS = 1000;

/**
 * The first few rearrangements of a scenario: moments moved by milliseconds to seconds, faults of other lengths, brokers
 * that change places, other seeds. They depend on nothing but the scenario, so that to ask again gives the same.
 */
export function* rearrangements(scenario: Scenario, count: number): Generator<Arrangement> {
  if (count < 1) return;
  const stream = RandomStream.named(canonical(scenario), 'shrink/rearrange');
  for (let number = 0; number < Math.floor(count); number++) {
    const seed = stream.between(1, SEEDS);
    const swapped = stream.chance(0.5) ? withBrokersSwapped(scenario, stream) : scenario;
    yield { scenario: withOtherTimes(swapped, stream), seed };
  }
}

/** One text for one scenario: no order of keys, what is undefined is not there; `run.seed` and words for people do not count. */
export function canonical(scenario: Scenario): string {
  const { run } = scenario;
  const rest = omit(scenario, 'name', 'description', 'run');
  const phases = omit(run ?? {}, 'seed');
  return JSON.stringify({ ...rest, run: phases }, (_, value: unknown) => sorted(value));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withOtherTimes(scenario: Scenario, stream: RandomStream): Scenario {
  const { forUs } = resolveRun(scenario.run);
  const share = stream.pick([0.2, 0.5, 1]);
  const scaleMs = stream.pick([3, 30, 300, 3000]);
  const moved = (text: string): string => {
    if (!stream.chance(share)) return text;
    const atUs = durationUs(text) + stream.between(-scaleMs, scaleMs) * 1000;
    return durationText(Math.min(Math.max(atUs, 0), forUs - STEP_US));
  };
  const faults = scenario.faults?.map((fault): FaultInput => {
    const { at, for: lasting } = fault;
    return {
      ...fault,
      ...(at === undefined ? {} : { at: moved(at) }),
      ...(lasting === undefined ? {} : { for: stretched(lasting, stream, share) }),
    };
  });
  const producers = scenario.producers?.map((producer) => {
    if (producer.sends === undefined) return producer;
    const sends = producer.sends
      .map((send) => ({ ...send, at: moved(send.at) }))
      .sort((a, b) => durationUs(a.at) - durationUs(b.at));
    return { ...producer, sends };
  });
  return {
    ...scenario,
    ...(producers === undefined ? {} : { producers }),
    ...(faults === undefined ? {} : { faults }),
  };
}

/** Up to four times as long or as short. */
function stretched(lasting: string, stream: RandomStream, share: number): string {
  if (!stream.chance(share)) return lasting;
  const factor = stream.pick([1 / 4, 1 / 2, 3 / 4, 3 / 2, 2, 4]);
  const us = Math.round((durationUs(lasting) * factor) / STEP_US) * STEP_US;
  return durationText(Math.max(us, STEP_US));
}

/** The faults of two brokers exchanged: another one leads than did where there were more. */
function withBrokersSwapped(scenario: Scenario, stream: RandomStream): Scenario {
  const { brokers } = scenario.cluster;
  const ids =
    typeof brokers === 'number'
      ? Array.from({ length: brokers }, (_, index) => index + 1)
      : brokers.map(({ id }) => id);
  if (ids.length < 2) return scenario;
  const [one, other] = stream.shuffled(ids);
  return rewriteFaults(scenario, (target) => {
    if (target === `broker ${one}`) return `broker ${other}`;
    return target === `broker ${other}` ? `broker ${one}` : target;
  });
}
