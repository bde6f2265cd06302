/**
 * Which broker is the controller (KafkaController.elect, maybeResign, triggerControllerMove).
 *
 * Whoever creates the ephemeral znode /controller is. From 2.1 on (`zkWriteFencing`) one multi creates it and raises
 * /controller_epoch from the version that was read; before, these are separate writes, and who cannot raise the epoch
 * deletes /controller again. All watch /controller.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { ZkClientState } from '../zookeeper/client.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import {
  CONTROLLER_EPOCH_PATH,
  CONTROLLER_PATH,
  ControllerEpochZnode,
  ControllerZnode,
} from '../zookeeper/znodes.js';
import { failoverSteps } from './failover.js';
import { resign } from './resignation.js';
import { isActive, pushSteps, type Step, type ZkControllerState } from './state.js';
import { multiCode } from './zk-requests.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** Looks who is the controller, and ceases to be it where it is another (maybeResign). */
export function resignSteps(): Step[] {
  return [{ type: 'WatchController' }, { type: 'ReadController' }];
}

export function beginWatchController(): ZkOperation[] {
  return [{ type: 'exists', path: CONTROLLER_PATH, watch: true }];
}

export function beginReadController(): ZkOperation[] {
  return [{ type: 'getData', path: CONTROLLER_PATH, watch: false }];
}

export function finishReadController(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  results: readonly ZkResult[],
  context: HostContext,
): void {
  const named = controllerIdOf(results[0]!);
  if (isActive(controller) && named !== controller.nodeId) {
    resign(definition, controller, context);
  }
  controller.activeControllerId = named;
}

/** Runs for controller where there is none. */
export function finishCompete(definition: ClusterDefinition, controller: ZkControllerState): void {
  if (controller.activeControllerId >= 0) return;
  const { zkWriteFencing } = definition.switches;
  pushSteps(controller, {
    type: zkWriteFencing === 'on' ? 'ReadEpoch' : 'CreateController',
  });
}

// --- from 2.1 on ---

export function beginReadEpoch(): ZkOperation[] {
  return [{ type: 'getData', path: CONTROLLER_EPOCH_PATH, watch: false }];
}

export function finishReadEpoch(controller: ZkControllerState, results: readonly ZkResult[]): void {
  const { code, data, stat } = results[0]!;
  if (code === 'NONODE') {
    pushSteps(controller, { type: 'CreateEpoch' });
    return;
  }
  if (code !== 'OK' || !(data instanceof ControllerEpochZnode)) return;
  pushSteps(controller, { type: 'Claim', epoch: data.epoch + 1, version: stat!.version });
}

/** The first controller of a cluster makes the znode, with epoch 0 (KafkaController.InitialControllerEpoch). */
export function beginCreateEpoch(): ZkOperation[] {
  const data = new ControllerEpochZnode(0);
  return [{ type: 'create', path: CONTROLLER_EPOCH_PATH, data, ephemeral: false }];
}

export function finishCreateEpoch(
  controller: ZkControllerState,
  results: readonly ZkResult[],
): void {
  const { code } = results[0]!;
  if (code === 'OK') pushSteps(controller, { type: 'Claim', epoch: 1, version: 0 });
  else if (code === 'NODEEXISTS') pushSteps(controller, { type: 'ReadEpoch' });
}

export function beginClaim(controller: ZkControllerState, step: StepOf<'Claim'>): ZkOperation[] {
  const { epoch, version } = step;
  return [
    {
      type: 'multi',
      writes: [
        {
          type: 'create',
          path: CONTROLLER_PATH,
          data: new ControllerZnode(controller.nodeId),
          ephemeral: true,
        },
        {
          type: 'setData',
          path: CONTROLLER_EPOCH_PATH,
          data: new ControllerEpochZnode(epoch),
          version,
        },
      ],
    },
  ];
}

/** Who is refused looks whether it was its own write, whose answer was lost. */
export function finishClaim(
  controller: ZkControllerState,
  step: StepOf<'Claim'>,
  results: readonly ZkResult[],
): void {
  const { epoch, version } = step;
  const [result] = results;
  if (result!.code === 'OK') {
    const epochZkVersion = result!.results[1]?.stat?.version ?? version + 1;
    elected(controller, epoch, epochZkVersion);
    return;
  }
  const code = multiCode(result!);
  if (code === 'NODEEXISTS' || code === 'BADVERSION') {
    pushSteps(controller, { type: 'VerifyClaim', epoch });
  }
}

