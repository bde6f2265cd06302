/** The last few events of a run, in a typed ring: always on, for messages about failures. */
const CAPACITY = 256;

/** An event of the ring: `host` is -1 for an act of the laboratory, `kind` is -1 without a message. */
export interface RecentEvent {
  /** From 1, as the run counts its events. */
  readonly eventNumber: number;
  readonly timeUs: number;
  readonly host: number;
  readonly opcode: number;
  readonly kind: number;
}

export class EventRing {
  private readonly times = new Float64Array(CAPACITY);
  private readonly words = new Int32Array(CAPACITY * 3);
  private count = 0;

  /** Notes an event; `kind` is the kind of the message, or -1. */
  add(timeUs: number, host: number, opcode: number, kind: number): void {
    const slot = this.count++ & (CAPACITY - 1);
    this.times[slot] = timeUs;
    this.words[slot * 3] = host;
    this.words[slot * 3 + 1] = opcode;
    this.words[slot * 3 + 2] = kind;
  }

  /** The last events, oldest first; at most 256. */
  list(): RecentEvent[] {
    const events: RecentEvent[] = [];
    for (let number = Math.max(0, this.count - CAPACITY); number < this.count; number++) {
      const slot = number & (CAPACITY - 1);
      events.push({
        eventNumber: number + 1,
        timeUs: this.times[slot]!,
        host: this.words[slot * 3]!,
        opcode: this.words[slot * 3 + 1]!,
        kind: this.words[slot * 3 + 2]!,
      });
    }
    return events;
  }

  fork(): EventRing {
    const copy = new EventRing();
    copy.times.set(this.times);
    copy.words.set(this.words);
    copy.count = this.count;
    return copy;
  }
}
