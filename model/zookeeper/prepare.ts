/**
 * From a request to a transaction (PrepRequestProcessor): the leader checks what is asked against the tree as it will be
 * when everything proposed so far has been applied.
 */
import { ephemeralsOf, parentOf, type ZkTree } from './data-tree.js';
import type { ZkChange, ZkTransaction, ZkWrite } from './operations.js';
import type { ChangeRecord, LeadingState } from './server-state.js';
import type { ZkLogCode } from './transaction-log.js';

/** What a request comes to. */
export interface Prepared {
  readonly code: ZkLogCode;
  readonly codes: readonly ZkLogCode[];
  readonly changes: readonly ZkChange[];
}

const NOTHING: readonly ZkChange[] = [];

/** A request that fails for that reason. */
export function refused(code: ZkLogCode): Prepared {
  return { code, codes: [], changes: NOTHING };
}

/** One write by itself. */
export function prepareWrite(
  leading: LeadingState,
  tree: ZkTree,
  write: ZkWrite,
  session: number,
  zxid: number,
): Prepared {
  const changes: ZkChange[] = [];
  const code = prepareOne(leading, tree, write, session, zxid, changes);
  return { code, codes: [], changes };
}

/**
 * All writes or none. What comes before the write that fails has the code OK and is not done, what comes after it
 * RUNTIMEINCONSISTENCY; the whole has the code of the one that failed (DataTree.processTxn, MultiResponse).
 */
export function prepareMulti(
  leading: LeadingState,
  tree: ZkTree,
  writes: readonly ZkWrite[],
  session: number,
  zxid: number,
): Prepared {
  const changes: ZkChange[] = [];
  const before = new Map<string, ChangeRecord | undefined>();
  const codes: ZkLogCode[] = [];
  let failure: ZkLogCode = 'OK';
  for (const write of writes) {
    if (failure !== 'OK') {
      codes.push('RUNTIMEINCONSISTENCY');
      continue;
    }
    remember(before, leading, write.path);
    remember(before, leading, parentOf(write.path));
    failure = prepareOne(leading, tree, write, session, zxid, changes);
    codes.push(failure);
  }
  if (failure === 'OK') return { code: 'OK', codes, changes };
  for (const [path, record] of before) {
    if (record === undefined) leading.outstanding.delete(path);
    else leading.outstanding.set(path, record);
  }
  return { code: failure, codes, changes: NOTHING };
}

/** The end of a session: its ephemeral znodes go with it. */
export function prepareCloseSession(
  leading: LeadingState,
  tree: ZkTree,
  session: number,
  zxid: number,
): Prepared {
  const paths = new Set(ephemeralsOf(tree, session));
  for (const [path, { exists, ephemeralOwner }] of leading.outstanding) {
    if (!exists) paths.delete(path);
    else if (ephemeralOwner === session) paths.add(path);
  }
  const changes: ZkChange[] = [];
  for (const path of [...paths].sort()) {
    changes.push({ type: 'delete', path, wasEphemeral: true });
    putChild(leading, tree, path, zxid, -1);
    put(leading, path, { zxid, exists: false, version: -1, ephemeralOwner: 0, childCount: 0 });
  }
  changes.push({ type: 'closeSession', session });
  return { code: 'OK', codes: [], changes };
}

/** Forgets the changes that the tree has by now. */
export function forgetApplied(leading: LeadingState, { zxid, changes }: ZkTransaction): void {
  for (const change of changes) {
    if (!('path' in change)) continue;
    forgetUpTo(leading, change.path, zxid);
    forgetUpTo(leading, parentOf(change.path), zxid);
  }
}

function forgetUpTo(leading: LeadingState, path: string, zxid: number): void {
  const record = leading.outstanding.get(path);
  if (record !== undefined && record.zxid <= zxid) leading.outstanding.delete(path);
}

