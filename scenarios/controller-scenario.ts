/**
 * Random scenarios in which the active controller is what is struck: killed, paused past its session, isolated from all
 * or from one side, or its session expired, while leaders die and elections are asked for, so that decisions are under way.
 *
 * Brokers, load, settings and network are those of `randomScenario`; only the faults are others. None of them loses a
 * disk or a page cache, so that nothing may be lost at all.
 */
import { RandomStream } from '../sim/index.js';
import type { Scenario } from './language/schema.js';
import type { ScenarioVersion } from './language/version-name.js';
import { NEWEST } from './random-version.js';
import { randomScenario } from './random-scenario.js';

type Fault = NonNullable<Scenario['faults']>[number];

/** When the first blow falls: brokers are registered and topics made by then, in most runs. */
const FIRST_AT_MS = 8000;
/** Blows that one controller after the other gets. */
const BLOWS = { from: 3, to: 6 } as const;
/** Longest session and quorum fetch timeout that are drawn, with something on top: a blow of this length outlasts both. */
const PAST_SESSION_MS = 12_000;

/** What befalls the active controller. */
const HOW = [
  'crash',
  'pause',
  'alone',
  'without-brokers',
  'without-quorum',
  'deaf',
  'expire-session',
] as const;

/** The scenario of a seed about the controllers of that version. */
export function controllerScenario(seed: number, version: ScenarioVersion = NEWEST): Scenario {
  const base = randomScenario(seed, 'survivable', version);
  const { 'random-faults': _none, ...kept } = base;
  const stream = RandomStream.named(String(seed), 'controller-scenario');
  const faults: Fault[] = [];
  let atMs = FIRST_AT_MS;
  const blows = stream.between(BLOWS.from, BLOWS.to);
  for (let blow = 0; blow < blows; blow++) {
    const forMs = stream.between(500, PAST_SESSION_MS);
    faults.push(...decisionsUnderWay(stream, atMs, base));
    faults.push(...blowAt(stream, atMs, forMs, version));
    atMs += forMs + stream.between(500, 5000);
  }
  return {
    ...kept,
    name: `controller-${seed}`,
    description: 'The active controller is struck again and again while leaders change.',
    faults,
    run: { ...base.run, for: `${atMs + 5000}ms` },
  };
}

/** Shortly before or after the blow something makes the controller decide. */
function decisionsUnderWay(stream: RandomStream, blowMs: number, { topics }: Scenario): Fault[] {
  const { name, partitions = 1 } = stream.pick(topics ?? []);
  const partition = `${name}-${stream.below(Number(partitions))}`;
  const at = `${blowMs + stream.between(-3000, 3000)}ms`;
  const length = `${stream.between(500, 8000)}ms`;
  const others: Fault[] = [
    { at: `${blowMs + stream.between(0, 4000)}ms`, 'elect-leaders': 'preferred' },
  ];
  if (stream.chance(0.5)) return [{ at, crash: `leader of ${partition}`, for: length }, ...others];
  return [{ at, pause: `follower of ${partition}`, for: length }, ...others];
}

function blowAt(
  stream: RandomStream,
  atMs: number,
  forMs: number,
  { metadata }: ScenarioVersion,
): Fault[] {
  const at = `${atMs}ms`;
  const length = `${forMs}ms`;
  const quorum = metadata === 'kraft' ? 'all controllers' : 'all zookeepers';
  const cut = (others: readonly string[]): Fault[] => [
    { at, block: { from: 'controller', to: [...others] }, for: length },
    { at, block: { from: [...others], to: 'controller' }, for: length },
  ];
  const how = stream.pick(HOW);
  switch (how) {
    case 'pause':
      return [{ at, pause: 'controller', for: length }];
    case 'alone':
      return cut(['all brokers', quorum]);
    case 'without-brokers':
      return cut(['all brokers']);
    case 'without-quorum':
      return cut([quorum]);
    case 'deaf':
      return [{ at, block: { from: [quorum], to: 'controller' }, for: length }];
    case 'expire-session':
      if (metadata === 'zookeeper') return [{ at, 'expire-session': 'controller' }];
      return [{ at, crash: 'controller', for: length }];
    default:
      return [{ at, crash: 'controller', for: length }];
  }
}