export function finishVerifyClaim(
  controller: ZkControllerState,
  step: StepOf<'VerifyClaim'>,
  results: readonly ZkResult[],
): void {
  const isOwn = controllerIdOf(results[0]!) === controller.nodeId;
  if (isOwn) pushSteps(controller, { type: 'VerifyEpoch', epoch: step.epoch });
  else pushSteps(controller, ...resignSteps());
}

export function finishVerifyEpoch(
  controller: ZkControllerState,
  step: StepOf<'VerifyEpoch'>,
  results: readonly ZkResult[],
): void {
  const { data, stat } = results[0]!;
  const isOwn = data instanceof ControllerEpochZnode && data.epoch === step.epoch;
  if (isOwn) elected(controller, step.epoch, stat!.version);
  else pushSteps(controller, ...resignSteps());
}

// --- before 2.1 ---

export function beginCreateController(controller: ZkControllerState): ZkOperation[] {
  const data = new ControllerZnode(controller.nodeId);
  return [{ type: 'create', path: CONTROLLER_PATH, data, ephemeral: true }];
}

export function finishCreateController(
  controller: ZkControllerState,
  results: readonly ZkResult[],
): void {
  const { code } = results[0]!;
  if (code === 'OK') {
    controller.activeControllerId = controller.nodeId;
    pushSteps(controller, { type: 'ReadEpochUnfenced' });
  } else if (code === 'NODEEXISTS') pushSteps(controller, { type: 'VerifyController' });
}

/** A znode of this very session is its own, whose answer was lost (CheckedEphemeral.getAfterNodeExists). */
export function finishVerifyController(
  controller: ZkControllerState,
  zk: ZkClientState,
  results: readonly ZkResult[],
): void {
  const [result] = results;
  controller.activeControllerId = controllerIdOf(result!);
  const isOwn = result!.stat?.ephemeralOwner === zk.sessionId;
  if (isActive(controller) && isOwn) pushSteps(controller, { type: 'ReadEpochUnfenced' });
  else if (isActive(controller)) controller.activeControllerId = -1;
}

export function finishReadEpochUnfenced(
  controller: ZkControllerState,
  results: readonly ZkResult[],
): void {
  const { code, data, stat } = results[0]!;
  const isThere = code === 'OK' && data instanceof ControllerEpochZnode;
  pushSteps(controller, {
    type: 'RaiseEpoch',
    epoch: isThere ? data.epoch + 1 : 1,
    version: isThere ? stat!.version : -1,
  });
}

export function beginRaiseEpoch(step: StepOf<'RaiseEpoch'>): ZkOperation[] {
  const { epoch, version } = step;
  const data = new ControllerEpochZnode(epoch);
  const path = CONTROLLER_EPOCH_PATH;
  if (version < 0) return [{ type: 'create', path, data, ephemeral: false }];
  return [{ type: 'setData', path, data, version }];
}

/** Where another has raised the epoch meanwhile this controller gives up, and lets there be an election. */
export function finishRaiseEpoch(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'RaiseEpoch'>,
  results: readonly ZkResult[],
  context: HostContext,
): void {
  const { code, stat } = results[0]!;
  if (code === 'OK') {
    elected(controller, step.epoch, stat?.version ?? step.version + 1);
    return;
  }
  resign(definition, controller, context);
  controller.activeControllerId = -1;
  pushSteps(controller, { type: 'DeleteController' });
}

export function beginDeleteController(): ZkOperation[] {
  return [{ type: 'delete', path: CONTROLLER_PATH, version: -1 }];
}

function elected(controller: ZkControllerState, epoch: number, epochZkVersion: number): void {
  controller.activeControllerId = controller.nodeId;
  controller.epoch = epoch;
  controller.epochZkVersion = epochZkVersion;
  pushSteps(controller, ...failoverSteps());
}

function controllerIdOf(result: ZkResult): number {
  return result.code === 'OK' && result.data instanceof ControllerZnode ? result.data.brokerId : -1;
}
