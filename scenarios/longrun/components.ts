/**
 * The parts of a cluster that fail: each kind of failure is a renewal process for each component, in calendar time,
 * running whatever else is down.
 */
import { DurationSampler, meanOf, type Distribution, type RandomStream } from '../../sim/index.js';
import type { FailureKind, FailureKindPlan, Plan } from '../language/plan.js';
import { nodeName } from '../run/assemble.js';
import type { Run } from '../run/run.js';

/** How long a component stays up, or down. */
interface Stay {
  readonly meanUs: number;
  /** Null where the stay is exponential: it is drawn by the exact inverse and no table. */
  readonly sampler: DurationSampler | null;
}

/** One renewal process. */
export interface Component {
  readonly kind: FailureKind;
  readonly name: string;
  /** Hosts that it covers. */
  readonly hosts: readonly number[];
  readonly up: Stay;
  readonly down: Stay;
  readonly stream: RandomStream;
  isDown: boolean;
  /** Calendar time of the next failure or repair. */
  nextUs: number;
}

/** All components of a plan, in the order of its failure kinds and then of hosts and racks. */
export function createComponents(plan: Plan, run: Run): Component[] {
  return (plan.failures ?? []).flatMap((failure) =>
    groupsOf(failure.kind, run).map(({ name, hosts }) =>
      createComponent(failure, name, hosts, run),
    ),
  );
}

/** Draws how long the component stays as it is. */
export function drawStayUs(component: Component): number {
  const { sampler, meanUs } = component.isDown ? component.down : component.up;
  return sampler === null
    ? component.stream.exponential(meanUs)
    : sampler.sampleUs(component.stream);
}

function stayOf(distribution: Distribution): Stay {
  return {
    meanUs: meanOf(distribution),
    sampler: distribution.kind === 'exponential' ? null : new DurationSampler(distribution),
  };
}

function createComponent(
  failure: FailureKindPlan,
  name: string,
  hosts: readonly number[],
  run: Run,
): Component {
  const component: Component = {
    kind: failure.kind,
    name,
    hosts,
    up: stayOf(failure.up),
    down: stayOf(failure.down),
    stream: run.simulation.streams.stream(`failures/${failure.kind}/${name}`),
    isDown: false,
    nextUs: 0,
  };
  component.nextUs = drawStayUs(component);
  return component;
}

interface Group {
  readonly name: string;
  readonly hosts: readonly number[];
}

function groupsOf(kind: FailureKind, run: Run): Group[] {
  const { nodes, brokers, plane } = run.definition;
  const ensemble = plane.zookeepers.map(({ id, rack, host }) => ({
    name: `zookeeper-${id}`,
    rack,
    hosts: [host],
  }));
  switch (kind) {
    case 'broker-crash':
    case 'broker-power-loss':
    case 'broker-stop':
    case 'disk-loss':
    case 'network-partition':
    case 'gray':
      return brokers.map((node) => ({ name: nodeName(node), hosts: [node.host] }));
    case 'controller-crash':
      return nodes
        .filter(({ isBroker }) => !isBroker)
        .map((node) => ({ name: nodeName(node), hosts: [node.host] }));
    case 'zookeeper-crash':
      return ensemble;
    case 'rack-outage':
    case 'rack-power-loss': {
      const servers = [...nodes.map(({ rack, host }) => ({ rack, hosts: [host] })), ...ensemble];
      const racks = [...new Set(servers.map(({ rack }) => rack))].filter((rack) => rack !== null);
      return racks.map((rack) => ({
        name: rack,
        hosts: servers.filter((server) => server.rack === rack).flatMap(({ hosts }) => hosts),
      }));
    }
    case 'cluster-outage': {
      const hosts = [...nodes.map(({ host }) => host), ...ensemble.flatMap((one) => one.hosts)];
      return [{ name: 'cluster', hosts }];
    }
  }
}
