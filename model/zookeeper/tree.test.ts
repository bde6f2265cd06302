import { describe, expect, it } from 'vitest';
import { Ensemble, ops } from './ensemble-testbed.js';
import { zkTree } from './views.js';

function started(servers = 3, clients = 1, chroot = ''): Ensemble {
  const ensemble = new Ensemble({ servers, clients, chroot });
  ensemble.run(5);
  return ensemble;
}

describe.each([1, 3, 5])('the tree of an ensemble of %i', (servers) => {
  it('elects one leader with the highest id, and takes the client in', () => {
    const ensemble = started(servers);

    expect(ensemble.leader()).toBe(servers - 1);
    expect(ensemble.client().isConnected).toBe(true);
    for (const view of ensemble.views()) expect(view).toMatchObject({ epoch: 1, isServing: true });
  });

  it('creates, reads, changes and deletes', () => {
    const ensemble = started(servers);

    const created = ensemble.call(ops.create('/a', 'one'));
    expect(created).toMatchObject({ code: 'OK', stat: { version: 0, ephemeralOwner: 0 } });
    expect(ensemble.call(ops.create('/a/b', 'two')).code).toBe('OK');
    const changed = ensemble.call(ops.set('/a', 'three'));
    expect(changed).toMatchObject({ code: 'OK', stat: { version: 1, czxid: created.stat!.czxid } });
    expect(changed.stat!.mzxid).toBeGreaterThan(created.stat!.mzxid);
    expect(ensemble.call(ops.get('/a'))).toMatchObject({
      code: 'OK',
      data: 'three',
      stat: changed.stat,
    });
    expect(ensemble.call(ops.children('/a')).children).toEqual(['b']);
    expect(ensemble.call(ops.delete('/a')).code).toBe('NOTEMPTY');
    expect(ensemble.call(ops.delete('/a/b'))).toMatchObject({ code: 'OK', stat: null });
    expect(ensemble.call(ops.delete('/a')).code).toBe('OK');
    expect(ensemble.call(ops.exists('/a')).code).toBe('NONODE');
    expect(ensemble.call(ops.children('/')).children).toEqual([]);
    expect(ensemble.watcher.problems).toEqual([]);
  });

  it('answers with the codes of ZooKeeper', () => {
    const ensemble = started(servers);
    ensemble.call(ops.create('/a'));

    expect(ensemble.call(ops.create('/a')).code).toBe('NODEEXISTS');
    expect(ensemble.call(ops.create('/b/c')).code).toBe('NONODE');
    expect(ensemble.call(ops.set('/b', 'x')).code).toBe('NONODE');
    expect(ensemble.call(ops.set('/a', 'x', 7)).code).toBe('BADVERSION');
    expect(ensemble.call(ops.delete('/a', 7)).code).toBe('BADVERSION');
    expect(ensemble.call(ops.delete('/b')).code).toBe('NONODE');
    expect(ensemble.call(ops.get('/b')).code).toBe('NONODE');
    expect(ensemble.call(ops.children('/b')).code).toBe('NONODE');
    expect(ensemble.call(ops.set('/a', 'x', 0))).toMatchObject({
      code: 'OK',
      stat: { version: 1 },
    });
  });
});

describe('requests', () => {
  it('pipelined: answered in order, each seeing what came before it', () => {
    const ensemble = started();

    const tags = [
      ensemble.submit(ops.create('/n', 0)),
      ensemble.submit(ops.get('/n')),
      ensemble.submit(ops.set('/n', 1, 0)),
      ensemble.submit(ops.set('/n', 2, 0)),
      ensemble.submit(ops.get('/n')),
      ensemble.submit(ops.delete('/n', 1)),
      ensemble.submit(ops.exists('/n')),
    ];
    ensemble.run(1);

    const answers = ensemble.drain().flatMap((event) => (event.type === 'response' ? [event] : []));
    expect(answers.map(({ tag }) => tag)).toEqual(tags);
    expect(answers.map(({ result }) => result.code)).toEqual([
      'OK',
      'OK',
      'OK',
      'BADVERSION',
      'OK',
      'OK',
      'NONODE',
    ]);
    expect(answers.map(({ result }) => result.data)).toEqual([null, 0, null, null, 1, null, null]);
  });

  it('of all clients make one history, which every server has', () => {
    const ensemble = started(3, 6);
    const servers = new Set(ensemble.clients.map((_, index) => ensemble.serverOf(index)));
    expect(servers.size).toBeGreaterThan(1);

    for (const [index] of ensemble.clients.entries()) {
      for (let round = 0; round < 5; round++)
        ensemble.submit(ops.create(`/${index}-${round}`), index);
    }
    ensemble.run(1);

    const trees = ensemble.servers.map((_, index) => zkTree(ensemble.server(index)!));
    expect(trees[0]!.map(({ path }) => path)).toHaveLength(31);
    expect(trees[1]).toEqual(trees[0]);
    expect(trees[2]).toEqual(trees[0]);
    expect(ensemble.watcher.problems).toEqual([]);
  });

  it('with a chroot: paths are below it, and so are watches', () => {
    const ensemble = new Ensemble({ servers: 1, chroot: '/kafka' });
    ensemble.run(5);

    expect(ensemble.call(ops.create('/a')).code).toBe('NONODE');
    expect(ensemble.call(ops.create('/')).code).toBe('OK');
    expect(ensemble.call(ops.children('/', true)).children).toEqual([]);
    ensemble.submit(ops.create('/a'));
    ensemble.run(1);

    expect(ensemble.drain()).toContainEqual({
      type: 'watch',
      path: '/',
      event: 'NodeChildrenChanged',
    });
    expect(zkTree(ensemble.server(0)!).map(({ path }) => path)).toEqual([
      '/',
      '/kafka',
      '/kafka/a',
    ]);
  });
});

describe('multi', () => {
  it('does all writes in one transaction', () => {
    const ensemble = started();
    ensemble.call(ops.create('/a', 0));

    const result = ensemble.call({
      type: 'multi',
      writes: [
        ops.check('/a', 0),
        ops.create('/a/b', 1),
        ops.set('/a', 2, 0),
        ops.create('/a/b/c'),
      ],
    });

    expect(result.code).toBe('OK');
    expect(result.results.map(({ code }) => code)).toEqual(['OK', 'OK', 'OK', 'OK']);
    expect(result.results[2]!.stat).toMatchObject({ version: 1 });
    expect(result.results[1]!.stat!.czxid).toBe(result.results[2]!.stat!.mzxid);
    expect(ensemble.watcher.history.at(-1)!.changes).toHaveLength(3);
  });

  it('does none where one fails, and says which', () => {
    const ensemble = started();
    ensemble.call(ops.create('/a', 0));

    const result = ensemble.call({
      type: 'multi',
      writes: [ops.create('/a/b'), ops.set('/a', 1), ops.check('/a', 0), ops.create('/c')],
    });

    expect(result.code).toBe('BADVERSION');
    expect(result.results.map(({ code }) => code)).toEqual([
      'OK',
      'OK',
      'BADVERSION',
      'RUNTIMEINCONSISTENCY',
    ]);
    expect(ensemble.call(ops.exists('/a/b')).code).toBe('NONODE');
    expect(ensemble.call(ops.get('/a')).data).toBe(0);
    expect(ensemble.call(ops.set('/a', 1, 0)).code).toBe('OK');
    expect(ensemble.call(ops.delete('/a')).code).toBe('OK');
  });
});
