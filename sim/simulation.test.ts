import { describe, expect, it } from 'vitest';

import type { DiskEntry } from './disk.js';
import { createHeapQueue } from './heap-queue.js';
import type { ConnectionId, Host, HostContext, Program } from './host.js';
import { Message } from './message.js';
import { Simulation, type SimulationOptions } from './simulation.js';

const OPTIONS: SimulationOptions = {
  seed: '42',
  latency: { kind: 'lognormal', p50Us: 500, p99Us: 5000 },
  bandwidthBytesPerSecond: 125_000_000,
  disk: {
    writeUs: 100,
    flushUs: 5000,
    bandwidthBytesPerSecond: 200_000_000,
    pageCacheBytes: 1 << 30,
  },
};

class Word extends Message {
  readonly kind = 0;
  readonly sizeBytes = 100;
  constructor(readonly text: string) {
    super();
  }
  digest(): number {
    return this.text.length;
  }
  describe(): string {
    return this.text;
  }
}

interface PeerState {
  heard: string[];
  closed: number;
  timers: number[];
  connection: ConnectionId;
  /** A timer to cancel with the first message heard, or -1. */
  cancelOnHearing: number;
}

/** Host 0 talks to host 1; both note what they hear. Timer 20 says a word, others are noted. */
class Peer implements Program<PeerState> {
  start(): PeerState {
    return { heard: [], closed: 0, timers: [], connection: -1, cancelOnHearing: -1 };
  }
  receive(
    state: PeerState,
    _connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    state.heard.push(message.describe());
    if (state.cancelOnHearing >= 0) context.cancelTimer(state.cancelOnHearing);
  }
  timer(
    state: PeerState,
    opcode: number,
    arg: number,
    _payload: unknown,
    context: HostContext,
  ): void {
    state.timers.push(arg);
    if (opcode === 20) context.send(state.connection, new Word(String(arg)));
  }
  closed(state: PeerState): void {
    state.closed++;
  }
}

/** As `Peer`, with ears shut. */
class Deaf extends Peer {
  override receive(): void {
    return;
  }
}

const SECOND = 1_000_000;

function pair(options: Partial<SimulationOptions> = {}): {
  simulation: Simulation;
  a: Host;
  b: Host;
} {
  const simulation = Simulation.create({ ...OPTIONS, ...options });
  const program = new Peer();
  const a = simulation.addHost({ name: 'a', program });
  const b = simulation.addHost({ name: 'b', program });
  simulation.start(a);
  simulation.start(b);
  return { simulation, a, b };
}

function connect(simulation: Simulation, from: Host, to: Host): void {
  simulation.act(from, (state, context) => {
    (state as PeerState).connection = context.connect(to.index, 10 * SECOND);
  });
}

function say(simulation: Simulation, host: Host, ...words: string[]): void {
  simulation.act(host, (state, context) => {
    for (const word of words) context.send((state as PeerState).connection, new Word(word));
  });
}

const heard = (host: Host): string[] => (host.state as PeerState).heard;
const closed = (host: Host): number => (host.state as PeerState).closed;

describe('an installed program', () => {
  it('runs from the next start on, on the disk that the old one left', () => {
    const { simulation, a, b } = pair();
    b.disk.writeCheckpoint('marker', 'left behind');
    const deaf = simulation.addProgram(new Deaf());
    simulation.crash(b);
    simulation.install(b, deaf);
    expect(b.state).toBeNull();
    simulation.start(b);
    connect(simulation, a, b);
    say(simulation, a, 'hello');
    simulation.runUntil(SECOND);
    expect(heard(b)).toEqual([]);
    expect(b.disk.readCheckpoint('marker')).toBe('left behind');
    simulation.losePower(b);
    simulation.start(b);
    expect(b.programIndex).toBe(deaf);
  });

  it('is one that is known, and never that of a process that lives', () => {
    const { simulation, a } = pair();
    const program = new Deaf();
    const index = simulation.addProgram(program);
    expect(simulation.addProgram(program)).toBe(index);
    expect(() => {
      simulation.install(a, index);
    }).toThrow('a runs');
    simulation.pause(a);
    expect(() => {
      simulation.install(a, index);
    }).toThrow('a runs');
    simulation.crash(a);
    expect(() => {
      simulation.install(a, index + 1);
    }).toThrow(`there is no program ${index + 1}`);
  });
});

