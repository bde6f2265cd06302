import { describe, expect, it } from 'vitest';
import { RandomStream, type Host } from '../../sim/index.js';
import type { ZkClientEvent } from './client.js';
import { Ensemble, ops } from './ensemble-testbed.js';
import type { ZkOperation } from './operations.js';
import { ZkKind, type LearnerPing } from './messages.js';
import { isZooKeeperState } from './views.js';
import { epochOfZxid } from './zxid.js';

const TIMEOUT_US = 6_000_000;
/** Histories for each size of the ensemble. */
const SEEDS = 30;

/** What a client does without end: counts up by compare-and-set, and keeps an ephemeral znode for its session. */
class Counter {
  acked = 0;
  unknown = 0;
  /** Zxids of writes that were acknowledged. */
  readonly ackedZxids: number[] = [];
  readonly problems: string[] = [];
  readonly expiredSessions: number[] = [];
  /** Asks for nothing more once it is. */
  isDone = false;
  private lastVersion = -1;

  constructor(
    private readonly ensemble: Ensemble,
    private readonly index: number,
  ) {}

  /** What happened before does not count. */
  begin(): void {
    this.ensemble.drain(this.index);
    this.onConnected();
  }

  /** Reacts to all that the client was told. */
  serve(): void {
    if (this.ensemble.clients[this.index]!.status !== 'running') return;
    for (const event of this.ensemble.drain(this.index)) this.onEvent(event);
  }

  private onEvent(event: ZkClientEvent): void {
    const { ensemble, index } = this;
    if (event.type === 'state') {
      const { sessionId } = ensemble.client(index);
      if (event.state === 'connected') this.onConnected();
      else if (event.state === 'expired') {
        this.expiredSessions.push(sessionId);
        this.lastVersion = -1;
        ensemble.reinitialize(index);
      }
      return;
    }
    if (event.type !== 'response') return;
    const { operation, result } = event;
    if (operation.type === 'create') {
      if (result.code === 'OK') this.ackedZxids.push(result.stat!.czxid);
    } else if (operation.type === 'getData' && result.code === 'OK') {
      const { version } = result.stat!;
      this.noteVersion(version);
      this.submit(ops.set('/counter', (result.data as number) + 1, version));
    } else if (operation.type === 'setData') {
      if (result.code === 'OK') {
        this.acked++;
        this.ackedZxids.push(result.stat!.mzxid);
        this.noteVersion(result.stat!.version);
      } else if (result.code === 'CONNECTIONLOSS') this.unknown++;
      if (result.code === 'OK' || result.code === 'BADVERSION') {
        this.submit(ops.get('/counter'));
      }
    }
  }

  private onConnected(): void {
    this.submit(ops.ephemeral(`/session-${this.ensemble.client(this.index).sessionId}`));
    this.submit(ops.get('/counter'));
  }

  private submit(operation: ZkOperation): void {
    if (!this.isDone) this.ensemble.submit(operation, this.index);
  }

  /** Within a session nobody sees time go backwards. */
  private noteVersion(version: number): void {
    if (version < this.lastVersion) this.problems.push(`${version} after ${this.lastVersion}`);
    this.lastVersion = version;
  }
}

/** When the leader of an epoch last heard of a session whose end it had not proposed. */
class Hearing {
  readonly heardAtUs = new Map<string, number>();

  constructor(ensemble: Ensemble) {
    ensemble.simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (from, to, message) => {
        const nowUs = ensemble.simulation.nowUs;
        if (message.kind === ZkKind.LearnerPing) {
          for (const session of (message as LearnerPing).sessions) this.note(to, session, nowUs);
        } else if (message.kind === ZkKind.ClientPing || message.kind === ZkKind.ClientRequest) {
          this.note(to, ensemble.client(from.index - ensemble.servers.length).sessionId, nowUs);
        }
      },
    };
  }

  private note(server: Host, session: number, nowUs: number): void {
    const leading = isZooKeeperState(server.state) ? server.state.leading : null;
    if (leading?.phase !== 'broadcast') return;
    const tracked = leading.sessions.get(session);
    if (tracked?.isClosing === false) this.heardAtUs.set(`${leading.epoch} ${session}`, nowUs);
  }
}

