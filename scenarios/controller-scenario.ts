/**
 * Random scenarios in which the active controller is what is struck, while it decides (`controller-blows.ts`): it must lose
 * no decision, and there must never be two that are obeyed. Brokers, load, settings and network are those of
 * `randomScenario`; only the faults are others.
 *
 * What watches over it:
 *
 * - no decision is lost: leader epochs and partition epochs only rise, and no two leaders of a partition have one (I7); a
 *   leader has been elected from the ISR that was decided last (I5, I8); metadata that was committed stays, on all
 *   nodes in the same order (I24); what the controller has answered to a leader that asked for another ISR is so (I4, I22);
 * - never two are obeyed: no change of an older controller epoch is committed, or written to ZooKeeper, after one of a
 *   newer, and no broker does what an older controller tells it after a newer one has told it something (I23);
 * - and it goes on: at the end there is a controller, and every partition has a leader and its whole ISR (I16).
 */
import { RandomStream } from '../sim/index.js';
import { drawBlow, type BlowStage } from './controller-blows.js';
import type { FaultInput } from './language/fault-parts.js';
import type { Scenario } from './language/schema.js';
import type { ScenarioVersion } from './language/version-name.js';
import { NEWEST } from './random-version.js';
import { randomScenario } from './random-scenario.js';

/** When the first blow may fall: brokers are registered and topics made by then, in most runs. */
const FIRST_AT_MS = 8000;
/** Blows that one controller after the other gets. */
const BLOWS = { from: 3, to: 6 } as const;

/** The scenario of a seed about the controllers of that version. */
export function controllerScenario(seed: number, version: ScenarioVersion = NEWEST): Scenario {
  const base = randomScenario(seed, 'survivable', version);
  const stream = RandomStream.named(String(seed), 'controller-scenario');
  const faults: FaultInput[] = [];
  let nextMs = FIRST_AT_MS;
  const blows = stream.between(BLOWS.from, BLOWS.to);
  for (let blow = 0; blow < blows; blow++) {
    const drawn = drawBlow(stageOf(stream, nextMs, base, version));
    faults.push(...drawn.faults);
    nextMs = drawn.endMs + stream.between(500, 5000);
  }
  const scenario: Scenario = {
    ...base,
    name: `controller-${seed}`,
    description: 'The active controller is struck again and again while it decides.',
    faults,
    run: { ...base.run, for: `${nextMs + 5000}ms` },
  };
  delete scenario['random-faults'];
  return scenario;
}

function stageOf(
  stream: RandomStream,
  atMs: number,
  { cluster, topics }: Scenario,
  { metadata }: ScenarioVersion,
): BlowStage {
  const { name, partitions = 1 } = stream.pick(topics ?? []);
  const onZooKeeper = metadata === 'zookeeper';
  const session = onZooKeeper ? 'zookeeper.session.timeout.ms' : 'broker.session.timeout.ms';
  const lease = onZooKeeper ? session : 'controller.quorum.fetch.timeout.ms';
  return {
    stream,
    onZooKeeper,
    atMs,
    partition: `${name}-${stream.below(partitions)}`,
    brokers: Number(cluster.brokers),
    sessionMs: Number(cluster.config?.[session]),
    leaseMs: Number(cluster.config?.[lease]),
  };
}
