import { describe, expect, it } from 'vitest';

import { Message, Simulation, type ConnectionId, type HostContext, type Program } from './index.js';

class Numbered extends Message {
  readonly kind = 1;
  readonly sizeBytes = 10;

  constructor(readonly number: number) {
    super();
  }

  digest(): number {
    return this.number;
  }

  describe(): string {
    return String(this.number);
  }
}

interface Sender {
  connection: ConnectionId;
  next: number;
}

const TICK = 20;

/** Sends numbers at random distances; the other host notes what comes. */
class Counting implements Program<Sender> {
  readonly heard: number[] = [];

  start(context: HostContext): Sender {
    if (context.host.index === 1) return { connection: -1, next: 0 };
    context.setTimer(1000, TICK);
    return { connection: context.connect(1, 1_000_000_000), next: 0 };
  }

  receive(_state: Sender, _connection: ConnectionId, message: Message): void {
    this.heard.push((message as Numbered).number);
  }

  timer(
    state: Sender,
    _opcode: number,
    _arg: number,
    _payload: unknown,
    context: HostContext,
  ): void {
    context.send(state.connection, new Numbered(state.next++));
    context.setTimer(100 + context.random('distance').below(3000), TICK);
  }

  closed(): void {
    throw new Error('nobody closes');
  }
}

describe('a connection', () => {
  it('keeps the order of messages over a cut, those included that are under way when it ends', () => {
    for (let seed = 0; seed < 100; seed++) {
      const program = new Counting();
      const simulation = Simulation.create({
        seed: `fifo-${seed}`,
        latency: { kind: 'uniform', lowUs: 300, highUs: 3000 },
        bandwidthBytesPerSecond: 1e8,
        disk: { writeUs: 1, flushUs: 1, bandwidthBytesPerSecond: 1e8, pageCacheBytes: 1e9 },
      });
      const sender = simulation.addHost({ name: 'sender', program });
      const receiver = simulation.addHost({ name: 'receiver', program });
      simulation.start(receiver);
      simulation.start(sender);
      simulation.runUntil(100_000);
      simulation.transport.block(0, 1);
      simulation.runUntil(150_000 + seed * 37);
      simulation.transport.unblock(0, 1);
      simulation.runUntil(1_000_000);
      const { heard } = program;
      expect(heard.length).toBeGreaterThan(300);
      expect(heard).toEqual(heard.map((_, index) => index));
    }
  });
});
