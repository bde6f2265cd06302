import { describe, expect, it } from 'vitest';
import { Ensemble, ops, type EnsembleOptions } from './ensemble-testbed.js';
import type { ZkClientEvent } from './client.js';

const SECOND_US = 1_000_000;

function started(options: Partial<EnsembleOptions> = {}): Ensemble {
  const ensemble = new Ensemble({ servers: 3, clients: 2, ...options });
  ensemble.run(5);
  ensemble.drain(0);
  ensemble.drain(1);
  return ensemble;
}

/** States that a client was told, in order. */
function states(events: readonly ZkClientEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'state' ? [event.state] : []));
}

describe('a session', () => {
  it('is negotiated between 2 and 20 ticks', () => {
    for (const [wishedUs, timeoutUs] of [
      [1 * SECOND_US, 4 * SECOND_US],
      [18 * SECOND_US, 18 * SECOND_US],
      [100 * SECOND_US, 40 * SECOND_US],
    ] as const) {
      const ensemble = started({ sessionTimeoutUs: wishedUs });
      expect(ensemble.server(0)!.tree.sessions.get(ensemble.client().sessionId)).toBe(timeoutUs);
    }
  });

  it('lives as long as its client, however little that has to say', () => {
    const ensemble = started({ sessionTimeoutUs: 6 * SECOND_US });
    ensemble.call(ops.ephemeral('/e'));
    const { sessionId } = ensemble.client();

    ensemble.run(300);

    expect(ensemble.client()).toMatchObject({ sessionId, isConnected: true });
    expect(states(ensemble.drain())).toEqual([]);
    expect(ensemble.call(ops.exists('/e')).stat).toMatchObject({ ephemeralOwner: sessionId });
  });

  it('pings at a third of its timeout, less a second', () => {
    const ensemble = started();
    const pings: number[] = [];
    ensemble.simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (from, _to, message) => {
        if (message.describe() === 'ClientPing' && from === ensemble.clients[0])
          pings.push(ensemble.simulation.nowUs);
      },
    };

    ensemble.run(60);

    expect(pings.length).toBe(12);
    for (let index = 1; index < pings.length; index++) {
      expect(Math.round((pings[index]! - pings[index - 1]!) / SECOND_US)).toBe(5);
    }
  });

  it('of a client that died ends in a tick or two after its timeout, with its ephemerals, in one transaction', () => {
    const ensemble = started();
    ensemble.call(ops.create('/dir'));
    ensemble.call(ops.ephemeral('/dir/a'));
    ensemble.call(ops.ephemeral('/b'));
    const { sessionId } = ensemble.client();
    const diedAtUs = ensemble.simulation.nowUs;
    ensemble.simulation.crash(ensemble.clients[0]!);

    ensemble.run(17.5);
    expect(ensemble.call(ops.exists('/b'), 1).code).toBe('OK');
    ensemble.run(10);

    const end = ensemble.watcher.history.at(-1)!;
    expect(end.session).toBe(sessionId);
    expect(end.changes).toEqual([
      { type: 'delete', path: '/b', wasEphemeral: true },
      { type: 'delete', path: '/dir/a', wasEphemeral: true },
      { type: 'closeSession', session: sessionId },
    ]);
    const lastedUs = ensemble.watcher.appliedAtUs.at(-1)! - diedAtUs;
    expect(lastedUs).toBeGreaterThan(18 * SECOND_US);
    expect(lastedUs).toBeLessThan(21.1 * SECOND_US);
    expect(ensemble.call(ops.exists('/dir/a'), 1).code).toBe('NONODE');
  });

  it('that is closed ends at once', () => {
    const ensemble = started();
    ensemble.call(ops.ephemeral('/e'));

    ensemble.closeSession();
    ensemble.run(0.1);

    expect(ensemble.call(ops.exists('/e'), 1).code).toBe('NONODE');
    const tag = ensemble.submit(ops.exists('/e'));
    expect(ensemble.drain()).toContainEqual(
      expect.objectContaining({
        type: 'response',
        tag,
        result: expect.objectContaining({ code: 'SESSIONEXPIRED' }) as unknown,
      }),
    );
  });

  it('goes on at another server when its own crashes; requests in flight end with CONNECTIONLOSS, in order', () => {
    const ensemble = started();
    ensemble.call(ops.ephemeral('/e'));
    const { sessionId } = ensemble.client();
    const former = ensemble.serverOf();
    ensemble.drain();

    const first = ensemble.submit(ops.create('/x'));
    const second = ensemble.submit(ops.get('/e'));
    ensemble.simulation.crash(ensemble.servers[former]!);
    ensemble.run(10);

    const events = ensemble.drain();
    expect(events.slice(0, 3)).toMatchObject([
      { type: 'response', tag: first, result: { code: 'CONNECTIONLOSS' } },
      { type: 'response', tag: second, result: { code: 'CONNECTIONLOSS' } },
      { type: 'state', state: 'disconnected' },
    ]);
    expect(states(events)).toEqual(['disconnected', 'connected']);
    expect(ensemble.client().sessionId).toBe(sessionId);
    expect(ensemble.serverOf()).not.toBe(former);
    expect(ensemble.call(ops.exists('/e')).code).toBe('OK');
  });

  it('survives a change of leader: the new one starts its clock afresh', () => {
    const ensemble = started({ sessionTimeoutUs: 6 * SECOND_US });
    ensemble.call(ops.ephemeral('/e'));
    const { sessionId } = ensemble.client();

    ensemble.simulation.crash(ensemble.servers[ensemble.leader()]!);
    ensemble.run(20);

    expect(ensemble.leaders()).toHaveLength(1);
    expect(ensemble.client()).toMatchObject({ sessionId, isConnected: true });
    expect(ensemble.call(ops.exists('/e')).code).toBe('OK');
  });

  it('that is over: the client is told when it reaches a server, and begins another', () => {
    const ensemble = started();
    ensemble.call(ops.ephemeral('/e'));
    const { sessionId } = ensemble.client();
    ensemble.isolate(ensemble.clients[0]!);
    const tag = ensemble.submit(ops.get('/e'));

    ensemble.run(40);
    expect(states(ensemble.client().events)).toEqual(['disconnected']);
    expect(ensemble.client().isExpired).toBe(false);
    expect(ensemble.call(ops.exists('/e'), 1).code).toBe('NONODE');
    ensemble.rejoin(ensemble.clients[0]!);
    ensemble.run(20);

    const events = ensemble.drain();
    expect(events).toContainEqual(
      expect.objectContaining({
        tag,
        result: expect.objectContaining({ code: 'CONNECTIONLOSS' }) as unknown,
      }),
    );
    expect(states(events)).toEqual(['disconnected', 'expired']);
    expect(ensemble.client().isExpired).toBe(true);
    ensemble.submit(ops.get('/e'));
    expect(ensemble.drain()).toMatchObject([{ result: { code: 'SESSIONEXPIRED' } }]);

    ensemble.reinitialize();
    ensemble.run(1);

    expect(states(ensemble.drain())).toEqual(['connected']);
    expect(ensemble.client().sessionId).not.toBe(sessionId);
    expect(ensemble.call(ops.ephemeral('/e')).code).toBe('OK');
  });

  it('whose client was paused for too long expires, and its writes do nothing', () => {
    const ensemble = started({ sessionTimeoutUs: 6 * SECOND_US });
    ensemble.call(ops.ephemeral('/e'));
    ensemble.simulation.pause(ensemble.clients[0]!);
    ensemble.run(20);
    expect(ensemble.call(ops.exists('/e'), 1).code).toBe('NONODE');

    const tag = ensemble.submit(ops.create('/late'));
    ensemble.simulation.resume(ensemble.clients[0]!);
    ensemble.run(10);

    const events = ensemble.drain();
    expect(events.find((event) => event.type === 'response' && event.tag === tag)).toBeDefined();
    expect(states(events).at(-1)).toBe('expired');
    expect(ensemble.call(ops.exists('/late'), 1).code).toBe('NONODE');
  });

  it('that has moved: what arrives late over the old connection is not done', () => {
    const ensemble = started({ seed: 'moved' });
    const [client] = ensemble.clients;
    const former = ensemble.servers[ensemble.serverOf()]!;
    ensemble.simulation.transport.block(client!.index, former.index);
    const late = ensemble.submit(ops.create('/late'));
    ensemble.run(15);
    const events = ensemble.drain();
    expect(events).toMatchObject([
      { tag: late, result: { code: 'CONNECTIONLOSS' } },
      { state: 'disconnected' },
      { state: 'connected' },
    ]);

    ensemble.simulation.transport.unblock(client!.index, former.index);
    ensemble.run(60);

    expect(ensemble.call(ops.exists('/late')).code).toBe('NONODE');
    expect(ensemble.server(former.index)!.clients.size).toBeLessThanOrEqual(1);
    expect(ensemble.client().isConnected).toBe(true);
  });
});

