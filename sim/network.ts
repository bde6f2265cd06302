/**
 * Links and connections.
 *
 * Kafka leans on TCP: within a connection bytes arrive in order, or the connection breaks and nobody says which
 * of the requests in flight were executed. A loss costs a retransmission timeout, a blocked link holds what is sent
 * until the next retransmission after it opens, and the death of a process closes its connections behind the last
 * byte sent. A machine without power says nothing: its peers learn of it by their own timeouts, or from the reset
 * that the machine sends when it is back and hears of a connection it does not know.
 *
 * Left out: congestion and receive windows, fast retransmission, and that a one-way blockage also holds back
 * acknowledgements (data in the open direction arrives as if nothing were wrong).
 */
import type { DurationSampler } from './distribution.js';
import type { Forker } from './fork.js';
import type { Message } from './message.js';
import type { RandomStream } from './random.js';

/** First retransmission timeout and its bound (Linux: TCP_RTO_MIN and TCP_RTO_MAX). */
export const RETRANSMISSION_MIN_US = 200_000;
export const RETRANSMISSION_MAX_US = 120_000_000;
/** A connection that could not deliver for this long breaks (Linux: tcp_retries2 = 15). */
export const CONNECTION_BREAKS_US = 924_600_000;

/** One direction between two hosts. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly sampler: DurationSampler;
  readonly stream: RandomStream;
  /** Number of faults that block this direction now. */
  blocked: number;
  /** Probability that a segment is lost and sent again. */
  loss: number;
  /** Every latency is multiplied by this, then `extraUs` is added. */
  latencyFactor: number;
  extraUs: number;
  /** Number of `hold` rules on this link now; the rules themselves belong to the laboratory. */
  holds: number;
}

/** `connecting` until the handshake is done. */
export type ConnectionStatus = 'connecting' | 'open';

/** One end's view and the direction away from it: index 0 is the end that connected. */
export interface Endpoint {
  readonly host: number;
  /** The direction away from this end. */
  readonly link: Link;
  /** The server's end opens with the handshake; an end closes by itself, when it is told, or by dying. */
  open: boolean;
  /** The end died without a word (loss of power). */
  silent: boolean;
  /** What this end sent and the network could not deliver yet; null stands for the close itself. */
  stalled: (Message | null)[];
  /** When the oldest undelivered byte was sent, or -1. */
  stalledSinceUs: number;
  /** What was stalled is sent again then, behind what was under way when the link opened; -1: nothing waits so. */
  resendAtUs: number;
  /** What was sent meanwhile, and goes behind both. */
  queued: (Message | null)[];
  /** Arrival of the last byte sent by this end. */
  lastArrivalUs: number;
}

export interface Connection {
  /** Slot and generation of the slot: a number that nobody keeps by mistake names another connection later. */
  readonly id: number;
  readonly ends: readonly [Endpoint, Endpoint];
  status: ConnectionStatus;
  /** When connecting gives up (virtual time). */
  readonly deadlineUs: number;
  /** Events under way; the slot is reused when there are none and both ends are closed. */
  inFlight: number;
}

export function createLink(
  from: number,
  to: number,
  sampler: DurationSampler,
  stream: RandomStream,
  loss: number,
): Link {
  return { from, to, sampler, stream, blocked: 0, loss, latencyFactor: 1, extraUs: 0, holds: 0 };
}

/** How long the next segment takes on this link, retransmissions included. */
export function transitUs(link: Link): number {
  let durationUs = link.sampler.sampleUs(link.stream);
  if (link.latencyFactor !== 1) durationUs = Math.round(durationUs * link.latencyFactor);
  durationUs += link.extraUs;
  if (link.loss > 0) {
    let timeoutUs = RETRANSMISSION_MIN_US;
    while (link.stream.chance(link.loss)) {
      durationUs += timeoutUs;
      timeoutUs = Math.min(2 * timeoutUs, RETRANSMISSION_MAX_US);
    }
  }
  return durationUs;
}

/** The first retransmission at or after `nowUs` of a segment first sent at `sentUs`. */
export function nextRetransmissionUs(sentUs: number, nowUs: number): number {
  let atUs = sentUs;
  let timeoutUs = RETRANSMISSION_MIN_US;
  while (atUs < nowUs) {
    atUs += timeoutUs;
    timeoutUs = Math.min(2 * timeoutUs, RETRANSMISSION_MAX_US);
  }
  return atUs;
}

/** A connection's id is its slot and, above these bits, the slot's generation. */
const SLOT_BITS = 18;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
const GENERATION_STEP = 1 << SLOT_BITS;
const ID_MASK = 0x3fffffff;

/** All links and connections of a run. */
export class Network {
  private readonly links: Map<number, Link>;
  /** By slot. */
  readonly connections: (Connection | null)[];
  /** Ids for the next connections in slots that are free. */
  private readonly freeIds: number[];

  constructor(
    links = new Map<number, Link>(),
    connections: (Connection | null)[] = [],
    freeIds: number[] = [],
  ) {
    this.links = links;
    this.connections = connections;
    this.freeIds = freeIds;
  }

  /** The link between two hosts, or undefined where nothing was ever sent. */
  link(from: number, to: number): Link | undefined {
    return this.links.get(linkKey(from, to));
  }

  addLink(link: Link): void {
    this.links.set(linkKey(link.from, link.to), link);
  }

  /** The connection of that id; null once both ends are closed. */
  connection(id: number): Connection | null {
    const connection = this.connections[id & SLOT_MASK];
    return connection?.id === id ? connection : null;
  }

  open(there: Link, back: Link, deadlineUs: number): Connection {
    const id = this.freeIds.pop() ?? this.connections.length;
    if (this.connections.length > SLOT_MASK) throw new Error('too many connections at a time');
    const connection: Connection = {
      id,
      ends: [createEndpoint(there, true), createEndpoint(back, false)],
      status: 'connecting',
      deadlineUs,
      inFlight: 0,
    };
    this.connections[id & SLOT_MASK] = connection;
    return connection;
  }

  /** Frees the id when nothing refers to the connection any more. */
  maybeForget(connection: Connection): void {
    if (connection.inFlight > 0 || connection.ends[0].open || connection.ends[1].open) return;
    const slot = connection.id & SLOT_MASK;
    if (this.connections[slot] !== connection) return;
    this.connections[slot] = null;
    this.freeIds.push((connection.id + GENERATION_STEP) & ID_MASK);
  }

  fork(forker: Forker): Network {
    return new Network(
      forker.clone(this.links),
      forker.clone(this.connections),
      this.freeIds.slice(),
    );
  }
}

function createEndpoint(link: Link, open: boolean): Endpoint {
  const { from: host } = link;
  return {
    host,
    link,
    open,
    silent: false,
    stalled: [],
    stalledSinceUs: -1,
    resendAtUs: -1,
    queued: [],
    lastArrivalUs: 0,
  };
}

/** Hosts number at most 2^14, so that a pair fits a small integer. */
function linkKey(from: number, to: number): number {
  return (from << 14) | to;
}
