/**
 * What a client asks of a ZooKeeper ensemble and what it is told: operations, results, watch events
 * (org.apache.zookeeper.ZooDefs, KeeperException, Watcher.Event).
 *
 * A znode's data is one immutable value; its version counts the changes of its data, from 0.
 */
import { Immutable } from '../../sim/index.js';

/** KeeperException.Code, as far as Kafka meets them. */
export type ZkCode =
  | 'OK'
  | 'NONODE'
  | 'NODEEXISTS'
  | 'BADVERSION'
  | 'NOTEMPTY'
  /** Of a multi: another of its operations failed, and none was done. */
  | 'RUNTIMEINCONSISTENCY'
  /** The connection broke before the answer came: the operation may have been done. */
  | 'CONNECTIONLOSS'
  | 'SESSIONEXPIRED';

/** What a znode carries; immutable, compared by identity only. */
export type ZnodeData = Immutable | string | number | null;

/** A write. `version` is that which the znode must have, or -1 for any. Paths are absolute, below the client's chroot. */
export type ZkWrite =
  | {
      readonly type: 'create';
      readonly path: string;
      readonly data: ZnodeData;
      readonly ephemeral: boolean;
    }
  | {
      readonly type: 'setData';
      readonly path: string;
      readonly data: ZnodeData;
      readonly version: number;
    }
  | { readonly type: 'delete'; readonly path: string; readonly version: number }
  /** Writes nothing; only in a multi, which fails where the znode has another version. */
  | { readonly type: 'check'; readonly path: string; readonly version: number };

/** A read; with `watch` the server tells once when the answer has become another. */
export type ZkRead =
  | { readonly type: 'getData'; readonly path: string; readonly watch: boolean }
  | { readonly type: 'exists'; readonly path: string; readonly watch: boolean }
  | { readonly type: 'getChildren'; readonly path: string; readonly watch: boolean };

/** One request: a read, a write, or several writes of which all are done or none (`multi`). */
export type ZkOperation =
  ZkWrite | ZkRead | { readonly type: 'multi'; readonly writes: readonly ZkWrite[] };

/** org.apache.zookeeper.data.Stat, as far as Kafka looks at it. */
export interface ZkStat {
  /** Of the transaction that created the znode; of a broker's registration it is the broker epoch (KIP-380). */
  readonly czxid: number;
  readonly mzxid: number;
  readonly version: number;
  /** The session that it lives with, or 0. */
  readonly ephemeralOwner: number;
}

/** The answer to an operation. */
export interface ZkResult {
  readonly code: ZkCode;
  /** Of a read that succeeded, and of a write that left a znode behind. */
  readonly stat: ZkStat | null;
  readonly data: ZnodeData;
  /** Names of the children in order, of getChildren. */
  readonly children: readonly string[];
  /** Of a multi, one for each write. */
  readonly results: readonly ZkResult[];
}

/** What a watch tells. */
export type ZkEventType = 'NodeCreated' | 'NodeDeleted' | 'NodeDataChanged' | 'NodeChildrenChanged';

/** A write that the ensemble has committed, as the tree took it: all are applied in order of `zxid` by every server. */
export class ZkTransaction extends Immutable {
  constructor(
    /** Epoch of the leader of the ensemble and a counter within it, as one number: epoch * 2^32 + counter. */
    readonly zxid: number,
    /** 0: of the ensemble itself (the end of a session has its own session). */
    readonly session: number,
    readonly changes: readonly ZkChange[],
  ) {
    super();
  }
}

/** What a transaction does to the tree; full paths, from the root of the ensemble. */
export type ZkChange =
  | {
      readonly type: 'create';
      readonly path: string;
      readonly data: ZnodeData;
      readonly ephemeralOwner: number;
    }
  | {
      readonly type: 'setData';
      readonly path: string;
      readonly data: ZnodeData;
      readonly version: number;
    }
  | { readonly type: 'delete'; readonly path: string; readonly wasEphemeral: boolean }
  | { readonly type: 'createSession'; readonly session: number; readonly timeoutUs: number }
  | { readonly type: 'closeSession'; readonly session: number };
