/** What a client and its server say to one another (org.apache.zookeeper.proto). Paths are from the ensemble's root. */
import { Message } from '../../sim/index.js';
import { digestOf } from '../rpc/kinds.js';
import { describeBody, low32, ZkKind } from './messages.js';
import type { ZkEventType, ZkOperation, ZkResult } from './operations.js';

/** Begins a session, or goes on with one at another server or over another connection. */
export class ConnectRequest extends Message {
  readonly kind = ZkKind.ConnectRequest;
  readonly sizeBytes = 60;
  constructor(
    /** 0: a new one. */
    readonly sessionId: number,
    readonly timeoutUs: number,
    /** A server that has not come as far refuses: the client would see time go backwards. */
    readonly lastZxidSeen: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.sessionId), this.timeoutUs, low32(this.lastZxidSeen));
  }
  describe(): string {
    return `ConnectRequest session=${this.sessionId} timeoutMs=${this.timeoutUs / 1000}`;
  }
}

/** `timeoutUs` is the negotiated one, or 0 where the session is over. */
export class ConnectResponse extends Message {
  readonly kind = ZkKind.ConnectResponse;
  readonly sizeBytes = 50;
  constructor(
    readonly sessionId: number,
    readonly timeoutUs: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.sessionId), this.timeoutUs);
  }
  describe(): string {
    if (this.timeoutUs === 0) return 'ConnectResponse expired';
    return `ConnectResponse session=${this.sessionId} timeoutMs=${this.timeoutUs / 1000}`;
  }
}

/** An operation; `cxid` counts the requests of the session. */
export class ClientRequest extends Message {
  readonly kind = ZkKind.ClientRequest;
  readonly sizeBytes: number;
  constructor(
    readonly cxid: number,
    readonly operation: ZkOperation,
  ) {
    super();
    this.sizeBytes = operation.type === 'multi' ? 40 + 200 * operation.writes.length : 200;
  }
  digest(): number {
    return digestOf(this.cxid);
  }
  describe(): string {
    return `ClientRequest cxid=${this.cxid} ${describeBody(this.operation)}`;
  }
}

/** The answer to an operation; `zxid` is how far the server has come. */
export class ClientResponse extends Message {
  readonly kind = ZkKind.ClientResponse;
  readonly sizeBytes: number;
  constructor(
    readonly cxid: number,
    readonly zxid: number,
    readonly result: ZkResult,
  ) {
    super();
    this.sizeBytes = 150 + 12 * result.children.length + 80 * result.results.length;
  }
  digest(): number {
    return digestOf(this.cxid, low32(this.zxid));
  }
  describe(): string {
    return `ClientResponse cxid=${this.cxid} ${this.result.code}`;
  }
}

/** A watch fired. */
export class WatcherEvent extends Message {
  readonly kind = ZkKind.WatcherEvent;
  readonly sizeBytes = 100;
  constructor(
    readonly path: string,
    readonly event: ZkEventType,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.path.length, this.event.length);
  }
  describe(): string {
    return `WatcherEvent ${this.event} ${this.path}`;
  }
}

/** Keeps a session alive that has nothing else to say. */
export class ClientPing extends Message {
  readonly kind = ZkKind.ClientPing;
  readonly sizeBytes = 28;
  digest(): number {
    return 0;
  }
  describe(): string {
    return 'ClientPing';
  }
}

/** The answer to a ping. */
export class ClientPong extends Message {
  readonly kind = ZkKind.ClientPong;
  readonly sizeBytes = 36;
  constructor(readonly zxid: number) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.zxid));
  }
  describe(): string {
    return 'ClientPong';
  }
}

/** The watches of a client that has come over another connection; those whose znodes changed after `zxid` fire. */
export class SetWatches extends Message {
  readonly kind = ZkKind.SetWatches;
  readonly sizeBytes: number;
  constructor(
    readonly zxid: number,
    readonly data: readonly string[],
    readonly exists: readonly string[],
    readonly children: readonly string[],
  ) {
    super();
    this.sizeBytes = 60 + 40 * (data.length + exists.length + children.length);
  }
  digest(): number {
    return digestOf(this.data.length, this.exists.length, this.children.length, low32(this.zxid));
  }
  describe(): string {
    return `SetWatches data=${this.data.length} exists=${this.exists.length} children=${this.children.length}`;
  }
}

/** Ends the session. */
export class CloseSession extends Message {
  readonly kind = ZkKind.CloseSession;
  readonly sizeBytes = 28;
  digest(): number {
    return 0;
  }
  describe(): string {
    return 'CloseSession';
  }
}
