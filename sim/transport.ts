/**
 * Carries messages over connections: handshake, ordered delivery, blockage, retransmission, close and reset.
 * Every pending event of a connection is counted in `inFlight`, so that its id is not reused too early.
 */
import type { ConnectionId, Host } from './host.js';
import { Opcode, type Kernel } from './kernel.js';
import type { Message } from './message.js';
import {
  CONNECTION_BREAKS_US,
  nextRetransmissionUs,
  transitUs,
  type Connection,
  type Link,
  type Network,
} from './network.js';

/** Keeps back messages on one link: of one kind, or all. */
export interface HoldRule {
  readonly from: number;
  readonly to: number;
  /** `Message.kind`, or -1 for every kind. */
  readonly messageKind: number;
}

/** Makes the link between two hosts when the first message passes. */
export type LinkMaker = (from: number, to: number) => Link;

/** Handshakes that get no answer are repeated after this long, doubling. */
const HANDSHAKE_RETRY_US = 1_000_000;
/** A connection whose peer's machine died while nothing was under way is closed as idle after this long. */
const IDLE_CLOSE_US = 600_000_000;

export class Transport {
  private readonly kernel: Kernel;
  readonly network: Network;
  private readonly makeLink: LinkMaker;
  private readonly bandwidthBytesPerSecond: number;
  private readonly holdRules: HoldRule[] = [];

  constructor(
    kernel: Kernel,
    network: Network,
    makeLink: LinkMaker,
    bandwidthBytesPerSecond: number,
  ) {
    this.kernel = kernel;
    this.network = network;
    this.makeLink = makeLink;
    this.bandwidthBytesPerSecond = bandwidthBytesPerSecond;
  }

  /** Takes over the holds of the run that this one was forked from. */
  copyHolds(original: Transport): void {
    this.holdRules.push(...original.holdRules);
  }

  link(from: number, to: number): Link {
    let link = this.network.link(from, to);
    if (link === undefined) {
      link = this.makeLink(from, to);
      this.network.addLink(link);
    }
    return link;
  }

  connect(host: Host, to: number, timeoutUs: number): number {
    const there = this.link(host.index, to);
    const back = this.link(to, host.index);
    const connection = this.network.open(there, back, this.kernel.nowUs + timeoutUs);
    const handle = connection.id * 2;
    host.connections.push(handle);
    this.shake(connection, this.kernel.nowUs, Opcode.connect);
    return handle;
  }

  send(handle: ConnectionId, message: Message | null, delayUs: number): void {
    const connection = this.network.connection(handle >> 1);
    if (connection === null) return;
    const end = handle & 1;
    const endpoint = connection.ends[end]!;
    if (!endpoint.open && message !== null) return;
    if (connection.status === 'connecting') {
      endpoint.stalled.push(message);
      return;
    }
    if (connection.ends[1 - end]!.silent) {
      this.sendToSilence(connection, end);
      return;
    }
    if (endpoint.resendAtUs >= 0) endpoint.queued.push(message);
    else this.transmit(connection, end, message, this.kernel.nowUs + delayUs);
  }

  /** Closes this end; the other end hears of it behind what was sent. */
  close(handle: ConnectionId): void {
    const connection = this.network.connection(handle >> 1);
    if (!connection?.ends[handle & 1]!.open) return;
    this.send(handle, null, 0);
    this.closeEnd(connection, handle & 1);
  }

  /** Closes all connections of a host whose process died; without power it dies silently. */
  abandon(host: Host, silent: boolean): void {
    for (const handle of host.connections.slice()) {
      const connection = this.network.connection(handle >> 1);
      if (connection === null) continue;
      if (silent) {
        connection.ends[handle & 1]!.silent = true;
        this.closeEnd(connection, handle & 1);
      } else {
        this.close(handle);
      }
    }
  }

  /** A machine that is back resets the connections on which its peers still send to its former life. */
  rejectStale(host: Host): void {
    for (const connection of this.network.connections) {
      if (connection === null) continue;
      for (const end of [0, 1] as const) {
        const endpoint = connection.ends[end];
        const peer = connection.ends[1 - end]!;
        if (endpoint.host !== host.index || !endpoint.silent || !peer.open) continue;
        if (peer.stalledSinceUs >= 0) this.resetAfterRetransmission(connection, 1 - end);
        else this.scheduleReset(connection, 1 - end, this.kernel.nowUs + IDLE_CLOSE_US);
      }
    }
  }

  /** Breaks every connection of a host at once; both ends hear of it. */
  resetAll(host: Host): void {
    for (const handle of host.connections.slice()) {
      const connection = this.network.connection(handle >> 1);
      if (connection === null) continue;
      this.scheduleReset(connection, 0, this.kernel.nowUs);
      this.scheduleReset(connection, 1, this.kernel.nowUs);
    }
  }

