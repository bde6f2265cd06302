/** The controller of a cluster on ZooKeeper: a part of every broker process, active in one of them. */
export { assignReplicasToBrokers, type PlaceableBroker } from './classic-placer.js';
export { createZkController, type ZkControllerState } from './state.js';
export { ZkControllerOpcode } from './opcodes.js';
export {
  zkControllerClosed,
  zkControllerOnZk,
  zkControllerReceive,
  zkControllerShutdown,
  zkControllerStart,
  zkControllerTimer,
  zkControllerView,
  type ZkControllerView,
} from './zk-controller.js';
