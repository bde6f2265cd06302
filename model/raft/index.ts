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
export { RaftRole, type RaftState } from './raft-state.js';
