/** A list of facts in the making: where they happen, through which message, and how the replica stands after them. */
import type { ClusterDefinition } from '../../model/index.js';
import { Kind, type AlterPartitionRequest } from '../../model/rpc/index.js';
import type { Host, Message } from '../../sim/index.js';
import type { TruthListener } from '../run/metadata-truth.js';
import type { Run } from '../run/run.js';
import { Watcher } from '../run/watcher.js';
import type { CausalQueue, Sending } from './causal-queue.js';
import type { Carrier, Delivery, Fact, FactKind } from './fact.js';
import { messageLabel } from './message-label.js';

/** What is known of a replica, for the small print. */
interface ReplicaNotes {
  logEndOffset: number;
  highWatermark: number;
}

interface Incoming {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
  readonly sending: Sending | null;
}

/** The parts of a fact that are not always given. */
export interface Details {
  readonly host: number;
  readonly partition?: number;
  readonly state?: string;
  readonly from?: number;
  readonly to?: number;
  readonly values?: readonly number[];
  readonly carrier?: Carrier | null;
}

interface RecorderState {
  facts: Fact[];
  deliveries: Delivery[];
}

/** What a recorder adds its facts to. */
export abstract class FactLog extends Watcher<RecorderState> {
  protected readonly definition: ClusterDefinition;
  protected readonly queue: CausalQueue;
  /** The partition that messages are told about; -1: the quorum. */
  protected readonly focus: number;
  private readonly keepsDeliveries: boolean;
  private readonly replicas = new Map<number, ReplicaNotes>();
  /** Requests for another ISR that a controller has read, by partition. */
  protected readonly asked = new Map<number, { readonly isr: string; readonly carrier: Carrier }>();
  private incoming: Incoming | null = null;
  private incomingStep = -1;

  /** @param keepsDeliveries who read which message when is only of use where a breach has a past. */
  constructor(
    definition: ClusterDefinition,
    queue: CausalQueue,
    focus: number,
    keepsDeliveries: boolean,
  ) {
    super({ facts: [], deliveries: [] });
    this.definition = definition;
    this.queue = queue;
    this.focus = focus;
    this.keepsDeliveries = keepsDeliveries;
  }

  /** Begins to hear of messages, and a listener of the truth of commits. */
  protected listen(run: Run, listener: TruthListener): void {
    run.truth.listeners.push(listener);
    const { watcher } = run.simulation;
    if (watcher === null) return;
    watcher.messageDelivered = (from: Host, to: Host, message: Message): void => {
      this.delivered(run.simulation.nowUs, from.index, to.index, message);
    };
  }

  private delivered(atUs: number, from: number, to: number, message: Message): void {
    this.queue.step++;
    const sending = this.queue.arrived(message);
    this.incoming = { from, to, message, sending };
    this.incomingStep = this.queue.step;
    const sentStep = sending?.step ?? this.queue.step;
    if (this.keepsDeliveries) {
      const { step } = this.queue;
      this.state.deliveries.push({ step, atUs, kind: message.kind, to, from, sentStep });
    }
    if (message.kind !== Kind.AlterPartitionRequest) return;
    for (const { partition, newIsr } of (message as AlterPartitionRequest).entries) {
      const isr = sorted(newIsr.map(({ brokerId }) => brokerId));
      this.asked.set(partition, { isr, carrier: this.carrier()! });
    }
  }

  protected addReplica(
    atUs: number,
    kind: FactKind,
    text: string,
    broker: number,
    partition: number,
    more: Omit<Details, 'host'> = {},
  ): void {
    const { logEndOffset, highWatermark } = this.notesOf(broker, partition);
    const state = `LEO ${logEndOffset}, HW ${highWatermark}`;
    this.add(atUs, kind, text, { host: this.hostOf(broker), partition, state, ...more });
  }

  protected add(atUs: number, kind: FactKind, text: string, details: Details): void {
    if (
      details.partition !== undefined &&
      details.partition >= 0 &&
      details.partition !== this.focus
    )
      return;
    const { host, partition = -1, state = '', from = -1, to = -1, values = [] } = details;
    const carrier = details.carrier === undefined ? this.carrierAt(host) : details.carrier;
    const { step } = this.queue;
    const fact = { step, atUs, host, kind, partition, text, state, carrier, from, to, values };
    this.state.facts.push(fact);
  }

  /** The message that is being read, where this host reads it. */
  carrierAt(host: number): Carrier | null {
    return this.present()?.to === host ? this.carrier() : null;
  }

  private carrier(): Carrier | null {
    const incoming = this.present();
    if (incoming === null) return null;
    const { from, to, message, sending } = incoming;
    if (sending === null || from === to) return null;
    const label = messageLabel(message, this.focus);
    return { from, sentAtUs: sending.atUs, sentStep: sending.step, label };
  }

  protected present(): Incoming | null {
    return this.incomingStep === this.queue.step ? this.incoming : null;
  }

  protected servedHost(): number {
    const present = this.present();
    if (present !== null) return present.to;
    return this.queue.servedHost();
  }

  protected notesOf(broker: number, partition: number): ReplicaNotes {
    const key = partition * 65536 + broker;
    let notes = this.replicas.get(key);
    if (notes === undefined) {
      notes = { logEndOffset: 0, highWatermark: 0 };
      this.replicas.set(key, notes);
    }
    return notes;
  }

  protected hostOf(node: number): number {
    return this.definition.node(node).host;
  }

  protected name(partition: number): string {
    return this.definition.partition(partition).name;
  }
}

/** Ids in order, to compare sets. */
export function sorted(list: readonly number[]): string {
  return [...list].sort((a, b) => a - b).join(' ');
}
