/** A causal story: the few events that matter, as plain data, for a text trace and for drawings. */
import type { FactKind } from './fact.js';

/** A host that takes part. */
export interface StoryLane {
  /** Index of the host in the run. */
  readonly host: number;
  /** `broker 1`, `controller 1 (node 4)`, `producer web-0`. */
  readonly name: string;
  readonly role: 'client' | 'broker' | 'controller';
}

/** The message that brought an entry about. */
export interface StoryMessage {
  /** Index of the sending host. */
  readonly from: number;
  readonly sentAtUs: number;
  readonly label: string;
  /** Orders sendings among entries. */
  readonly sentStep: number;
}

/** What happened at one host at one moment. */
export interface StoryEntry {
  readonly atUs: number;
  readonly step: number;
  /** Index of the host; -1 where it concerns several. */
  readonly host: number;
  /** The weightiest of its kinds. */
  readonly kind: FactKind;
  /** In Kafka's words, one for each change. */
  readonly texts: readonly string[];
  /** The replica afterwards: `LEO 3, HW 2`; or empty. */
  readonly state: string;
  readonly message: StoryMessage | null;
  /** About the very records or offsets that the breach is about. */
  readonly isFocus: boolean;
}

/** How a host was for a while, from one step to another; `null`: to the end. */
export interface StorySpan {
  readonly host: number;
  /** `leader`: of the partition in question, or of the quorum, as far as it knew itself. */
  readonly state: 'leader' | 'down' | 'paused';
  readonly from: StoryMoment;
  readonly to: StoryMoment | null;
}

/** A moment, ordered by time and then by step. */
export interface StoryMoment {
  readonly atUs: number;
  readonly step: number;
}

/** A message of the causal past. */
export interface PastMessage {
  /** When it was read. */
  readonly atUs: number;
  /** `Kind` of the model. */
  readonly kind: number;
}

/** How a run came to what it ended in: the hosts that take part, and the events that lead there. */
export interface Story {
  readonly scenario: string;
  readonly seed: number;
  /** `orders-0`, or null: the quorum of controllers. */
  readonly subject: string | null;
  /** Id and name of the invariant, or what else the story ends in. */
  readonly headline: string;
  /** One sentence of what is wrong; empty where nothing is. */
  readonly verdict: string;
  readonly kind: 'violation' | 'expected loss' | 'liveness failure' | 'no failure';
  readonly lanes: readonly StoryLane[];
  /** In order of time; where something is wrong the last one says so. */
  readonly entries: readonly StoryEntry[];
  /** In order of their beginnings. */
  readonly spans: readonly StorySpan[];
  /** The messages of the causal past since the partition was created, in the order in which they were read. */
  readonly messages: readonly PastMessage[];
  /** Lesser changes in the causal past that are not told. */
  readonly omitted: number;
}
