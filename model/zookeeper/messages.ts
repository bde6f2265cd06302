/**
 * What the servers of an ensemble say to one another: notifications of the election, and the packets of a leader and
 * its learners (FastLeaderElection.Notification, QuorumPacket).
 */
import { Message } from '../../sim/index.js';
import { digestOf } from '../rpc/kinds.js';
import type { ZkOperation } from './operations.js';
import type { ZkLogEntry } from './transaction-log.js';
import { describeZxid } from './zxid.js';

/** Kinds of the messages of ZooKeeper, above those of Kafka's protocol. */
export const ZkKind = {
  Notification: 1000,
  FollowerInfo: 1001,
  LeaderInfo: 1002,
  AckEpoch: 1003,
  Sync: 1004,
  NewLeaderAck: 1005,
  UpToDate: 1006,
  Proposal: 1007,
  Ack: 1008,
  Commit: 1009,
  LeaderPing: 1010,
  LearnerPing: 1011,
  LearnerRequest: 1012,
  Revalidate: 1013,
  Revalidated: 1014,
  ConnectRequest: 1020,
  ConnectResponse: 1021,
  ClientRequest: 1022,
  ClientResponse: 1023,
  WatcherEvent: 1024,
  ClientPing: 1025,
  ClientPong: 1026,
  SetWatches: 1027,
  CloseSession: 1028,
} as const;

/** What a client asks of the leader, and what servers ask for clients: the beginning and end of a session. */
export type ZkRequestBody =
  | ZkOperation
  | { readonly type: 'createSession'; readonly timeoutUs: number }
  | { readonly type: 'closeSession' };

/** The low 32 bits of a number that may have more, for digests. */
export function low32(value: number): number {
  return (value % 4_294_967_296) | 0;
}

/** A server's vote: told to all by who looks for a leader, and to who looks by the others. */
export class Notification extends Message {
  readonly kind = ZkKind.Notification;
  readonly sizeBytes = 80;
  constructor(
    readonly serverId: number,
    readonly role: 'LOOKING' | 'FOLLOWING' | 'LEADING',
    readonly leaderId: number,
    readonly zxid: number,
    /** Of the vote's server: the epoch whose history it has. */
    readonly peerEpoch: number,
    /** Counts the elections that the sender took part in. */
    readonly electionEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.serverId, this.leaderId, this.electionEpoch, low32(this.zxid));
  }
  describe(): string {
    return `Notification ${this.role} leader=${this.leaderId} zxid=${describeZxid(this.zxid)} epoch=${this.peerEpoch} round=${this.electionEpoch}`;
  }
}

/** FOLLOWERINFO: a follower presents itself to its leader. */
export class FollowerInfo extends Message {
  readonly kind = ZkKind.FollowerInfo;
  readonly sizeBytes = 60;
  constructor(
    readonly serverId: number,
    readonly acceptedEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.serverId, this.acceptedEpoch);
  }
  describe(): string {
    return `FollowerInfo server=${this.serverId} acceptedEpoch=${this.acceptedEpoch}`;
  }
}

/** LEADERINFO: the leader's new epoch. */
export class LeaderInfo extends Message {
  readonly kind = ZkKind.LeaderInfo;
  readonly sizeBytes = 50;
  constructor(readonly epoch: number) {
    super();
  }
  digest(): number {
    return digestOf(this.epoch);
  }
  describe(): string {
    return `LeaderInfo epoch=${this.epoch}`;
  }
}

/** ACKEPOCH: the follower has promised the epoch; `currentEpoch` is -1 where it had done so before. */
export class AckEpoch extends Message {
  readonly kind = ZkKind.AckEpoch;
  readonly sizeBytes = 60;
  constructor(
    readonly currentEpoch: number,
    readonly lastZxid: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.currentEpoch, low32(this.lastZxid));
  }
  describe(): string {
    return `AckEpoch currentEpoch=${this.currentEpoch} last=${describeZxid(this.lastZxid)}`;
  }
}

/**
 * DIFF, TRUNC or SNAP with what follows it, and NEWLEADER: what the follower's log has to become.
 *
 * `DIFF` and `TRUNC`: keep everything up to `keepZxid`, then append the entries. `SNAP`: the entries are the whole log.
 */
export class Sync extends Message {
  readonly kind = ZkKind.Sync;
  readonly sizeBytes: number;
  constructor(
    readonly mode: 'DIFF' | 'TRUNC' | 'SNAP',
    readonly epoch: number,
    readonly keepZxid: number,
    readonly entries: readonly ZkLogEntry[],
  ) {
    super();
    this.sizeBytes = entries.reduce((bytes, entry) => bytes + entry.sizeBytes, 80);
  }
  digest(): number {
    return digestOf(this.epoch, low32(this.keepZxid), this.entries.length);
  }
  describe(): string {
    return `${this.mode} keep=${describeZxid(this.keepZxid)} entries=${this.entries.length} NEWLEADER epoch=${this.epoch}`;
  }
}