  /** What a cut of hours does: breaks a host's connections to others, and nobody sends again what is stalled on one. */
  sever(host: Host): void {
    for (const connection of this.network.connections) {
      if (connection === null) continue;
      const [client, server] = connection.ends;
      if ((client.host === host.index) === (server.host === host.index)) continue;
      for (const end of [0, 1] as const) {
        connection.ends[end].stalled = [];
        connection.ends[end].queued = [];
        connection.ends[end].resendAtUs = -1;
        connection.ends[end].stalledSinceUs = -1;
        this.scheduleReset(connection, end, this.kernel.nowUs);
      }
    }
  }

  addHold(rule: HoldRule): void {
    this.holdRules.push(rule);
    this.link(rule.from, rule.to).holds++;
  }

  /** Lifts a hold; what it kept back is delivered now, in order. */
  removeHold(rule: HoldRule): void {
    const index = this.holdRules.findIndex(
      (held) =>
        held.from === rule.from && held.to === rule.to && held.messageKind === rule.messageKind,
    );
    if (index < 0) return;
    this.holdRules.splice(index, 1);
    this.link(rule.from, rule.to).holds--;
    this.wakeStalled(rule.from, rule.to, true);
  }

  /** The loss of a link without faults. */
  lossOf(from: number, to: number): number {
    return this.makeLink(from, to).loss;
  }

  block(from: number, to: number): void {
    this.link(from, to).blocked++;
  }

  unblock(from: number, to: number): void {
    const link = this.link(from, to);
    link.blocked--;
    if (link.blocked === 0) this.wakeStalled(from, to, false);
  }

  /**
   * Takes a delivery off the wire. Returns true where the message reaches the process now (a `null` message is a
   * close); the caller hands it over.
   */
  arrive(connection: Connection, senderEnd: number, message: Message | null): boolean {
    const sender = connection.ends[senderEnd]!;
    const receiver = connection.ends[1 - senderEnd]!;
    if (receiver.silent) {
      if (sender.open) this.sendToSilence(connection, senderEnd);
      return false;
    }
    if (!receiver.open) return false;
    if (sender.stalled.length > 0 || this.isHeldBack(sender.link, message)) {
      sender.stalled.push(message);
      if (sender.stalledSinceUs < 0) sender.stalledSinceUs = this.kernel.nowUs;
      return false;
    }
    if (message === null) this.closeEnd(connection, 1 - senderEnd);
    return true;
  }

  /** Sends again what could not be delivered; what the link still holds back stays. */
  retransmit(connection: Connection, end: number): void {
    const endpoint = connection.ends[end]!;
    const waiting = endpoint.stalled;
    if (waiting.length === 0) return;
    const { nowUs } = this.kernel;
    if (endpoint.resendAtUs < 0 && endpoint.link.blocked === 0 && endpoint.lastArrivalUs >= nowUs) {
      // What is under way was sent after what is stalled: it joins that before anything is sent again.
      endpoint.resendAtUs = endpoint.lastArrivalUs + 1;
      const arg = connection.id * 2 + end;
      this.pushEvent(connection, endpoint.resendAtUs, endpoint.host, Opcode.retransmit, arg);
      return;
    }
    if (nowUs < endpoint.resendAtUs) return;
    waiting.push(...endpoint.queued);
    endpoint.queued = [];
    endpoint.resendAtUs = -1;
    if (endpoint.link.blocked > 0) return;
    endpoint.stalled = [];
    endpoint.stalledSinceUs = -1;
    for (const message of waiting) this.transmit(connection, end, message, this.kernel.nowUs);
  }

  /** The handshake failed: neither end is left. */
  onRefused(connection: Connection): boolean {
    connection.ends[1].open = false;
    return this.onGone(connection, 0);
  }

  /** A handshake arrives at the server. */
  onConnect(connection: Connection, server: Host): void {
    const [client] = connection.ends;
    if (!client.open) return;
    if (client.link.blocked > 0 || server.status === 'off') {
      this.shakeAgain(connection, Opcode.connect);
    } else if (server.status === 'down') {
      this.pushEvent(
        connection,
        this.arrivalUs(connection, 1),
        client.host,
        Opcode.refused,
        connection.id,
      );
    } else {
      connection.ends[1].open = true;
      server.connections.push(connection.id * 2 + 1);
      this.pushEvent(
        connection,
        this.arrivalUs(connection, 1),
        client.host,
        Opcode.accepted,
        connection.id,
      );
    }
  }

  /** The client hears that the server accepted. */
  onAccepted(connection: Connection): void {
    const [client, server] = connection.ends;
    if (server.link.blocked > 0) {
      this.shakeAgain(connection, Opcode.accepted);
      return;
    }
    connection.status = 'open';
    const waiting = client.stalled;
    client.stalled = [];
    for (const message of waiting) this.transmit(connection, 0, message, this.kernel.nowUs);
  }

  /** One end learns that the connection is gone; false where it knew. */
  onGone(connection: Connection, end: number): boolean {
    if (!connection.ends[end]!.open) return false;
    this.closeEnd(connection, end);
    return true;
  }

  /** Ends the accounting of one event of the connection. */
  settle(connection: Connection): void {
    if (--connection.inFlight === 0) this.network.maybeForget(connection);
  }

