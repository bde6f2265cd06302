/** Theory: what independent exponential failures do to a partition, in closed form. */

export { type DetectionSettings, meanDetectUs } from './detection.js';
export { type MarkovChain, steadyState, type Transition } from './markov-chain.js';
export { partitionChain, type PartitionChain, type PhaseLengths } from './partition-chain.js';
export {
  LARGEST_REPLICATION_FACTOR,
  type ServedShares,
  type TheoryInput,
  type WriteReadTheory,
  writeReadTheory,
} from './write-read-theory.js';