/** The follower's log is the leader's, and flushed. */
export class NewLeaderAck extends Message {
  readonly kind = ZkKind.NewLeaderAck;
  readonly sizeBytes = 50;
  constructor(readonly epoch: number) {
    super();
  }
  digest(): number {
    return digestOf(this.epoch);
  }
  describe(): string {
    return `NewLeaderAck epoch=${this.epoch}`;
  }
}

/** UPTODATE: a quorum has taken the leader's history over, and the follower may serve. */
export class UpToDate extends Message {
  readonly kind = ZkKind.UpToDate;
  readonly sizeBytes = 50;
  constructor(
    /** Everything up to it is committed. */
    readonly zxid: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.zxid));
  }
  describe(): string {
    return `UpToDate zxid=${describeZxid(this.zxid)}`;
  }
}

/** PROPOSAL. */
export class Proposal extends Message {
  readonly kind = ZkKind.Proposal;
  readonly sizeBytes: number;
  constructor(readonly entry: ZkLogEntry) {
    super();
    this.sizeBytes = 40 + entry.sizeBytes;
  }
  digest(): number {
    return digestOf(low32(this.entry.zxid), this.entry.cxid, this.entry.transaction.changes.length);
  }
  describe(): string {
    const { zxid, code, transaction } = this.entry;
    const changes = transaction.changes.map((change) =>
      'path' in change ? `${change.type} ${change.path}` : `${change.type} ${change.session}`,
    );
    return `Proposal ${describeZxid(zxid)} ${code === 'OK' ? changes.join(', ') : code}`;
  }
}

/** ACK: the follower has flushed everything up to a zxid. */
export class Ack extends Message {
  readonly kind = ZkKind.Ack;
  readonly sizeBytes = 40;
  constructor(readonly zxid: number) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.zxid));
  }
  describe(): string {
    return `Ack ${describeZxid(this.zxid)}`;
  }
}

/** COMMIT. */
export class Commit extends Message {
  readonly kind = ZkKind.Commit;
  readonly sizeBytes = 40;
  constructor(readonly zxid: number) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.zxid));
  }
  describe(): string {
    return `Commit ${describeZxid(this.zxid)}`;
  }
}

/** PING of a leader. */
export class LeaderPing extends Message {
  readonly kind = ZkKind.LeaderPing;
  readonly sizeBytes = 40;
  digest(): number {
    return 0;
  }
  describe(): string {
    return 'LeaderPing';
  }
}

/** The answer to a leader's PING: the sessions that the follower has heard of since the last. */
export class LearnerPing extends Message {
  readonly kind = ZkKind.LearnerPing;
  readonly sizeBytes: number;
  constructor(readonly sessions: readonly number[]) {
    super();
    this.sizeBytes = 40 + 12 * sessions.length;
  }
  digest(): number {
    return digestOf(this.sessions.length, low32(this.sessions[0] ?? 0));
  }
  describe(): string {
    return `LearnerPing sessions=${this.sessions.length}`;
  }
}

/** REQUEST: a write of a follower's client. */
export class LearnerRequest extends Message {
  readonly kind = ZkKind.LearnerRequest;
  readonly sizeBytes = 200;
  constructor(
    readonly session: number,
    readonly cxid: number,
    readonly body: ZkRequestBody,
  ) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.session), this.cxid);
  }
  describe(): string {
    return `LearnerRequest session=${this.session} cxid=${this.cxid} ${describeBody(this.body)}`;
  }
}

/** REVALIDATE: a client came to a follower with a session. */
export class Revalidate extends Message {
  readonly kind = ZkKind.Revalidate;
  readonly sizeBytes = 52;
  constructor(readonly session: number) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.session));
  }
  describe(): string {
    return `Revalidate session=${this.session}`;
  }
}

/** The answer to REVALIDATE; `timeoutUs` is 0 where the session is over. */
export class Revalidated extends Message {
  readonly kind = ZkKind.Revalidated;
  readonly sizeBytes = 53;
  constructor(
    readonly session: number,
    readonly timeoutUs: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(low32(this.session), this.timeoutUs);
  }
  describe(): string {
    return `Revalidated session=${this.session} ${this.timeoutUs === 0 ? 'expired' : 'valid'}`;
  }
}

/** `create /a`, `multi 3`, `closeSession`. */
export function describeBody(body: ZkRequestBody): string {
  if ('path' in body) return `${body.type} ${body.path}`;
  return body.type === 'multi' ? `multi ${body.writes.length}` : body.type;
}
