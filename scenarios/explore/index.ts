/** Bounded exhaustive exploration of a tiny cluster: every order of what can happen, over forks, with state hashing. */
export { explore, type Exploration, type ExploreOptions } from './explore.js';
export { isEager } from './eager-messages.js';
export type { TinyCluster } from './tiny-cluster.js';
export type { Allowance } from './world.js';