describe('connections', () => {
  it('deliver in order, whatever the latencies and losses', () => {
    const { simulation, a, b } = pair({ loss: 0.3 });
    connect(simulation, a, b);
    const words = Array.from({ length: 200 }, (_, n) => String(n));
    say(simulation, a, ...words);
    simulation.runUntil(600 * SECOND);
    expect(heard(b)).toEqual(words);
  });

  it('a blocked link keeps what is sent until a retransmission after it opens', () => {
    const { simulation, a, b } = pair();
    connect(simulation, a, b);
    simulation.runUntil(SECOND);
    simulation.transport.block(a.index, b.index);
    say(simulation, a, 'late', 'later');
    simulation.runUntil(10 * SECOND);
    expect(heard(b)).toEqual([]);
    simulation.transport.unblock(a.index, b.index);
    simulation.runUntil(40 * SECOND);
    expect(heard(b)).toEqual(['late', 'later']);
    expect(closed(b)).toBe(0);
  });

  it('the death of a process closes its connections behind what it sent', () => {
    const { simulation, a, b } = pair();
    connect(simulation, a, b);
    simulation.runUntil(SECOND);
    say(simulation, a, 'last words');
    simulation.crash(a);
    simulation.runUntil(2 * SECOND);
    expect(heard(b)).toEqual(['last words']);
    expect(closed(b)).toBe(1);
  });

  it('a loss of power says nothing; the machine refuses the old connection once it is back', () => {
    const { simulation, a, b } = pair();
    connect(simulation, a, b);
    simulation.runUntil(SECOND);
    simulation.losePower(b);
    say(simulation, a, 'anybody there?');
    simulation.runUntil(20 * SECOND);
    expect(closed(a)).toBe(0);
    simulation.start(b);
    simulation.runUntil(60 * SECOND);
    expect(closed(a)).toBe(1);
    expect(heard(b)).toEqual([]);
  });

  it('connecting to a dead process is refused at once, to a dead machine after the timeout', () => {
    const { simulation, a, b } = pair();
    simulation.crash(b);
    connect(simulation, a, b);
    simulation.runUntil(SECOND);
    expect(closed(a)).toBe(1);
    simulation.losePower(b);
    connect(simulation, a, b);
    simulation.runUntil(5 * SECOND);
    expect(closed(a)).toBe(1);
    simulation.runUntil(15 * SECOND);
    expect(closed(a)).toBe(2);
  });

  it('a hold keeps back one kind of message on one link, in order', () => {
    const { simulation, a, b } = pair();
    connect(simulation, a, b);
    simulation.runUntil(SECOND);
    const rule = { from: a.index, to: b.index, messageKind: 0 };
    simulation.transport.addHold(rule);
    say(simulation, a, 'x', 'y');
    simulation.runUntil(2 * SECOND);
    expect(heard(b)).toEqual([]);
    simulation.transport.removeHold({ ...rule });
    simulation.runUntil(3 * SECOND);
    expect(heard(b)).toEqual(['x', 'y']);
  });

  it('a reset is heard at both ends', () => {
    const { simulation, a, b } = pair();
    connect(simulation, a, b);
    say(simulation, a, 'hello');
    simulation.runUntil(SECOND);
    simulation.transport.resetAll(b);
    simulation.runUntil(2 * SECOND);
    expect([closed(a), closed(b)]).toEqual([1, 1]);
  });
});

