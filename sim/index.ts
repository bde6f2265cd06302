/** The kernel: event queue, clocks, random streams, network, disk, hosts, trace. It knows nothing of Kafka. */
export { ChunkedList } from './chunked-list.js';
export { createClock, setDrift, type HostClock } from './clock.js';
export { Disk, DiskFile, type DiskEntry, type DiskProfile, type DiskStatus } from './disk.js';
export { DurationSampler, meanOf, quantile, type Distribution } from './distribution.js';
export { NO_EVENT, type EventHandle, type EventQueue } from './event-queue.js';
export { EventRecorder, firstDifference, type RecordedEvent } from './event-recorder.js';
export type { RecentEvent } from './event-ring.js';
export { Forker, Immutable, type Forkable } from './fork.js';
export { hashString, RollingHash } from './hash.js';
export { createHeapQueue } from './heap-queue.js';
export type { ConnectionId, Host, HostContext, HostStatus, Program } from './host.js';
export { FIRST_PROGRAM_OPCODE } from './kernel.js';
export { Message } from './message.js';
export { RandomStream, RandomStreams } from './random.js';
export {
  Simulation,
  type HostOptions,
  type KernelWatcher,
  type SimulationOptions,
} from './simulation.js';
export { createTimingWheel } from './timing-wheel.js';
export { addItem, shorten } from './small-list.js';
export type { HoldRule } from './transport.js';
