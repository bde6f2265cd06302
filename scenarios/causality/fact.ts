/** What a causal trace is made of: facts about hosts and replicas, and the messages that brought them about. */

/** What kind of change a fact is; selection and drawing go by it. */
export type FactKind =
  | 'fault'
  | 'mild-fault'
  | 'fault-over'
  | 'died'
  | 'started'
  | 'paused'
  | 'resumed'
  | 'created'
  | 'elected'
  | 'isr'
  | 'fenced'
  | 'unfenced'
  | 'registered'
  | 'shutting-down'
  | 'leads'
  | 'follows'
  | 'loaded'
  | 'append'
  | 'copy'
  | 'truncate'
  | 'leader-hw'
  | 'follower-hw'
  | 'isr-asked'
  | 'acknowledged'
  | 'refused'
  | 'fenced-request'
  | 'confirmed'
  | 'failed'
  | 'polled'
  | 'vote'
  | 'quorum-leader'
  | 'controller'
  | 'resigned'
  | 'committed'
  | 'mark'
  | 'pending'
  | 'violation';

/** A message that arrived at the moment of a fact. */
export interface Carrier {
  /** Index of the sending host. */
  readonly from: number;
  readonly sentAtUs: number;
  /** Step in which it was sent. */
  readonly sentStep: number;
  /** `Produce #3`, `Fetch response [0,2), HW 1`. */
  readonly label: string;
}

/** One change, at one host. */
export interface Fact {
  readonly step: number;
  readonly atUs: number;
  /** Index of the host; -1 for what concerns the network or several hosts. */
  readonly host: number;
  readonly kind: FactKind;
  /** Index of the partition, or -1. */
  readonly partition: number;
  /** In Kafka's words, without the host. */
  readonly text: string;
  /** The replica's state after it: `LEO 3, HW 2`; empty where it is no news. */
  readonly state: string;
  readonly carrier: Carrier | null;
  /** Offsets that it is about, half-open; both -1 where none. */
  readonly from: number;
  readonly to: number;
  /** Records that it is about. */
  readonly values: readonly number[];
}

/** One message that was read by a process. */
export interface Delivery {
  readonly step: number;
  readonly atUs: number;
  /** What kind of message: `Kind` of the model. */
  readonly kind: number;
  readonly to: number;
  readonly from: number;
  readonly sentStep: number;
}