/** The faults that are on. */
class Breaker {
  private readonly isolated = new Set<number>();
  private readonly cuts: [from: number, to: number][] = [];

  constructor(
    private readonly ensemble: Ensemble,
    private readonly random: RandomStream,
  ) {}

  /** Breaks or mends something. Disks are never lost, so whatever happens nothing committed may be. */
  act(): void {
    const { ensemble, random } = this;
    const { simulation } = ensemble;
    const isClient = random.chance(0.25);
    const host = random.pick(isClient ? ensemble.clients : ensemble.servers);
    const kind = random.below(13);
    if (kind === 12) this.blackOut();
    else if (kind < 5) this.mend(host);
    else if (kind === 5) {
      const to = random.below(simulation.hosts.length);
      if (to === host.index) return;
      simulation.transport.block(host.index, to);
      this.cuts.push([host.index, to]);
    } else if (kind === 6) this.mendCuts();
    else if (kind === 7) this.isolate(host);
    else if (host.status !== 'running') return;
    else if (kind === 8 || isClient) simulation.pause(host);
    else if (kind === 9) simulation.losePower(host);
    else simulation.crash(host);
  }

  mendAll(): void {
    this.mendCuts();
    for (const host of this.ensemble.simulation.hosts) this.mend(host);
  }

  /** All servers lose their power at once, and have it back. */
  private blackOut(): void {
    const { servers, simulation } = this.ensemble;
    const running = servers.filter(({ status }) => status === 'running' || status === 'paused');
    for (const server of running) simulation.losePower(server);
    for (const server of running) simulation.start(server);
  }

  private isolate(host: Host): void {
    if (this.isolated.has(host.index)) return;
    this.isolated.add(host.index);
    this.ensemble.isolate(host);
  }

  private mend(host: Host): void {
    const { simulation } = this.ensemble;
    if (this.isolated.delete(host.index)) this.ensemble.rejoin(host);
    if (host.status === 'paused') simulation.resume(host);
    else if (host.status !== 'running') simulation.start(host);
  }

  private mendCuts(): void {
    for (const [from, to] of this.cuts.splice(0)) {
      this.ensemble.simulation.transport.unblock(from, to);
    }
  }
}

interface Outcome {
  readonly ensemble: Ensemble;
  readonly counters: readonly Counter[];
  readonly hearing: Hearing;
}

function run(servers: number, seed: number): Outcome {
  const name = `safety-${servers}-${seed}`;
  const ensemble = new Ensemble({
    servers,
    clients: 3,
    seed: name,
    sessionTimeoutUs: TIMEOUT_US,
  });
  const random = RandomStream.named(name, 'test');
  const hearing = new Hearing(ensemble);
  ensemble.run(5);
  ensemble.call(ops.create('/counter', 0));
  ensemble.run(1);
  const counters = ensemble.clients.map((_, index) => new Counter(ensemble, index));
  for (const counter of counters) counter.begin();

  const breaker = new Breaker(ensemble, random);
  const steps = 40;
  for (let step = 0; step < steps; step++) {
    breaker.act();
    const endUs =
      ensemble.simulation.nowUs + random.below(random.chance(0.7) ? 500_000 : 15_000_000);
    while (ensemble.simulation.nowUs < endUs) {
      ensemble.run(random.between(2, 300) / 1000);
      for (const counter of counters) counter.serve();
    }
  }
  breaker.mendAll();
  for (let second = 0; second < 300; second++) {
    ensemble.run(0.5);
    for (const counter of counters) counter.serve();
  }
  // What is under way comes to its end.
  for (const counter of counters) counter.isDone = true;
  ensemble.run(2);
  for (const counter of counters) counter.serve();
  return { ensemble, counters, hearing };
}