describe('hosts', () => {
  it('timers die with the incarnation', () => {
    const { simulation, a } = pair();
    simulation.act(a, (_state, context) => context.setTimer(SECOND, 30, 1));
    simulation.crash(a);
    simulation.start(a);
    simulation.runUntil(2 * SECOND);
    expect((a.state as PeerState).timers).toEqual([]);
  });

  it('a paused host gets what came, in order, when it goes on; a timer cancelled meanwhile is gone', () => {
    const { simulation, a, b } = pair();
    connect(simulation, b, a);
    simulation.runUntil(SECOND);
    simulation.act(a, (_state, context) => context.setTimer(SECOND, 30, 1));
    simulation.pause(a);
    say(simulation, b, 'one', 'two');
    simulation.runUntil(5 * SECOND);
    expect(heard(a)).toEqual([]);
    simulation.resume(a);
    expect(heard(a)).toEqual(['one', 'two']);
    expect((a.state as PeerState).timers).toEqual([1]);
  });

  it('what a paused host has not read keeps its connection known, even once that is closed', () => {
    const { simulation, a, b } = pair();
    const senders: string[] = [];
    simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (from) => senders.push(from.name),
    };
    connect(simulation, b, a);
    simulation.runUntil(SECOND);
    simulation.pause(a);
    say(simulation, b, 'one', 'two');
    const handle = (b.state as PeerState).connection;
    simulation.act(b, (_state, context) => {
      context.close(handle);
    });
    simulation.runUntil(5 * SECOND);
    expect(simulation.transport.network.connection(handle >> 1)).not.toBeNull();

    simulation.resume(a);

    expect([heard(a), senders, closed(a)]).toEqual([['one', 'two'], ['b', 'b'], 1]);
    expect(simulation.transport.network.connection(handle >> 1)).toBeNull();
  });

  it('a paused host that dies forgets what it has not read, and the connection with it', () => {
    const { simulation, a, b } = pair();
    connect(simulation, b, a);
    simulation.runUntil(SECOND);
    simulation.pause(a);
    say(simulation, b, 'one', 'two');
    simulation.runUntil(2 * SECOND);
    const handle = (b.state as PeerState).connection;
    simulation.crash(a);
    simulation.runUntil(5 * SECOND);

    expect(closed(b)).toBe(1);
    expect(simulation.transport.network.connection(handle >> 1)).toBeNull();
  });

  it('a timer that came due during a pause can still be cancelled by what is served before it', () => {
    const { simulation, a, b } = pair();
    connect(simulation, b, a);
    simulation.runUntil(SECOND);
    simulation.act(a, (state, context) => {
      (state as PeerState).cancelOnHearing = context.setTimer(2 * SECOND, 30, 1);
    });
    simulation.pause(a);
    say(simulation, b, 'cancel');
    simulation.runUntil(9 * SECOND);
    simulation.resume(a);
    expect(heard(a)).toEqual(['cancel']);
    expect((a.state as PeerState).timers).toEqual([]);
  });

  it('a clock that runs fast makes timers fire early', () => {
    const { simulation, a } = pair();
    a.clock.driftPpm = 100_000;
    simulation.act(a, (_state, context) => context.setTimer(SECOND, 30, 7));
    simulation.runUntil(Math.ceil(SECOND / 1.1) + 1);
    expect((a.state as PeerState).timers).toEqual([7]);
  });

  it('a host that ends by itself is down after its present event', () => {
    const { simulation, a } = pair();
    simulation.act(a, (_state, context) => {
      context.exit();
    });
    expect(a.status).toBe('running');
    simulation.runUntil(1);
    expect(a.status).toBe('down');
  });
});

