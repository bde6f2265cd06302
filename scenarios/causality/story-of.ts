/** Plays a scenario, finds what went wrong, and replays it up to there to tell how it came about. */
import type { ClusterDefinition } from '../../model/index.js';
import type { Breach } from '../invariants/index.js';
import type { Plan } from '../language/plan.js';
import type { BreachReport } from '../run/result.js';
import type { Run } from '../run/run.js';
import { startPlan } from '../run/run-scenario.js';
import { CausalQueue } from './causal-queue.js';
import type { Fact } from './fact.js';
import { withFaults } from './faults.js';
import { focusOf, type Focus } from './focus.js';
import { Recorder } from './recorder.js';
import { spansOf } from './spans.js';
import { select } from './select.js';
import type { Story, StoryEntry, StoryLane, StoryMessage } from './story.js';

/** Which breach a story is to end in; the first violation, or else the first expected loss, where none is given. */
export type WantedBreach = Pick<BreachReport, 'invariant' | 'event'>;

interface Ending {
  readonly kind: Story['kind'];
  readonly breach: Breach | null;
  readonly headline: string;
  readonly verdict: string;
}

/** The causal story of a plan's run. Pure: the same plan and seed give the same story. */
export function storyOf(plan: Plan, seed: number, wanted: WantedBreach | null = null): Story {
  const whole = startPlan(plan, { seed }).play();
  const ending = endingOf(whole, wanted);
  const { breach } = ending;
  const focus = breach === null ? wholeFocus(plan) : focusOf(breach);
  const queue = new CausalQueue();
  const bounded: Plan =
    breach === null ? plan : { ...plan, run: { ...plan.run, maxEvents: breach.event } };
  let recorder: Recorder | null = null;
  const run = startPlan(bounded, {
    seed,
    queue,
    watch: (definition) => {
      recorder = new Recorder(definition, queue, focus.partition, breach !== null);
      return [recorder];
    },
  });
  playUpTo(run);
  return tell({ run, queue, recorder: recorder!, focus, ending });
}

interface Told {
  readonly run: Run;
  readonly queue: CausalQueue;
  readonly recorder: Recorder;
  readonly focus: Focus;
  readonly ending: Ending;
}

function tell({ run, queue, recorder, focus, ending }: Told): Story {
  const { definition, simulation } = run;
  const { facts, deliveries } = recorder.state;
  const { breach } = ending;
  const place = breach === null ? -1 : placeOf(focus, definition, queue.servedHost());
  const witnesses =
    breach === null
      ? null
      : [place, ...focus.nodes.map((id) => definition.node(id).host), queue.servedHost()];
  const told = breach === null ? duringFaults(facts, run) : facts;
  const { entries, messages, omitted } = select({
    facts: withFaults(told, run.director.notes, simulation.hosts, run.nowUs),
    deliveries,
    focus,
    witnesses,
    hosts: simulation.hosts.length,
    isServer: (host) => host < run.adminHost,
  });
  const last = breach === null ? null : recorder.carrierAt(place);
  const message = isTold(last, entries) ? null : last;
  const end = endOf(ending, { place, step: queue.step, message }, run);
  const all = end === null ? entries : [...entries, end];
  return {
    scenario: run.plan.name,
    seed: run.seed,
    subject: focus.partition < 0 ? null : definition.partition(focus.partition).name,
    headline: ending.headline,
    verdict: ending.verdict,
    kind: ending.kind,
    lanes: lanesOf(all, definition, run.adminHost),
    entries: all,
    spans: spansOf(facts, focus.partition),
    messages,
    omitted,
  };
}

function endingOf(run: Run, wanted: WantedBreach | null): Ending {
  const { violations, expectedLosses } = run.invariants.breaches;
  const isWanted = (breach: Breach): boolean =>
    wanted === null || (breach.invariant === wanted.invariant && breach.event === wanted.event);
  const violation = violations.find(isWanted);
  if (violation !== undefined) return breachEnding('violation', violation);
  const loss = expectedLosses.find(({ breach }) => isWanted(breach));
  if (loss !== undefined) {
    const ending = breachEnding('expected loss', loss.breach);
    return { ...ending, verdict: `${ending.verdict} (expected: ${loss.broken})` };
  }
  const [pending] = run.invariants.pending();
  const nothing = {
    breach: null,
    kind: 'no failure',
    headline: 'no failure',
    verdict: '',
  } as const;
  if (pending === undefined) return nothing;
  return { breach: null, kind: 'liveness failure', headline: 'not recovered', verdict: pending };
}

