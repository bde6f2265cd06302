/**
 * The bug corpus as scripts: races and hazards that Kafka had or has, each in the version, with the switch or the
 * settings that have it, and each with a twin in which the same script does no harm.
 *
 * The scripts leave nothing to luck: a bug shows with every seed. Those that the protocol itself had end as violations;
 * those that settings allow as expected losses.
 */
import type { CatalogueEntry } from '../entry.js';
import { acksOne, minIsrOne, zombieLeader } from './acknowledgements.js';
import { fencedReplica, inFlightIsr, rebootRace } from './isr-changes.js';
import { lastReplicaStanding, uncleanElection, wholeIsrPowerLoss } from './lost-copies.js';

/** In the order of their numbers. */
export const CORPUS: readonly CatalogueEntry[] = [
  ...inFlightIsr,
  ...rebootRace,
  ...lastReplicaStanding,
  ...wholeIsrPowerLoss,
  ...uncleanElection,
  ...acksOne,
  ...minIsrOne,
  ...zombieLeader,
  ...fencedReplica,
];
