/**
 * The tree of znodes and the sessions: what the log of transactions amounts to (DataTree, ZKDatabase).
 *
 * `applyTransaction` is the only writer. It is told what to do, not what was asked: the leader has checked versions and
 * parents before, so that whatever does not fit is a fault of the lab and throws.
 */
import { Immutable } from '../../sim/index.js';
import type { ZkChange, ZkEventType, ZkStat, ZkTransaction, ZnodeData } from './operations.js';

/** The status of a znode, replaced with every change of its data. */
export class ZnodeStat extends Immutable implements ZkStat {
  constructor(
    readonly czxid: number,
    readonly mzxid: number,
    readonly version: number,
    readonly ephemeralOwner: number,
  ) {
    super();
  }
}

/** A znode. */
export interface Znode {
  data: ZnodeData;
  stat: ZnodeStat;
  /** Of the last transaction that created or deleted a child. */
  pzxid: number;
  /** Names of the children in order of creation; null until there was one. */
  children: Set<string> | null;
}

/** All znodes by path, the sessions by id with their timeouts, and who owns which ephemeral znodes. */
export interface ZkTree {
  readonly znodes: Map<string, Znode>;
  readonly sessions: Map<number, number>;
  readonly ephemerals: Map<number, Set<string>>;
  /** Of the last transaction that was applied; 0 before any. */
  lastProcessedZxid: number;
}

/** What happened to a path, for who watches it. */
export interface ZkFired {
  readonly path: string;
  readonly event: ZkEventType;
}

export function createTree(): ZkTree {
  const root: Znode = { data: null, stat: new ZnodeStat(0, 0, 0, 0), pzxid: 0, children: null };
  return {
    znodes: new Map([['/', root]]),
    sessions: new Map(),
    ephemerals: new Map(),
    lastProcessedZxid: 0,
  };
}

/** `/a` of `/a/b`, `/` of `/a`. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The children's names in alphabetical order. */
export function childrenOf(znode: Znode): readonly string[] {
  return znode.children === null ? [] : [...znode.children].sort();
}

/** Paths of the session's ephemeral znodes, in alphabetical order. */
export function ephemeralsOf(tree: ZkTree, session: number): string[] {
  const paths = tree.ephemerals.get(session);
  return paths === undefined ? [] : [...paths].sort();
}

/** Applies the next transaction, and adds to `fired` what watches are to hear of, in order. */
export function applyTransaction(tree: ZkTree, transaction: ZkTransaction, fired: ZkFired[]): void {
  for (const change of transaction.changes) applyChange(tree, transaction.zxid, change, fired);
  tree.lastProcessedZxid = transaction.zxid;
}

function applyChange(tree: ZkTree, zxid: number, change: ZkChange, fired: ZkFired[]): void {
  switch (change.type) {
    case 'create':
      createZnode(tree, zxid, change.path, change.data, change.ephemeralOwner);
      fired.push({ path: change.path, event: 'NodeCreated' });
      fired.push({ path: parentOf(change.path), event: 'NodeChildrenChanged' });
      return;
    case 'setData': {
      const znode = znodeAt(tree, change.path);
      const { czxid, ephemeralOwner } = znode.stat;
      znode.data = change.data;
      znode.stat = new ZnodeStat(czxid, zxid, change.version, ephemeralOwner);
      fired.push({ path: change.path, event: 'NodeDataChanged' });
      return;
    }
    case 'delete':
      deleteZnode(tree, zxid, change.path);
      fired.push({ path: change.path, event: 'NodeDeleted' });
      fired.push({ path: parentOf(change.path), event: 'NodeChildrenChanged' });
      return;
    case 'createSession':
      tree.sessions.set(change.session, change.timeoutUs);
      return;
    case 'closeSession':
      tree.sessions.delete(change.session);
      return;
  }
}

function createZnode(
  tree: ZkTree,
  zxid: number,
  path: string,
  data: ZnodeData,
  ephemeralOwner: number,
): void {
  const parentPath = parentOf(path);
  const parent = znodeAt(tree, parentPath);
  const stat = new ZnodeStat(zxid, zxid, 0, ephemeralOwner);
  tree.znodes.set(path, { data, stat, pzxid: zxid, children: null });
  parent.children ??= new Set();
  parent.children.add(nameOf(path));
  parent.pzxid = zxid;
  if (ephemeralOwner === 0) return;
  const owned = tree.ephemerals.get(ephemeralOwner);
  if (owned === undefined) tree.ephemerals.set(ephemeralOwner, new Set([path]));
  else owned.add(path);
}

function deleteZnode(tree: ZkTree, zxid: number, path: string): void {
  const znode = znodeAt(tree, path);
  const parent = znodeAt(tree, parentOf(path));
  const { ephemeralOwner } = znode.stat;
  tree.znodes.delete(path);
  parent.children?.delete(nameOf(path));
  parent.pzxid = zxid;
  if (ephemeralOwner === 0) return;
  const owned = tree.ephemerals.get(ephemeralOwner);
  owned?.delete(path);
  if (owned?.size === 0) tree.ephemerals.delete(ephemeralOwner);
}

function znodeAt(tree: ZkTree, path: string): Znode {
  const znode = tree.znodes.get(path);
  if (znode === undefined) throw new Error(`a transaction changes ${path}, which does not exist`);
  return znode;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
