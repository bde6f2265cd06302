/**
 * What a run has been through, as a small map: which kind of event followed which, in which kind of state. A schedule
 * that reached something new is worth keeping (coverage-guided fuzzing, with the protocol's events for branches).
 */
import type { ClusterDefinition, PartitionRegistration } from '../../model/index.js';
import type { MetadataTruth, TruthListener } from '../run/metadata-truth.js';
import type { Run, RunWatcher } from '../run/run.js';
import { Watcher } from '../run/watcher.js';
import { MOMENTS } from './moments.js';

/** Cells of the map; collisions cost a little sharpness and nothing else. */
export const COVERAGE_CELLS = 4096;

interface CoverageState {
  /** 1 where the cell was reached. */
  cells: Uint8Array;
  /** Marks of the model that occurred. */
  marks: string[];
  /** By partition (the last place is the quorum's): kind of the event before. */
  before: number[];
  /** Moments since they were last taken, with their partitions or nodes. */
  moments: { readonly moment: number; readonly subject: number }[];
}

/** Kinds of events; marks of the model get numbers after these, by their names. */
const Event = {
  leaderElected: 1,
  isrShrunk: 2,
  isrExpanded: 3,
  epochBumped: 4,
  becameLeader: 5,
  becameFollower: 6,
  truncated: 7,
  isrChangeAsked: 8,
  isrChanged: 9,
  produceAnswered: 10,
  fenced: 11,
  fetching: 12,
  notFetching: 13,
  loaded: 14,
  controllerActivated: 15,
  controllerResigned: 16,
  registered: 17,
  brokerChanged: 18,
  sendFailed: 19,
  positionReset: 20,
  deleted: 21,
} as const;

const FIRST_MARK = 64;
const MARK_KINDS = 256;

export class Coverage extends Watcher<CoverageState> implements RunWatcher, TruthListener {
  private readonly definition: ClusterDefinition;
  private truth: MetadataTruth | null = null;

  constructor(definition: ClusterDefinition) {
    super({
      cells: new Uint8Array(COVERAGE_CELLS),
      marks: [],
      before: new Array<number>(definition.partitions.length + 1).fill(0),
      moments: [],
    });
    this.definition = definition;
  }

  attach(run: Run): void {
    this.truth = run.truth;
    run.truth.listeners.push(this);
  }

  /** The moments since this was last asked. */
  takeMoments(): { readonly moment: number; readonly subject: number }[] {
    const { moments } = this.state;
    if (moments.length > 0) this.state.moments = [];
    return moments;
  }

  override mark(_atUs: number, name: string, subject: number): void {
    if (!this.state.marks.includes(name)) this.state.marks.push(name);
    this.note(FIRST_MARK + (hashOf(name) % MARK_KINDS), -1);
    this.promise(name, subject);
  }

  override becameLeader(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.becameLeader, partition);
  }

  override becameFollower(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.becameFollower, partition);
  }

  override logTruncated(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.truncated, partition);
  }

  override logDeleted(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.deleted, partition);
  }

  override isrChangeAsked(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.isrChangeAsked, partition);
    this.promise('isr-change-asked', partition);
  }

  override leaderIsrChanged(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.isrChanged, partition);
  }

  override produceAnswered(
    _atUs: number,
    _broker: number,
    partition: number,
    _acks: number,
    _batch: unknown,
    error: number,
  ): void {
    if (error !== 0) this.note(Event.produceAnswered * 128 + (error & 127), partition);
  }

  override requestFenced(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.fenced, partition);
  }

  override followerFetching(
    _atUs: number,
    _broker: number,
    partition: number,
    isFetching: boolean,
  ): void {
    this.note(isFetching ? Event.fetching : Event.notFetching, partition);
  }

  override logLoaded(_atUs: number, _broker: number, partition: number): void {
    this.note(Event.loaded, partition);
  }

  override controllerActivated(_atUs: number, node: number): void {
    this.note(Event.controllerActivated, -1);
    this.promise('controller-elected', node);
  }

  override controllerResigned(): void {
    this.note(Event.controllerResigned, -1);
  }

  override sendFailed(
    _atUs: number,
    _producer: number,
    _value: number,
    partition: number,
    error: number,
  ): void {
    this.note(Event.sendFailed * 128 + (error & 127), partition);
  }

  override positionReset(_atUs: number, _consumer: number, partition: number): void {
    this.note(Event.positionReset, partition);
  }

  partitionChanged(
    _atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    if (before === null) return;
    const { partition } = after;
    if (after.leader >= 0 && after.leader !== before.leader) {
      this.note(Event.leaderElected, partition);
      this.promise('leader-elected', partition);
    }
    if (before.isr.some((id) => !after.isr.includes(id))) {
      this.note(Event.isrShrunk, partition);
      this.promise('isr-shrunk', partition);
    }
    if (after.isr.some((id) => !before.isr.includes(id))) {
      this.note(Event.isrExpanded, partition);
      this.promise('isr-expanded', partition);
    }
  }

  brokerChanged(
    atUs: number,
    brokerId: number,
    { registeredAtUs }: { registeredAtUs: number },
  ): void {
    this.note(registeredAtUs === atUs ? Event.registered : Event.brokerChanged, -1);
    if (registeredAtUs === atUs) this.promise('broker-registered', brokerId);
  }

  private promise(name: string, subject: number): void {
    const moment = (MOMENTS as readonly string[]).indexOf(name);
    if (moment >= 0) this.state.moments.push({ moment, subject });
  }

  private note(event: number, partition: number): void {
    const { cells, before } = this.state;
    const place = partition < 0 ? this.definition.partitions.length : partition;
    const kind = partition < 0 ? 0 : this.stateKind(partition);
    let mixed =
      Math.imul(before[place]! * 31 + event, 0x9e3779b1) ^ Math.imul(kind + 1, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    cells[(mixed ^ (mixed >>> 13)) & (COVERAGE_CELLS - 1)] = 1;
    before[place] = event;
  }

  /** Leader or none, size of ISR and ELR, and whether the ISR is below min.insync.replicas. */
  private stateKind(partition: number): number {
    const registration = this.truth?.partition(partition) ?? null;
    if (registration === null) return 1;
    const { leader, isr, elr, lastKnownElr } = registration;
    const led = leader < 0 ? 0 : 1;
    return 2 + led + 2 * (isr.length + 6 * (elr.length + 6 * Math.min(lastKnownElr.length, 1)));
  }
}

/** Adds the cells of a run to those known; returns how many were new. */
export function mergeCells(known: Uint8Array, cells: Uint8Array): number {
  let fresh = 0;
  for (let index = 0; index < known.length; index++) {
    if (cells[index] === 0 || known[index] !== 0) continue;
    known[index] = 1;
    fresh++;
  }
  return fresh;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
