/** All events of a run, kept to find where two runs part: only on request, it grows with the run. */
export interface RecordedEvent {
  readonly eventNumber: number;
  readonly timeUs: number;
  readonly host: number;
  readonly opcode: number;
  readonly kind: number;
  readonly digest: number;
}

/** Takes down every event that a `Simulation` serves, for `firstDifference`. */
export class EventRecorder {
  private readonly times: number[] = [];
  private readonly words: number[] = [];

  /** Notes an event: `host` is -1 for acts of the laboratory, `kind` is the kind of the message, or -1. */
  add(timeUs: number, host: number, opcode: number, kind: number, digest: number): void {
    this.times.push(timeUs);
    this.words.push(host, opcode, kind, digest | 0);
  }

  get length(): number {
    return this.times.length;
  }

  /** The event at an index in [0, length). */
  at(index: number): RecordedEvent {
    const base = index * 4;
    return {
      eventNumber: index + 1,
      timeUs: this.times[index]!,
      host: this.words[base]!,
      opcode: this.words[base + 1]!,
      kind: this.words[base + 2]!,
      digest: this.words[base + 3]!,
    };
  }
}

/** The first event in which two recorded runs differ; null on one side where that run ended first, null where equal. */
export function firstDifference(
  a: EventRecorder,
  b: EventRecorder,
): { readonly a: RecordedEvent | null; readonly b: RecordedEvent | null } | null {
  const common = Math.min(a.length, b.length);
  for (let index = 0; index < common; index++) {
    const [left, right] = [a.at(index), b.at(index)];
    const same =
      left.timeUs === right.timeUs &&
      left.host === right.host &&
      left.opcode === right.opcode &&
      left.kind === right.kind &&
      left.digest === right.digest;
    if (!same) return { a: left, b: right };
  }
  if (a.length === b.length) return null;
  return { a: a.length > common ? a.at(common) : null, b: b.length > common ? b.at(common) : null };
}