function breachEnding(kind: Story['kind'], breach: Breach): Ending {
  return { kind, breach, headline: `${breach.invariant} ${breach.name}`, verdict: breach.message };
}

function wholeFocus(plan: Plan): Focus {
  const partition = plan.topics.length > 0 ? 0 : -1;
  return { partition, from: -1, to: -1, values: new Set(), isRead: false, nodes: [] };
}

/** Where the breach is drawn: where it was noticed if the evidence names that node, else at the one it names first. */
function placeOf({ nodes }: Focus, definition: ClusterDefinition, served: number): number {
  const hosts = nodes.map((id) => definition.node(id).host);
  return hosts.includes(served) ? served : (hosts[0] ?? served);
}

/** Without a breach the story is that of the faults: from a second before the first until a while after they are over. */
function duringFaults(facts: readonly Fact[], run: Run): readonly Fact[] {
  const first = run.director.notes.find(({ skipped }) => !skipped);
  if (first === undefined) return facts;
  const fromUs = first.fromUs - 1_000_000;
  return facts.filter(({ atUs, kind }) => atUs >= fromUs || kind === 'created');
}

/** The last message is drawn once. */
function isTold(message: StoryMessage | null, entries: readonly StoryEntry[]): boolean {
  return entries.some((entry) => entry.message?.sentStep === message?.sentStep);
}

interface End {
  readonly place: number;
  readonly step: number;
  readonly message: StoryMessage | null;
}

function endOf(ending: Ending, { place, step, message }: End, run: Run): StoryEntry | null {
  const { kind, breach, headline, verdict } = ending;
  if (kind === 'no failure') return null;
  return {
    atUs: breach?.atUs ?? run.nowUs,
    step,
    host: place,
    kind: breach === null ? 'pending' : 'violation',
    texts: [`${kind.toUpperCase()} ${headline}`, verdict],
    state: '',
    message,
    isFocus: true,
  };
}

/** By which scenarios call a controller. */
function voterNumber({ voters }: ClusterDefinition, id: number): number {
  return voters.findIndex((voter) => voter.id === id) + 1;
}

/** Clients that write, brokers, controllers or the ensemble, clients that read: those who take part. */
function lanesOf(
  entries: readonly StoryEntry[],
  definition: ClusterDefinition,
  adminHost: number,
): StoryLane[] {
  const involved = new Set<number>();
  for (const { host, message } of entries) {
    if (host >= 0) involved.add(host);
    if (message !== null) involved.add(message.from);
  }
  const lanes: StoryLane[] = [
    ...definition.producers.map(({ host, id }): StoryLane => ({
      host,
      name: `producer ${id}`,
      role: 'client',
    })),
    ...definition.nodes.map(({ host, id, isBroker }): StoryLane => ({
      host,
      name: isBroker ? `broker ${id}` : `controller ${voterNumber(definition, id)} (node ${id})`,
      role: isBroker ? 'broker' : 'controller',
    })),
    ...definition.plane.zookeepers.map(({ host, id }): StoryLane => ({
      host,
      name: `zookeeper ${id}`,
      role: 'controller',
    })),
    { host: adminHost, name: 'operator', role: 'client' },
    ...definition.consumers.map(({ host, id }): StoryLane => ({
      host,
      name: `consumer ${id}`,
      role: 'client',
    })),
  ];
  const shown = lanes.filter(({ host }) => involved.has(host));
  const order = { broker: 1, controller: 2, client: 0 };
  return shown
    .map((lane, index) => ({ lane, index }))
    .sort((a, b) => order[a.lane.role] - order[b.lane.role] || a.index - b.index)
    .map(({ lane }) => lane);
}

/** As `Run.play`, but it stops for good where the bound on events is reached: nothing is healed. */
function playUpTo(run: Run): void {
  const { forUs, settleUs } = run.plan.run;
  run.advance(forUs);
  if (run.exhausted) return;
  run.heal();
  run.advance(forUs + settleUs);
}
