import { describe, expect, it } from 'vitest';
import { DiskFile } from '../../sim/index.js';
import { Ensemble, ops } from './ensemble-testbed.js';
import { countToKeep, entriesToAppend, syncFor } from './leader-sync.js';
import { ZkTransaction } from './operations.js';
import { ZkLogEntry } from './transaction-log.js';
import { zkTree } from './views.js';
import { makeZxid } from './zxid.js';

type Zxid = readonly [epoch: number, counter: number];

function logOf(zxids: readonly Zxid[]): DiskFile<ZkLogEntry> {
  const log = new DiskFile<ZkLogEntry>('log');
  for (const [epoch, counter] of zxids) {
    const transaction = new ZkTransaction(makeZxid(epoch, counter), 1, []);
    log.entries.push(new ZkLogEntry(transaction, 0, 'OK', []));
  }
  return log;
}

describe('the sync of a follower', () => {
  const leader: Zxid[] = [
    [1, 1],
    [1, 2],
    [2, 1],
    [4, 1],
  ];

  it.each<[string, string, Zxid[], number]>([
    ['of the same log', 'DIFF', leader, 4],
    ['that is behind', 'DIFF', leader.slice(0, 2), 2],
    ['that is empty', 'DIFF', [], 0],
    ['with more of an epoch than the leader', 'TRUNC', [...leader.slice(0, 3), [2, 2], [2, 3]], 3],
    ['with an epoch that the leader does not have', 'SNAP', [...leader.slice(0, 2), [3, 1]], 2],
  ])('%s: %s', (_title, mode, zxids, kept) => {
    const from = logOf(leader);
    const log = logOf(zxids);

    const sync = syncFor(from, log.entries.last()?.zxid ?? 0, 5);

    expect(sync.mode).toBe(mode);
    expect(countToKeep(log, sync)).toBe(kept);
    log.truncate(kept);
    for (const entry of entriesToAppend(sync, kept)) log.entries.push(entry);
    expect([...log.entries].map(({ zxid }) => zxid)).toEqual(
      leader.map(([epoch, counter]) => makeZxid(epoch, counter)),
    );
  });

  it('takes away what a deposed leader had proposed and nobody acknowledged', () => {
    const ensemble = new Ensemble({ servers: 3, clients: 9 });
    ensemble.run(5);
    const former = ensemble.leader();
    const client = ensemble.clients.findIndex((_, index) => ensemble.serverOf(index) === former);
    const other = ensemble.clients.findIndex((_, index) => ensemble.serverOf(index) !== former);
    expect(client).toBeGreaterThanOrEqual(0);
    const { transport } = ensemble.simulation;
    const followers = ensemble.servers.filter(({ index }) => index !== former);
    for (const { index } of followers) transport.block(former, index);
    const syncs: string[] = [];
    ensemble.simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (_from, to, message) => {
        if (to.index === former && message.describe().startsWith('TRUNC')) syncs.push('TRUNC');
      },
    };

    const tag = ensemble.submit(ops.create('/lost'), client);
    ensemble.run(30);
    expect(ensemble.call(ops.create('/kept'), other).code).toBe('OK');
    for (const { index } of followers) transport.unblock(former, index);
    ensemble.run(150);

    const answer = ensemble
      .drain(client)
      .find((event) => event.type === 'response' && event.tag === tag);
    expect(answer).toMatchObject({ result: { code: 'CONNECTIONLOSS' } });
    expect(syncs).toEqual(['TRUNC']);
    for (const [index] of ensemble.servers.entries()) {
      expect(zkTree(ensemble.server(index)!).map(({ path }) => path)).toEqual(['/', '/kept']);
    }
    expect(ensemble.watcher.problems).toEqual([]);
  });
});
