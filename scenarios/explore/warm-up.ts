/**
 * Plays the cluster from power-on until it is at rest, with time and constant latencies: the brokers are registered and
 * unfenced, the topic exists with a full ISR, and the producer has its id and its metadata and waits for its first record.
 */
import { NO_OBSERVER } from '../../model/index.js';
import type { Message, Program } from '../../sim/index.js';
import { START_US } from './abstract-clock.js';
import { deliver, die, serveTimer, takeTimer } from './host-steps.js';
import { LocalContext } from './local-context.js';
import { hostAt, type LocalHost } from './local-host.js';

const LATENCY_US = 1000;

interface Delivery {
  readonly atUs: number;
  readonly handle: number;
  readonly message: Message | null;
}

/** The warm-up lasts so long; the producer's first record comes later. */
export const WARM_UP_US = 90_000_000;

/**
 * Starts all hosts and plays; returns the numbers of the connections that are open at the end.
 *
 * @param away a host that is down for a while before the clients start, long enough for others to lead; -1: none.
 */
export function warmUp(
  hosts: readonly LocalHost[],
  programs: readonly Program[],
  isClient: (host: number) => boolean,
  away = -1,
): number[] {
  const play = new WarmUp(hosts, programs);
  for (const { host } of hosts) if (!isClient(host.index)) play.start(host.index);
  if (away >= 0) {
    play.runUntil(START_US + WARM_UP_US / 6);
    play.crash(away);
    play.runUntil(START_US + WARM_UP_US / 3);
    play.start(away);
  }
  play.runUntil(START_US + WARM_UP_US / 2);
  for (const { host } of hosts) if (isClient(host.index)) play.start(host.index);
  play.runUntil(START_US + WARM_UP_US);
  play.drain();
  return play.openWires();
}

class WarmUp {
  private nowUs = START_US;
  private deliveries: Delivery[] = [];

  constructor(
    private readonly hosts: readonly LocalHost[],
    private readonly programs: readonly Program[],
  ) {}

  start(index: number): void {
    const { host } = this.hosts[index]!;
    host.incarnation++;
    host.status = 'running';
    this.serve(index, (program, context) => {
      host.state = program.start(context);
    });
  }

  crash(index: number): void {
    this.serve(index, (_program, context) => {
      die(this.hosts[index]!, false, context);
    });
  }

  runUntil(limitUs: number): void {
    while (this.step(limitUs));
    this.nowUs = limitUs;
  }

  /** Delivers what is under way, and what that causes, without any timer. */
  drain(): void {
    for (let next = this.deliveries.shift(); next !== undefined; next = this.deliveries.shift()) {
      this.deliverNext(next);
    }
  }

  openWires(): number[] {
    const numbers = new Set<number>();
    for (const { host } of this.hosts) {
      for (const handle of host.connections) numbers.add(handle >> 1);
    }
    return [...numbers].sort((a, b) => a - b);
  }

  private step(limitUs: number): boolean {
    const next = this.deliveries[0];
    let dueUs = next?.atUs ?? Infinity;
    let timerOf = -1;
    let handle = -1;
    for (const { host, timers } of this.hosts) {
      for (const timer of timers) {
        if (timer.dueUs >= dueUs) continue;
        dueUs = timer.dueUs;
        timerOf = host.index;
        handle = timer.handle;
      }
    }
    if (dueUs > limitUs) return false;
    this.nowUs = Math.max(this.nowUs, dueUs);
    if (timerOf < 0) this.deliverNext(this.deliveries.shift()!);
    else this.fire(timerOf, handle);
    return true;
  }

  private fire(index: number, handle: number): void {
    const local = this.hosts[index]!;
    const timer = takeTimer(local, handle);
    this.serve(index, (program, context) => {
      serveTimer(program, local, timer, context);
    });
  }

  private deliverNext({ handle, message }: Delivery): void {
    const index = hostAt(handle);
    const local = this.hosts[index]!;
    if (local.host.status !== 'running') return;
    if (message === null && !local.host.connections.includes(handle)) return;
    this.serve(index, (program, context) => {
      deliver(program, local, handle, message, context);
    });
  }

  private serve(index: number, act: (program: Program, context: LocalContext) => void): void {
    const context = new LocalContext(this.hosts[index]!, NO_OBSERVER, this.nowUs, true, []);
    act(this.programs[index]!, context);
    for (const effect of context.effects) {
      if (effect.kind === 'open') this.accept(effect.handle);
      else this.send(effect.handle, effect.kind === 'send' ? effect.message : null);
    }
  }

  private accept(handle: number): void {
    const server = this.hosts[hostAt(handle ^ 1)]!.host;
    if (server.status !== 'running') this.send(handle ^ 1, null);
  }

  private send(handle: number, message: Message | null): void {
    this.deliveries.push({ atUs: this.nowUs + LATENCY_US, handle: handle ^ 1, message });
  }
}
