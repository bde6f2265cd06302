/** The controller of a cluster on ZooKeeper: a part of every broker process, active in one of them. */
export { createZkController, type ZkControllerState } from './state.js';
export {
  zkControllerClosed,
  zkControllerOnZk,
  zkControllerReceive,
  zkControllerShutdown,
  zkControllerStart,
  zkControllerTimer,
  zkControllerView,
} from './zk-controller.js';