function prepareOne(
  leading: LeadingState,
  tree: ZkTree,
  write: ZkWrite,
  session: number,
  zxid: number,
  changes: ZkChange[],
): ZkLogCode {
  switch (write.type) {
    case 'create':
      return prepareCreate(leading, tree, write, session, zxid, changes);
    case 'setData': {
      const { path, data } = write;
      const record = recordOf(leading, tree, path);
      if (!record.exists) return 'NONODE';
      if (write.version !== -1 && write.version !== record.version) return 'BADVERSION';
      const version = record.version + 1;
      changes.push({ type: 'setData', path, data, version });
      put(leading, path, { ...record, zxid, version });
      return 'OK';
    }
    case 'delete':
      return prepareDelete(leading, tree, write, zxid, changes);
    case 'check': {
      const record = recordOf(leading, tree, write.path);
      if (!record.exists) return 'NONODE';
      return write.version === -1 || write.version === record.version ? 'OK' : 'BADVERSION';
    }
  }
}

function prepareCreate(
  leading: LeadingState,
  tree: ZkTree,
  { path, data, ephemeral }: ZkWrite & { type: 'create' },
  session: number,
  zxid: number,
  changes: ZkChange[],
): ZkLogCode {
  if (path === '/') return 'NODEEXISTS';
  const parent = recordOf(leading, tree, parentOf(path));
  if (!parent.exists) return 'NONODE';
  if (recordOf(leading, tree, path).exists) return 'NODEEXISTS';
  if (parent.ephemeralOwner !== 0) {
    throw new Error(`${path} would be the child of an ephemeral znode, which Kafka never asks for`);
  }
  const ephemeralOwner = ephemeral ? session : 0;
  changes.push({ type: 'create', path, data, ephemeralOwner });
  putChild(leading, tree, path, zxid, 1);
  put(leading, path, { zxid, exists: true, version: 0, ephemeralOwner, childCount: 0 });
  return 'OK';
}

function prepareDelete(
  leading: LeadingState,
  tree: ZkTree,
  { path, version }: ZkWrite & { type: 'delete' },
  zxid: number,
  changes: ZkChange[],
): ZkLogCode {
  const record = recordOf(leading, tree, path);
  if (!record.exists) return 'NONODE';
  if (version !== -1 && version !== record.version) return 'BADVERSION';
  if (record.childCount > 0) return 'NOTEMPTY';
  if (path === '/') throw new Error('the root cannot be deleted');
  changes.push({ type: 'delete', path, wasEphemeral: record.ephemeralOwner !== 0 });
  putChild(leading, tree, path, zxid, -1);
  put(leading, path, { zxid, exists: false, version: -1, ephemeralOwner: 0, childCount: 0 });
  return 'OK';
}

/** The znode as it will be. */
function recordOf(leading: LeadingState, tree: ZkTree, path: string): ChangeRecord {
  const outstanding = leading.outstanding.get(path);
  if (outstanding !== undefined) return outstanding;
  const znode = tree.znodes.get(path);
  if (znode === undefined) return ABSENT;
  const { version, ephemeralOwner, mzxid } = znode.stat;
  const childCount = znode.children?.size ?? 0;
  return { zxid: mzxid, exists: true, version, ephemeralOwner, childCount };
}

const ABSENT: ChangeRecord = {
  zxid: 0,
  exists: false,
  version: -1,
  ephemeralOwner: 0,
  childCount: 0,
};

function put(leading: LeadingState, path: string, record: ChangeRecord): void {
  leading.outstanding.set(path, record);
}

/** Counts a child of the path's parent. */
function putChild(
  leading: LeadingState,
  tree: ZkTree,
  path: string,
  zxid: number,
  added: number,
): void {
  const parentPath = parentOf(path);
  const parent = recordOf(leading, tree, parentPath);
  put(leading, parentPath, { ...parent, zxid, childCount: parent.childCount + added });
}

function remember(
  before: Map<string, ChangeRecord | undefined>,
  leading: LeadingState,
  path: string,
): void {
  if (!before.has(path)) before.set(path, leading.outstanding.get(path));
}
