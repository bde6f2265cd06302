/**
 * The bug corpus as scripts: races and hazards that Kafka had or has, each in the version, with the switch or the
 * settings that have it, and each with a twin in which the same script does no harm.
 *
 * The scripts leave nothing to luck: a bug shows with every seed. Those that the protocol itself had end as violations;
 * those that settings allow as expected losses.
 */
import type { CatalogueEntry } from '../entry.js';
import { acksOne, minIsrOne, zombieLeader } from './acknowledgements.js';
import { fencedReplica, inFlightIsr, joinBelowHighWatermark, rebootRace } from './isr-changes.js';
import { fastFailover, hardFailures, highWatermarkTruncation } from './log-truncation.js';
import { lastReplicaStanding, uncleanElection, wholeIsrPowerLoss } from './lost-copies.js';
import { consumerTruncation, jepsen2013 } from './unclean-elections.js';
import { missedBounce, zombieController, zombieFollower } from './zombies.js';

/** In the order of their numbers. */
export const CORPUS: readonly CatalogueEntry[] = [
  ...highWatermarkTruncation,
  ...hardFailures,
  ...fastFailover,
  ...zombieFollower,
  ...consumerTruncation,
  ...joinBelowHighWatermark,
  ...inFlightIsr,
  ...rebootRace,
  ...lastReplicaStanding,
  ...wholeIsrPowerLoss,
  ...uncleanElection,
  ...acksOne,
  ...minIsrOne,
  ...zombieController,
  ...zombieLeader,
  ...missedBounce,
  ...fencedReplica,
  ...jepsen2013,
];
