/** Shrinks in a thread of its own, so that the command hears Ctrl-C meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';

import { shrinkFailure, type Failure, type Scenario, type Shrunk } from '../scenarios/index.js';

export interface ShrinkTask {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly failure: Failure;
  /** Seconds that it may take. */
  readonly seconds: number;
  /** One number: anything but 0 asks to come to an end. */
  readonly stop: SharedArrayBuffer;
}

export type ShrinkMessage =
  | { readonly kind: 'progress'; readonly runs: number; readonly faults: number }
  | { readonly kind: 'done'; readonly shrunk: Shrunk | null };

const task = workerData as ShrinkTask;
const stop = new Int32Array(task.stop);
const endMs = Date.now() + task.seconds * 1000;
const tell = (message: ShrinkMessage): void => parentPort?.postMessage(message);

tell({
  kind: 'done',
  shrunk: shrinkFailure(task.scenario, task.seed, {
    failure: task.failure,
    isTimeUp: () => Atomics.load(stop, 0) !== 0 || Date.now() >= endMs,
    onProgress: ({ runs, faults }) => tell({ kind: 'progress', runs, faults }),
  }),
});
