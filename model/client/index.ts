/** Clients: producers, consumers, and the operator who creates the topics. */
export { AdminProgram } from './admin-program.js';
export {
  adminIsDone,
  ElectLeadersCommand,
  ReassignCommand,
  UpdateFeaturesCommand,
  type AdminState,
} from './admin-state.js';
export { ConsumerProgram } from './consumer-program.js';
export { ClientOpcode } from './opcodes.js';
export { SendCommand } from './producer-application.js';
export { ProducerProgram } from './producer-program.js';
export { producerPending, type ProducerState } from './producer-state.js';
export {
  consumerPositions,
  type ConsumerPosition,
  type ConsumerState,
} from './subscription-state.js';