describe('a server without a quorum', () => {
  it('closes its clients, who go on elsewhere', () => {
    const ensemble = started({ clients: 6 });
    const leader = ensemble.leader();
    const follower = (leader + 1) % 3;
    const here = ensemble.clients.findIndex((_, index) => ensemble.serverOf(index) === follower);
    expect(here).toBeGreaterThanOrEqual(0);
    for (const other of ensemble.servers) {
      if (other.index === follower) continue;
      ensemble.simulation.transport.block(other.index, follower);
      ensemble.simulation.transport.block(follower, other.index);
    }

    ensemble.run(30);

    expect(ensemble.views()[follower]).toMatchObject({ role: 'LOOKING', isServing: false });
    expect(ensemble.server(follower)!.clients.size).toBe(0);
    expect(ensemble.client(here).isConnected).toBe(true);
    expect(ensemble.serverOf(here)).not.toBe(follower);
    expect(ensemble.client(here).isExpired).toBe(false);
    expect(ensemble.leader()).toBe(leader);
  });

  it('if it led it steps down within syncLimit, and the others elect another', () => {
    const ensemble = started();
    const former = ensemble.leader();
    for (const other of ensemble.servers) {
      if (other.index === former) continue;
      ensemble.simulation.transport.block(other.index, former);
      ensemble.simulation.transport.block(former, other.index);
    }

    ensemble.run(14);

    expect(ensemble.views()[former]).toMatchObject({ role: 'LOOKING', isServing: false });
    const leader = ensemble.leader();
    expect(leader).not.toBe(former);
    expect(ensemble.views()[leader]).toMatchObject({ role: 'LEADING', epoch: 2 });
    expect(ensemble.watcher.marks).toEqual([
      `zookeeper-leader-elected ${former + 1}`,
      `zookeeper-leader-elected ${leader + 1}`,
    ]);
  });

  it('serves nobody while two of three are down', () => {
    const ensemble = started();
    for (const [index, server] of ensemble.servers.entries()) {
      if (index !== 0) ensemble.simulation.crash(server);
    }
    ensemble.run(30);
    expect(ensemble.leaders()).toEqual([]);
    expect(ensemble.server(0)).toMatchObject({ role: 'LOOKING', isServing: false });
    expect(ensemble.client().isConnected).toBe(false);

    ensemble.simulation.start(ensemble.servers[1]!);
    ensemble.run(10);

    expect(ensemble.leaders()).toHaveLength(1);
    // Nobody could tell the client that its session is over: it is not, since the new leader began to count afresh.
    expect(ensemble.client().isConnected).toBe(true);
    expect(ensemble.client().isExpired).toBe(false);
  });

  it('tells its vote to a server that comes up, however long it has asked in vain', () => {
    const ensemble = started();
    for (const server of ensemble.servers) ensemble.simulation.crash(server);
    ensemble.simulation.start(ensemble.servers[2]!);
    ensemble.run(100);
    expect(ensemble.leaders()).toEqual([]);
    expect(ensemble.server(2)!.election.notificationIntervalUs).toBeGreaterThan(30_000_000);

    // Both are in their first election: the one that waits has no reason to answer a vote for a lower id.
    ensemble.simulation.start(ensemble.servers[0]!);
    ensemble.run(1);

    expect(ensemble.leaders()).toEqual([2]);
  });
});