describe('disks', () => {
  const entry = (sizeBytes: number): DiskEntry => ({ sizeBytes });

  it('a crash keeps what was written, a loss of power what was flushed and a prefix of the rest', () => {
    const kept = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const { simulation, a } = pair({ seed: String(seed) });
      const file = a.disk.file('log');
      for (let n = 0; n < 4; n++) a.disk.append(file, entry(100));
      simulation.act(a, (_state, context) => {
        context.flush(file, 30);
      });
      simulation.runUntil(SECOND);
      for (let n = 0; n < 4; n++) a.disk.append(file, entry(100));
      simulation.crash(a);
      expect(file.entries.length).toBe(8);
      simulation.losePower(a);
      const whole = file.tornAt < 0 ? file.entries.length : file.tornAt;
      expect(whole).toBeGreaterThanOrEqual(4);
      kept.add(whole);
    }
    expect([...kept].sort((a, b) => a - b)).toEqual([4, 5, 6, 7]);
  });

  it('a flush under way during a truncation says nothing about what is written later', () => {
    const { simulation, a } = pair();
    const file = a.disk.file('log');
    for (let n = 0; n < 4; n++) a.disk.append(file, entry(100));
    simulation.act(a, (_state, context) => {
      context.flush(file, 30);
    });
    file.truncate(1);
    for (let n = 0; n < 2; n++) a.disk.append(file, entry(50));
    simulation.runUntil(SECOND);
    expect(file.flushedCount).toBe(0);
    expect(file.sizeBytes).toBe(200);
  });

  it('a full disk takes nothing', () => {
    const { a } = pair();
    const file = a.disk.file('log');
    a.disk.status = 'full';
    expect(a.disk.append(file, entry(1))).toBe('full');
    expect(file.entries.length).toBe(0);
  });
});

describe('runs', () => {
  const play = (simulation: Simulation, a: Host, b: Host): string => {
    connect(simulation, a, b);
    for (let n = 0; n < 20; n++)
      simulation.act(a, (_state, context) => context.setTimer(n * 1000, 20, n));
    simulation.runUntil(20 * SECOND);
    return simulation.hash.digest();
  };

  it('have the same hash twice, on the wheel and on the heap, and another for another seed', () => {
    const runs = [pair(), pair(), pair({ queue: createHeapQueue() }), pair({ seed: '43' })];
    const hashes = runs.map(({ simulation, a, b }) => play(simulation, a, b));
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).toBe(hashes[0]);
    expect(hashes[3]).not.toBe(hashes[0]);
  });

  it('fork at any moment; both copies go on to the same hash and do not disturb one another', () => {
    const { simulation, a, b } = pair({ loss: 0.1 });
    connect(simulation, a, b);
    for (let n = 0; n < 50; n++)
      simulation.act(a, (_state, context) => context.setTimer(n * 700, 20, n));
    const forks: Simulation[] = [];
    for (let step = 0; step < 40 && simulation.step(SECOND); step++) forks.push(simulation.fork());
    simulation.runUntil(20 * SECOND);
    for (const fork of forks) {
      fork.runUntil(20 * SECOND);
      expect(fork.hash.digest()).toBe(simulation.hash.digest());
    }
  });

  it('fork with what is installed on their hosts', () => {
    const { simulation, a, b } = pair();
    simulation.crash(b);
    const before = simulation.fork();
    simulation.install(b, simulation.addProgram(new Deaf()));
    const after = simulation.fork();
    for (const run of [simulation, before, after]) {
      run.start(run.hosts[1]!);
      connect(run, run.hosts[0]!, run.hosts[1]!);
      say(run, run.hosts[0]!, 'hello');
      run.runUntil(SECOND);
    }
    expect([simulation, before, after].map(({ hosts }) => heard(hosts[1]!))).toEqual([
      [],
      ['hello'],
      [],
    ]);
    expect(after.hash.digest()).toBe(simulation.hash.digest());
    expect(a.programIndex).not.toBe(b.programIndex);
  });

  it('explore other orders of one instant when ties are shuffled', () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const { simulation, a } = pair({ seed: String(seed), shuffleTies: true });
      for (let n = 0; n < 4; n++)
        simulation.act(a, (_state, context) => context.setTimer(SECOND, 30, n));
      simulation.runUntil(SECOND);
      orders.add((a.state as PeerState).timers.join());
    }
    expect(orders.size).toBeGreaterThan(5);
  });
});
