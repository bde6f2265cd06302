/** Raft among the controllers, and the metadata log that all nodes follow. */
export {
  createRaft,
  raftAppend,
  raftClosed,
  raftHasShutDown,
  raftResign,
  raftTimer,
  receiveRaft,
} from './raft.js';
export { halt } from './transitions.js';
export { METADATA_LOG, RaftRole, type RaftState } from './raft-state.js';