/** What the history of transactions says against sessions and their ephemerals. */
function sessionProblems({ ensemble, hearing }: Outcome): string[] {
  const problems: string[] = [];
  const { history, appliedAtUs } = ensemble.watcher;
  const owned = new Map<number, Set<string>>();
  for (const [index, { zxid, session, changes }] of history.entries()) {
    for (const change of changes) {
      if (change.type === 'createSession') owned.set(change.session, new Set());
      else if (change.type === 'create' && change.ephemeralOwner !== 0) {
        const paths = owned.get(change.ephemeralOwner);
        if (paths === undefined) problems.push(`${change.path} has no session`);
        paths?.add(change.path);
      } else if (change.type === 'delete') {
        if (owned.get(session)?.delete(change.path) !== true) problems.push(`${change.path} goes`);
      } else if (change.type === 'closeSession') {
        if (owned.get(session)?.size !== 0) problems.push(`session ${session} leaves znodes`);
        owned.delete(session);
        const heardAtUs = hearing.heardAtUs.get(`${epochOfZxid(zxid)} ${session}`) ?? 0;
        const silentUs = appliedAtUs[index]! - heardAtUs;
        if (silentUs < TIMEOUT_US) problems.push(`session ${session} ends after ${silentUs} us`);
      }
    }
  }
  return problems;
}

function check(outcome: Outcome): void {
  const { ensemble, counters } = outcome;
  const { history, problems } = ensemble.watcher;
  expect(problems).toEqual([]);
  expect(sessionProblems(outcome)).toEqual([]);

  // Healed: one leader, whom all follow, and nobody has another history.
  expect(ensemble.leaders()).toHaveLength(1);
  for (const view of ensemble.views()) {
    expect(view).toMatchObject({ isServing: true, lastProcessedZxid: history.at(-1)!.zxid });
  }
  const zxids = new Set(history.map(({ zxid }) => zxid));
  const tree = ensemble.server(0)!.tree;
  let acked = 0;
  let unknown = 0;
  for (const [index, counter] of counters.entries()) {
    expect(counter.problems).toEqual([]);
    for (const zxid of counter.ackedZxids) expect(zxids).toContain(zxid);
    for (const session of counter.expiredSessions) {
      expect(tree.znodes.has(`/session-${session}`)).toBe(false);
    }
    const { isConnected, sessionId } = ensemble.client(index);
    expect(isConnected).toBe(true);
    expect(tree.znodes.has(`/session-${sessionId}`)).toBe(true);
    acked += counter.acked;
    unknown += counter.unknown;
  }
  const { data, stat } = tree.znodes.get('/counter')!;
  expect(data).toBe(stat.version);
  expect(data).toBeGreaterThanOrEqual(acked);
  expect(data).toBeLessThanOrEqual(acked + unknown);
  expect(acked).toBeGreaterThan(20);
}

describe('an ensemble under crashes, losses of power, pauses and partitions', () => {
  for (const servers of [1, 3, 5]) {
    it(`of ${servers}: one history, no acknowledged write lost, compare-and-set, ephemerals live as long as sessions`, () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        try {
          check(run(servers, seed));
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error });
        }
      }
    });
  }

  it.each([1, 3, 5])(
    'of %i: what was just acknowledged outlives a loss of power of all servers',
    (servers) => {
      const ensemble = new Ensemble({ servers, sessionTimeoutUs: 40_000_000 });
      for (let round = 0; round < 20; round++) {
        ensemble.run(20);
        expect(ensemble.client().isConnected).toBe(true);
        // A flush is under way when the write comes: it does not cover that.
        ensemble.submit(ops.create(`/before-${round}`));
        ensemble.run(0.003);
        const { stat } = ensemble.call(ops.create(`/${round}`));
        for (const server of ensemble.servers) ensemble.simulation.losePower(server);
        for (const server of ensemble.servers) ensemble.simulation.start(server);
        ensemble.run(20);
        expect(ensemble.call(ops.exists(`/${round}`)).stat).toEqual(stat);
      }
      expect(ensemble.watcher.problems).toEqual([]);
    },
  );

  it('gives the same history for the same seed, and for a fork', () => {
    const once = run(3, 7).ensemble.simulation;
    const again = run(3, 7).ensemble.simulation;
    expect(again.hash).toEqual(once.hash);

    const fork = again.fork();
    fork.observer = again.observer;
    fork.runUntil(fork.nowUs + 20_000_000);
    once.runUntil(once.nowUs + 20_000_000);
    expect(fork.hash).toEqual(once.hash);
  });
});