  private transmit(
    connection: Connection,
    end: number,
    message: Message | null,
    atUs: number,
  ): void {
    const endpoint = connection.ends[end]!;
    const host = this.kernel.hosts[endpoint.host]!;
    const to = connection.ends[1 - end]!.host;
    const bytes = message === null ? 40 : message.sizeBytes;
    const departureUs =
      Math.max(atUs, host.egressFreeAtUs) +
      Math.ceil((bytes * 1000000) / this.bandwidthBytesPerSecond);
    // A reply that leaves later must not keep back what another connection sends before it.
    if (atUs === this.kernel.nowUs) host.egressFreeAtUs = departureUs;
    const arrivalUs = Math.max(departureUs + transitUs(endpoint.link), endpoint.lastArrivalUs + 1);
    endpoint.lastArrivalUs = arrivalUs;
    this.pushEvent(connection, arrivalUs, to, Opcode.deliver, connection.id * 2 + end, message);
  }

  /** The peer lost its power: it answers nothing, and once it is back it refuses what it does not know. */
  private sendToSilence(connection: Connection, end: number): void {
    const endpoint = connection.ends[end]!;
    const peer = this.kernel.hosts[connection.ends[1 - end]!.host]!;
    if (endpoint.stalledSinceUs < 0) endpoint.stalledSinceUs = this.kernel.nowUs;
    if (peer.status !== 'off') this.resetAfterRetransmission(connection, end);
  }

  private resetAfterRetransmission(connection: Connection, end: number): void {
    const endpoint = connection.ends[end]!;
    const sentUs = endpoint.stalledSinceUs < 0 ? this.kernel.nowUs : endpoint.stalledSinceUs;
    const atUs = nextRetransmissionUs(sentUs, this.kernel.nowUs);
    this.scheduleReset(connection, end, atUs + 2 * transitUs(endpoint.link));
  }

  private scheduleReset(connection: Connection, end: number, atUs: number): void {
    const arg = connection.id * 2 + end;
    this.pushEvent(connection, atUs, connection.ends[end]!.host, Opcode.reset, arg);
  }

  private wakeStalled(from: number, to: number, atOnce: boolean): void {
    for (const connection of this.network.connections) {
      if (connection === null) continue;
      for (const end of [0, 1] as const) {
        const endpoint = connection.ends[end];
        if (endpoint.host !== from || connection.ends[1 - end]!.host !== to) continue;
        if (endpoint.stalled.length === 0 || connection.status === 'connecting') continue;
        this.wake(connection, end, atOnce);
      }
    }
  }

  private wake(connection: Connection, end: number, atOnce: boolean): void {
    const { nowUs } = this.kernel;
    const sinceUs = connection.ends[end]!.stalledSinceUs;
    if (nowUs - sinceUs > CONNECTION_BREAKS_US) {
      this.scheduleReset(connection, 0, nowUs);
      this.scheduleReset(connection, 1, nowUs);
      return;
    }
    const atUs = atOnce ? nowUs : nextRetransmissionUs(sinceUs, nowUs);
    const arg = connection.id * 2 + end;
    this.pushEvent(connection, atUs, connection.ends[end]!.host, Opcode.retransmit, arg);
  }

  private shake(connection: Connection, atUs: number, opcode: number): void {
    const [client, server] = connection.ends;
    const end = opcode === Opcode.connect ? 0 : 1;
    const to = end === 0 ? server.host : client.host;
    const arrivalUs = atUs + transitUs(this.link(connection.ends[end].host, to));
    if (arrivalUs > connection.deadlineUs) {
      const failsUs = Math.max(connection.deadlineUs, this.kernel.nowUs);
      this.pushEvent(connection, failsUs, client.host, Opcode.refused, connection.id);
    } else {
      this.pushEvent(connection, arrivalUs, to, opcode, connection.id);
    }
  }

  private shakeAgain(connection: Connection, opcode: number): void {
    this.shake(connection, this.kernel.nowUs + HANDSHAKE_RETRY_US, opcode);
  }

  private arrivalUs(connection: Connection, end: number): number {
    return this.kernel.nowUs + transitUs(connection.ends[end]!.link);
  }

  private isHeldBack(link: Link, message: Message | null): boolean {
    if (link.blocked > 0) return true;
    if (link.holds === 0 || message === null) return false;
    for (const rule of this.holdRules) {
      if (rule.from !== link.from || rule.to !== link.to) continue;
      if (rule.messageKind === -1 || rule.messageKind === message.kind) return true;
    }
    return false;
  }

  private closeEnd(connection: Connection, end: number): void {
    const endpoint = connection.ends[end]!;
    endpoint.open = false;
    const { connections } = this.kernel.hosts[endpoint.host]!;
    const index = connections.indexOf(connection.id * 2 + end);
    if (index >= 0) connections.splice(index, 1);
    this.network.maybeForget(connection);
  }

  private pushEvent(
    connection: Connection,
    atUs: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown = null,
  ): void {
    connection.inFlight++;
    this.kernel.post(atUs, host, opcode, arg, payload);
  }
}
