/**
 * The survivable budget: which random faults keep the promises of a safe configuration.
 *
 * Budget N of the semantics: any crashes, pauses, delays, losses of messages and partitions; beyond it *lossy* faults
 * (a loss of power or of a disk) as far as the ISR rules of Kafka 4.1 with ELR still cover them: while a lossy broker
 * has not re-entered every ISR, no other broker may restart uncleanly, and the other way round (a restart counts as
 * unclean whenever the process did not shut down by itself, KIP-966). What decides is the state of the cluster at the
 * moment of the fault, not a count fixed in advance.
 *
 * Without ELR (before 4.1, or `elr=off`) the last member of an ISR must not be lossy, and stays safe only while nothing
 * makes it the last: one broker at a time, out of a whole cluster, and until it has left every ISR nothing else happens.
 * That a lossy broker is in every ISR when it dies is enough for versions without broker epochs, too: no expansion that
 * names it is in flight. On ZooKeeper it must not be the controller: the next one would not know that it was away, if it
 * came back before that one looked (KIP-380).
 */
import type { FaultAction } from '../language/plan.js';
import { isHeldDown, type Coverage } from './coverage.js';
import type { Field } from './field.js';

const UNCLEAN: readonly FaultAction['verb'][] = [
  'crash',
  'rack-outage',
  'fail-disk',
  'fill-disk',
  'rolling-restart',
  'stop',
  'upgrade',
];
const LOSSY: readonly FaultAction['verb'][] = ['power-loss', 'lose-disk', 'rack-power-loss'];

/** Brokers whose last death was lossy or unclean and who are not back in every ISR yet; plain data. */
export interface Casualties {
  /** Hosts, in order of their deaths. */
  lossy: number[];
  unclean: number[];
}

export function createCasualties(): Casualties {
  return { lossy: [], unclean: [] };
}

/**
 * True where the fault stays within the survivable budget.
 *
 * @param isDisturbed another fault is active, on whatever hosts or links.
 */
export function isSurvivable(
  field: Field,
  casualties: Casualties,
  coverage: Coverage,
  verb: FaultAction['verb'],
  hosts: readonly number[],
  isDisturbed: boolean,
): boolean {
  const brokers = hosts.filter((host) => isBroker(field, host));
  forgetRecovered(field, casualties, coverage);
  if (field.definition.switches.elr === 'off') {
    if (casualties.lossy.some((host) => isInAnyIsr(field, host))) return false;
    const isWhole = !isDisturbed && isClusterWhole(field, coverage);
    if (LOSSY.includes(verb) && brokers.length > 0 && !isWhole) return false;
    if (LOSSY.includes(verb) && brokers.some((host) => isZooKeeperController(field, host)))
      return false;
  }
  if (LOSSY.includes(verb)) {
    if (verb === 'lose-disk' && hosts.some((host) => isVoter(field, host))) return false;
    if (brokers.length > lossyBound(field)) return false;
    return brokers.length === 0 || casualties.unclean.every((host) => brokers.includes(host));
  }
  if (UNCLEAN.includes(verb))
    return casualties.lossy.every((host) => brokers.includes(host) && brokers.length === 1);
  return true;
}

/** Notes the deaths that a fault causes. */
export function noteCasualties(
  field: Field,
  casualties: Casualties,
  verb: FaultAction['verb'],
  hosts: readonly number[],
): void {
  for (const host of hosts) {
    if (!isBroker(field, host)) continue;
    if (LOSSY.includes(verb) && !casualties.lossy.includes(host)) casualties.lossy.push(host);
    if ((LOSSY.includes(verb) || UNCLEAN.includes(verb)) && !casualties.unclean.includes(host))
      casualties.unclean.push(host);
  }
}

/** At most min.insync.replicas - 1 copies may be lost at a time, and with this lab's rule one broker at a time. */
function lossyBound(field: Field): number {
  let bound = 1;
  for (const topic of field.definition.topics) {
    if (Math.min(topic.config.minInsyncReplicas, topic.replicationFactor) < 2) bound = 0;
  }
  return bound;
}

function forgetRecovered(field: Field, casualties: Casualties, coverage: Coverage): void {
  const isOut = (host: number): boolean => !hasRecovered(field, coverage, host);
  casualties.lossy = casualties.lossy.filter(isOut);
  casualties.unclean = casualties.unclean.filter(isOut);
}

/** Every node runs, and every broker is in all ISRs that it belongs to. */
function isClusterWhole(field: Field, coverage: Coverage): boolean {
  const { definition, simulation } = field;
  return definition.nodes.every(({ isBroker }, host) => {
    const isUp = simulation.hosts[host]!.status === 'running' && !isHeldDown(coverage[host]!);
    return isUp && (!isBroker || hasRecovered(field, coverage, host));
  });
}

function isInAnyIsr(field: Field, host: number): boolean {
  const { id } = field.definition.nodes[host]!;
  return field.truth.state.partitions.some((partition) => partition?.isr.includes(id) === true);
}

/** The host runs, its broker is unfenced in its present incarnation, and it is in every ISR that it belongs to. */
function hasRecovered(field: Field, coverage: Coverage, host: number): boolean {
  const node = field.definition.nodes[host]!;
  const cover = coverage[host]!;
  if (field.simulation.hosts[host]!.status !== 'running' || cover.stopped > 0) return false;
  const broker = field.truth.broker(node.id);
  if (broker.fenced || broker.inControlledShutdown || broker.registeredAtUs < cover.lastStartUs)
    return false;
  return field.truth.state.partitions.every(
    (partition) =>
      partition === null ||
      !partition.replicas.includes(node.id) ||
      partition.isr.includes(node.id),
  );
}

/** The broker is the controller of a cluster on ZooKeeper. */
function isZooKeeperController({ definition, truth }: Field, host: number): boolean {
  return (
    definition.plane.mode === 'zookeeper' &&
    definition.nodes[host]?.id === truth.state.activeController
  );
}

function isBroker(field: Field, host: number): boolean {
  return field.definition.nodes[host]?.isBroker ?? false;
}

function isVoter(field: Field, host: number): boolean {
  return field.definition.nodes[host]?.isVoter ?? false;
}
