import { describe, expect, it } from 'vitest';
import { Ensemble, ops } from './ensemble-testbed.js';

/** Client 0 watches, client 1 writes; both at servers of their own where they can be. */
function started(seed = 'watches'): Ensemble {
  const ensemble = new Ensemble({ servers: 3, clients: 2, seed });
  ensemble.run(5);
  return ensemble;
}

/** Watches that client 0 has heard of since the last time. */
function fired(ensemble: Ensemble): string[] {
  ensemble.run(1);
  return ensemble
    .drain()
    .flatMap((event) => (event.type === 'watch' ? [`${event.event} ${event.path}`] : []));
}

describe('a watch', () => {
  it('of data fires once, for a change or the end of the znode', () => {
    const ensemble = started();
    ensemble.call(ops.create('/a', 0), 1);
    ensemble.run(0.1);

    ensemble.call(ops.get('/a', true));
    ensemble.call(ops.set('/a', 1), 1);
    ensemble.call(ops.set('/a', 2), 1);
    expect(fired(ensemble)).toEqual(['NodeDataChanged /a']);

    ensemble.call(ops.get('/a', true));
    ensemble.call(ops.delete('/a'), 1);
    expect(fired(ensemble)).toEqual(['NodeDeleted /a']);
  });

  it('by exists fires when the znode comes into being', () => {
    const ensemble = started();

    expect(ensemble.call(ops.exists('/a', true)).code).toBe('NONODE');
    ensemble.call(ops.create('/a', 0), 1);
    ensemble.call(ops.set('/a', 1), 1);

    expect(fired(ensemble)).toEqual(['NodeCreated /a']);
  });

  it('of children fires for a child that comes or goes, not for its data', () => {
    const ensemble = started();
    ensemble.call(ops.create('/a'), 1);
    ensemble.run(0.1);

    ensemble.call(ops.children('/a', true));
    ensemble.call(ops.set('/a', 1), 1);
    expect(fired(ensemble)).toEqual([]);
    ensemble.call(ops.create('/a/b'), 1);
    ensemble.call(ops.create('/a/c'), 1);
    expect(fired(ensemble)).toEqual(['NodeChildrenChanged /a']);

    expect(ensemble.call(ops.children('/a', true)).children).toEqual(['b', 'c']);
    ensemble.call(ops.set('/a/b', 1), 1);
    expect(fired(ensemble)).toEqual([]);
    ensemble.call(ops.delete('/a/b'), 1);
    expect(fired(ensemble)).toEqual(['NodeChildrenChanged /a']);
  });

  it('is not set by a read that finds nothing', () => {
    const ensemble = started();

    ensemble.call(ops.get('/a', true));
    ensemble.call(ops.children('/a', true));
    ensemble.call(ops.create('/a'), 1);
    ensemble.call(ops.create('/a/b'), 1);

    expect(fired(ensemble)).toEqual([]);
  });

  it('of data and children of one znode tells its end once', () => {
    const ensemble = started();
    ensemble.call(ops.create('/a'), 1);
    ensemble.run(0.1);

    ensemble.call(ops.get('/a', true));
    ensemble.call(ops.children('/a', true));
    ensemble.call(ops.delete('/a'), 1);

    expect(fired(ensemble)).toEqual(['NodeDeleted /a']);
  });

  it('fires when a session ends and takes its ephemerals along', () => {
    const ensemble = started();
    ensemble.call(ops.ephemeral('/e'), 1);
    ensemble.run(0.1);
    ensemble.call(ops.exists('/e', true));

    ensemble.closeSession(1);

    expect(fired(ensemble)).toEqual(['NodeDeleted /e']);
  });

  it('comes before the answer that shows the change', () => {
    const ensemble = started();
    ensemble.call(ops.create('/a', 0));
    ensemble.submit(ops.get('/a', true));
    ensemble.submit(ops.set('/a', 1));
    ensemble.submit(ops.get('/a'));
    ensemble.run(1);

    const events = ensemble.drain();
    expect(
      events.map((event) => (event.type === 'response' ? event.operation.type : event.type)),
    ).toEqual(['getData', 'watch', 'setData', 'getData']);
  });
});

describe('watches of a client that moves to another server', () => {
  /** Sets watches, cuts the client off from its server, lets the other client act, and lets it go on. */
  function acrossABreak(act: (ensemble: Ensemble) => void): string[] {
    const ensemble = started('moves');
    for (const path of ['/data', '/gone', '/parent']) ensemble.call(ops.create(path, 0), 1);
    ensemble.run(0.1);
    ensemble.call(ops.get('/data', true));
    ensemble.call(ops.get('/gone', true));
    ensemble.call(ops.exists('/new', true));
    ensemble.call(ops.children('/parent', true));
    const former = ensemble.serverOf();
    const { sessionId } = ensemble.client();

    ensemble.isolate(ensemble.clients[0]!);
    act(ensemble);
    ensemble.run(13);
    ensemble.rejoin(ensemble.clients[0]!);
    const missed = fired(ensemble);
    for (let second = 0; second < 10 && !ensemble.client().isConnected; second++) {
      missed.push(...fired(ensemble));
    }
    missed.push(...fired(ensemble));

    expect(ensemble.client()).toMatchObject({ sessionId, isConnected: true });
    expect(ensemble.serverOf()).not.toBe(former);
    if (missed.length > 0) return missed;
    // What was not missed is watched still.
    ensemble.call(ops.set('/data', 9), 1);
    ensemble.call(ops.delete('/gone'), 1);
    ensemble.call(ops.create('/new'), 1);
    ensemble.call(ops.create('/parent/child'), 1);
    return ['later:', ...fired(ensemble)];
  }

  it('fire for what was missed', () => {
    const missed = acrossABreak((ensemble) => {
      ensemble.call(ops.set('/data', 1), 1);
      ensemble.call(ops.delete('/gone'), 1);
      ensemble.call(ops.create('/new'), 1);
      ensemble.call(ops.create('/parent/child'), 1);
    });

    expect(missed.sort()).toEqual([
      'NodeChildrenChanged /parent',
      'NodeCreated /new',
      'NodeDataChanged /data',
      'NodeDeleted /gone',
    ]);
  });

  it('are set again where nothing was missed', () => {
    expect(acrossABreak(() => undefined)).toEqual([
      'later:',
      'NodeDataChanged /data',
      'NodeDeleted /gone',
      'NodeCreated /new',
      'NodeChildrenChanged /parent',
    ]);
  });
});
