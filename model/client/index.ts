/** Clients: producers, consumers, and the operator who creates the topics. */
export { AdminProgram, requestElectLeaders } from './admin-program.js';
export { adminIsDone, ElectLeadersCommand, type AdminState } from './admin-state.js';
export { ConsumerProgram } from './consumer-program.js';
export { murmur2, partitionForKey } from './murmur2.js';
export { ClientOpcode } from './opcodes.js';
export { ProducerProgram } from './producer-program.js';
export { producerPending, type ProducerState } from './producer-state.js';
export {
  consumerPositions,
  type ConsumerPosition,
  type ConsumerState,
} from './subscription-state.js';
