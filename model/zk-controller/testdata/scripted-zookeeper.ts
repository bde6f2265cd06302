/**
 * A ZooKeeper for tests: one tree in memory that a test can look into, write to, and whose sessions it can end. It
 * stands in for `zookeeper/client.ts` by `vi.mock`.
 *
 * Operations are done when they are submitted; their answers, and what watches tell, come a millisecond later, in order.
 */
import type { HostContext } from '../../../sim/index.js';
import type { ClusterDefinition } from '../../definition.js';
import type { ZkClientEvent, ZkClientState } from '../../zookeeper/client.js';
import type {
  ZkCode,
  ZkEventType,
  ZkOperation,
  ZkRead,
  ZkResult,
  ZkStat,
  ZkWrite,
  ZnodeData,
} from '../../zookeeper/operations.js';

interface Znode {
  data: ZnodeData;
  version: number;
  readonly czxid: number;
  mzxid: number;
  readonly ephemeralOwner: number;
}

interface Delivery {
  readonly dueUs: number;
  readonly event: ZkClientEvent;
}

/** A write that was done, and whose session did it. */
export interface DoneWrite {
  readonly session: number;
  readonly write: ZkWrite;
}

const ANSWER_US = 1000;

export class ScriptedZookeeper {
  readonly nodes = new Map<string, Znode>();
  /** Writes that were done, in order. */
  readonly writes: DoneWrite[] = [];
  /** Called before each operation of a session is done. */
  beforeOperation: (session: number, operation: ZkOperation) => void = () => undefined;
  readonly inFlightMax = new Map<number, number>();
  private readonly unanswered = new Map<number, number>();
  private readonly mailboxes = new Map<number, Delivery[]>();
  private readonly ended = new Set<number>();
  private watches: { readonly session: number; readonly path: string; readonly ofChildren: boolean }[] =
    [];
  private zxid = 100;
  private sessionCount = 0;
  nowUs = 0;

  openSession(): number {
    const session = ++this.sessionCount;
    this.mailboxes.set(session, []);
    return session;
  }

  /** The session's ephemeral znodes go, and it can do nothing more; its client does not know yet. */
  endSession(session: number): void {
    this.ended.add(session);
    this.watches = this.watches.filter((watch) => watch.session !== session);
    for (const [path, { ephemeralOwner }] of [...this.nodes]) {
      if (ephemeralOwner === session) this.remove(path);
    }
  }

  /** What has come for a session by now. */
  take(session: number, nowUs: number): ZkClientEvent[] {
    this.nowUs = nowUs;
    const mailbox = this.mailboxes.get(session) ?? [];
    const due = mailbox.filter((delivery) => delivery.dueUs <= nowUs);
    this.mailboxes.set(
      session,
      mailbox.filter((delivery) => delivery.dueUs > nowUs),
    );
    return due.map(({ event }) => {
      if (event.type === 'response')
        this.unanswered.set(session, this.unanswered.get(session)! - 1);
      return event;
    });
  }

  submit(
    session: number,
    operation: ZkOperation,
    tag: number,
    payload: unknown,
    nowUs: number,
  ): void {
    this.nowUs = nowUs;
    this.beforeOperation(session, operation);
    const result = this.ended.has(session)
      ? failure('SESSIONEXPIRED')
      : this.apply(session, operation);
    const unanswered = (this.unanswered.get(session) ?? 0) + 1;
    this.unanswered.set(session, unanswered);
    this.inFlightMax.set(session, Math.max(unanswered, this.inFlightMax.get(session) ?? 0));
    this.deliver(session, { type: 'response', tag, payload, operation, result });
  }

  apply(session: number, operation: ZkOperation): ZkResult {
    if (operation.type === 'multi') return this.applyMulti(session, operation.writes);
    if ('watch' in operation) return this.read(session, operation);
    return this.write(session, operation);
  }

  private applyMulti(session: number, writes: readonly ZkWrite[]): ZkResult {
    const failing = writes.findIndex((write) => this.codeOf(write) !== 'OK');
    if (failing < 0) {
      const results = writes.map((write) => this.write(session, write));
      return { ...failure('OK'), results };
    }
    const code = this.codeOf(writes[failing]!);
    const results = writes.map((_, index) => {
      if (index < failing) return failure('OK');
      return failure(index === failing ? code : 'RUNTIMEINCONSISTENCY');
    });
    return { ...failure(code), results };
  }

