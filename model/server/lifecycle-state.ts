/** The states that a broker process goes through, and what BrokerLifecycleManager remembers. */
import { NO_EVENT, type EventHandle, type HostContext } from '../../sim/index.js';

/**
 * BrokerState, in order:
 * - `STARTING`: not registered yet, or not caught up with the metadata.
 * - `RECOVERY`: caught up; recovers its logs and waits to be unfenced.
 * - `RUNNING`: was unfenced. It may be fenced again and does not mind.
 * - `PENDING_CONTROLLED_SHUTDOWN`: asks the controller to let it go.
 * - `SHUTTING_DOWN`: closes its logs.
 */
export type BrokerRunState =
  'STARTING' | 'RECOVERY' | 'RUNNING' | 'PENDING_CONTROLLED_SHUTDOWN' | 'SHUTTING_DOWN';

export interface BrokerLifecycle {
  state: BrokerRunState;
  /** Tells this start of the process from all others. */
  readonly incarnationId: number;
  /** Found in the clean-shutdown marker, or -1 (KIP-966). */
  readonly previousBrokerEpoch: number;
  /** Of the registration, or -1. */
  brokerEpoch: number;
  registered: boolean;
  /** Logs are recovered and the controller says that the broker has caught up. */
  readyToUnfence: boolean;
  /** A request to the controller waits for its answer. */
  communicationInFlight: boolean;
  nextSchedulingShouldBeImmediate: boolean;
  gotControlledShutdownResponse: boolean;
  /** Requests that failed in a row (looked at with `lifecycleRetry=exponential`). */
  failedAttempts: number;
  communicationTimer: EventHandle;
}

export function createLifecycle(
  previousBrokerEpoch: number,
  context: HostContext,
): BrokerLifecycle {
  return {
    state: 'STARTING',
    incarnationId: context.random('incarnation').uint32(),
    previousBrokerEpoch,
    brokerEpoch: -1,
    registered: false,
    readyToUnfence: false,
    communicationInFlight: false,
    nextSchedulingShouldBeImmediate: false,
    gotControlledShutdownResponse: false,
    failedAttempts: 0,
    communicationTimer: NO_EVENT,
  };
}
