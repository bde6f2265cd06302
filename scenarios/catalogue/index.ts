/** The catalogue: named scenarios, each a story. */
import { combinedNodes, controllerFailover, quorumLoss, rackOutage } from './control-plane.js';
import {
  controlledShutdown,
  diskLoss,
  followerCrash,
  leaderCrash,
  leaderPowerLoss,
  rollingRestart,
} from './crashes.js';
import { CORPUS } from './corpus/index.js';
import type { CatalogueEntry } from './entry.js';
import {
  acksOne,
  diskFull,
  lastReplicaStanding,
  twoBrokers,
  uncleanElection,
  wholeIsrPowerLoss,
} from './limits.js';
import { grayDisk, isolatedLeader, oneWayBlock, pausedLeader } from './network.js';
import { reassignPartition, throttledReassignment } from './operator.js';
import { twoClustersOneEnsemble } from './shared-ensemble.js';
import { rollingUpgrade, rollingUpgradeKraft } from './upgrades.js';
import { survivableWeather, unlimitedWeather } from './weather.js';

export type { CatalogueEntry } from './entry.js';

/** In the order in which lists show them. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  leaderCrash,
  followerCrash,
  twoBrokers,
  controlledShutdown,
  rollingRestart,
  rollingUpgrade,
  rollingUpgradeKraft,
  leaderPowerLoss,
  diskLoss,
  diskFull,
  isolatedLeader,
  oneWayBlock,
  pausedLeader,
  grayDisk,
  controllerFailover,
  quorumLoss,
  combinedNodes,
  rackOutage,
  twoClustersOneEnsemble,
  reassignPartition,
  throttledReassignment,
  lastReplicaStanding,
  acksOne,
  uncleanElection,
  wholeIsrPowerLoss,
  survivableWeather,
  unlimitedWeather,
  ...CORPUS,
];

/** The catalogue's entry of that name, or null. */
export function findInCatalogue(name: string): CatalogueEntry | null {
  return CATALOGUE.find(({ scenario }) => scenario.name === name) ?? null;
}
