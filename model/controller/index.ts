/** The controller: decides on uncommitted state, writes to the metadata log, answers what is committed. */
export {
  controllerClosed,
  controllerOnRaft,
  controllerTimer,
  receiveControllerRequest,
} from './controller.js';
export { createController, isActiveController, type ControllerState } from './controller-state.js';
