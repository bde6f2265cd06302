/**
 * The survivable budget: which random faults keep the promises of a safe configuration.
 *
 * Budget N of the semantics: any crashes, pauses, delays, losses of messages and partitions; beyond it *lossy* faults
 * (a loss of power or of a disk) as far as the ISR rules of Kafka 4.1 with ELR still cover them: while a lossy broker
 * has not re-entered every ISR, no other broker may restart uncleanly, and the other way round (a restart counts as
 * unclean whenever the process did not shut down by itself, KIP-966). What decides is the state of the cluster at the
 * moment of the fault, not a count fixed in advance.
 */
import type { FaultAction } from '../language/plan.js';
import type { Coverage } from './coverage.js';
import type { Field } from './field.js';

const UNCLEAN: readonly FaultAction['verb'][] = [
  'crash',
  'rack-outage',
  'fail-disk',
  'fill-disk',
  'rolling-restart',
  'stop',
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

/** True where the fault stays within the survivable budget. */
export function isSurvivable(
  field: Field,
  casualties: Casualties,
  coverage: Coverage,
  verb: FaultAction['verb'],
  hosts: readonly number[],
): boolean {
  const brokers = hosts.filter((host) => isBroker(field, host));
  forgetRecovered(field, casualties, coverage);
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

function isBroker(field: Field, host: number): boolean {
  return field.definition.nodes[host]?.isBroker ?? false;
}

function isVoter(field: Field, host: number): boolean {
  return field.definition.nodes[host]?.isVoter ?? false;
}