  private codeOf(write: ZkWrite): ZkCode {
    const node = this.nodes.get(write.path);
    if (write.type === 'create') return node === undefined ? 'OK' : 'NODEEXISTS';
    if (node === undefined) return 'NONODE';
    return write.version >= 0 && write.version !== node.version ? 'BADVERSION' : 'OK';
  }

  private write(session: number, write: ZkWrite): ZkResult {
    const code = this.codeOf(write);
    if (code !== 'OK') return failure(code);
    const { path } = write;
    if (write.type !== 'check') this.writes.push({ session, write });
    const zxid = ++this.zxid;
    if (write.type === 'create') {
      const { data, ephemeral } = write;
      const ephemeralOwner = ephemeral ? session : 0;
      this.nodes.set(path, { data, version: 0, czxid: zxid, mzxid: zxid, ephemeralOwner });
      this.fire(path, false, 'NodeCreated');
      this.fire(parentOf(path), true, 'NodeChildrenChanged');
    } else if (write.type === 'setData') {
      const node = this.nodes.get(path)!;
      node.data = write.data;
      node.version++;
      node.mzxid = zxid;
      this.fire(path, false, 'NodeDataChanged');
    } else if (write.type === 'delete') this.remove(path);
    return { ...failure('OK'), stat: this.statOf(path) };
  }

  private read(session: number, read: ZkRead): ZkResult {
    const { path, type, watch } = read;
    const node = this.nodes.get(path);
    const ofChildren = type === 'getChildren';
    const isWatched = this.watches.some(
      (one) => one.session === session && one.path === path && one.ofChildren === ofChildren,
    );
    if (watch && !isWatched && (node !== undefined || type === 'exists')) {
      this.watches.push({ session, path, ofChildren });
    }
    if (node === undefined) return failure('NONODE');
    const stat = this.statOf(path);
    if (type === 'getData') return { ...failure('OK'), stat, data: node.data };
    if (type === 'exists') return { ...failure('OK'), stat };
    return { ...failure('OK'), stat, children: this.childrenOf(path) };
  }

  childrenOf(path: string): string[] {
    const names = [...this.nodes.keys()].filter((other) => parentOf(other) === path);
    return names.map((name) => name.slice(path.length + 1)).sort((a, b) => (a < b ? -1 : 1));
  }

  private remove(path: string): void {
    this.nodes.delete(path);
    this.fire(path, false, 'NodeDeleted');
    this.fire(parentOf(path), true, 'NodeChildrenChanged');
  }

  private fire(path: string, ofChildren: boolean, event: ZkEventType): void {
    const fired = this.watches.filter(
      (watch) => watch.path === path && watch.ofChildren === ofChildren,
    );
    this.watches = this.watches.filter((watch) => !fired.includes(watch));
    for (const { session } of fired) this.deliver(session, { type: 'watch', path, event });
  }

  private deliver(session: number, event: ZkClientEvent): void {
    this.mailboxes.get(session)?.push({ dueUs: this.nowUs + ANSWER_US, event });
  }

  private statOf(path: string): ZkStat | null {
    const node = this.nodes.get(path);
    if (node === undefined) return null;
    const { czxid, mzxid, version, ephemeralOwner } = node;
    return { czxid, mzxid, version, ephemeralOwner };
  }
}

/** A result of that code with nothing else in it. */
function failure(code: ZkCode): ZkResult {
  return { code, stat: null, data: null, children: [], results: [] };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

let current = new ScriptedZookeeper();

/** Makes a tree that `zkSubmit` works on from now on. */
export function installZookeeper(): ScriptedZookeeper {
  return (current = new ScriptedZookeeper());
}

/** In the place of `zookeeper/client.ts`. */
export function zkSubmit(
  _definition: ClusterDefinition,
  client: ZkClientState,
  operation: ZkOperation,
  tag: number,
  payload: unknown,
  context: HostContext,
): void {
  current.submit(client.sessionId, operation, tag, payload, context.virtualUs);
}
