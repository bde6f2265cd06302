/** A set of packed states: 64 bits of each, in an open hash table that grows; and how each was first reached. */
export class StateSet {
  private low = new Int32Array(1 << 16);
  private high = new Int32Array(1 << 16);
  /** Number of the state plus 1; 0 is free. */
  private slots = new Int32Array(1 << 16);
  private parents = new Int32Array(1 << 16);
  private choices = new Uint8Array(1 << 16);
  private count = 0;
  private hashLow = 0;
  private hashHigh = 0;

  get size(): number {
    return this.count;
  }

  /** The number of a new state, or -1 where it is known. */
  add(words: Int32Array, parent: number, choice: number): number {
    this.hash(words);
    const mask = this.slots.length - 1;
    let slot = this.hashLow & mask;
    while (this.slots[slot] !== 0) {
      if (this.low[slot] === this.hashLow && this.high[slot] === this.hashHigh) return -1;
      slot = (slot + 1) & mask;
    }
    this.low[slot] = this.hashLow;
    this.high[slot] = this.hashHigh;
    const number = this.count++;
    this.slots[slot] = number + 1;
    this.remember(number, parent, choice);
    if (this.count * 2 > this.slots.length) this.grow();
    return number;
  }

  /** The choices that first led to a state, from the beginning. */
  choicesTo(number: number): number[] {
    const choices: number[] = [];
    for (let at = number; this.parents[at]! >= 0; at = this.parents[at]!) {
      choices.push(this.choices[at]!);
    }
    return choices.reverse();
  }

  private remember(number: number, parent: number, choice: number): void {
    if (choice > 255) throw new Error('a state of an exploration has at most 256 choices');
    if (number === this.parents.length) {
      const parents = new Int32Array(number * 2);
      parents.set(this.parents);
      this.parents = parents;
      const choices = new Uint8Array(number * 2);
      choices.set(this.choices);
      this.choices = choices;
    }
    this.parents[number] = parent;
    this.choices[number] = choice;
  }

  private hash(words: Int32Array): void {
    let low = 0x9e3779b9 | 0;
    let high = 0x85ebca6b | 0;
    for (let index = 0; index < words.length; index++) {
      low = Math.imul(low ^ words[index]!, 0x85ebca6b);
      low ^= low >>> 13;
      high = Math.imul(high + low, 0xc2b2ae35);
      high ^= high >>> 16;
    }
    this.hashLow = low ^ (low >>> 15);
    this.hashHigh = high;
  }

  private grow(): void {
    const { low, high, slots } = this;
    const length = slots.length * 2;
    this.low = new Int32Array(length);
    this.high = new Int32Array(length);
    this.slots = new Int32Array(length);
    for (let from = 0; from < slots.length; from++) {
      if (slots[from] === 0) continue;
      let slot = low[from]! & (length - 1);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (length - 1);
      this.low[slot] = low[from]!;
      this.high[slot] = high[from]!;
      this.slots[slot] = slots[from]!;
    }
  }
}
