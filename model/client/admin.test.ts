/** The operator against scripted brokers, which are voters as well. */
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../sim/kernel.js';
import { CreateTopicsRequest, ElectLeadersRequest, MetadataRequest } from '../rpc/index.js';
import { adminIsDone, ElectLeadersCommand, type AdminState } from './admin-state.js';
import { ClientOpcode } from './opcodes.js';
import { ClientLab } from './testdata/client-lab.js';

function fresh(): ClientLab {
  const lab = new ClientLab({ withAdmin: true });
  lab.world.topicsExist = false;
  return lab;
}

function isDone(lab: ClientLab): boolean {
  return adminIsDone(lab.admin!.state as AdminState);
}

describe('creating topics after power-on', () => {
  it('finds the active controller among the voters, confirms, and falls silent', () => {
    const lab = fresh();
    lab.world.controller = 3;
    lab.start().runMs(2000);

    expect(lab.world.requests(CreateTopicsRequest).map(({ broker }) => broker)).toEqual([1, 2, 3]);
    expect(lab.world.topicsExist).toBe(true);
    expect(isDone(lab)).toBe(true);
    const { eventCount } = lab.simulation;
    lab.runMs(3_600_000);
    expect(lab.simulation.eventCount).toBe(eventCount);
  });

  it('waits until all brokers are unfenced, asking every 100 ms', () => {
    const lab = fresh();
    lab.world.unfenced = [1, 2];
    lab.start().runMs(5000);
    const asked = lab.world.requests(MetadataRequest).length;
    const created = lab.world.requests(CreateTopicsRequest).length;
    lab.world.unfenced = [1, 2, 3];
    lab.runMs(6000);

    expect(asked).toBeGreaterThan(45);
    expect(asked).toBeLessThan(51);
    expect(created).toBe(0);
    expect(isDone(lab)).toBe(true);
  });

  it('after 30 s creates them with the brokers that are there', () => {
    const lab = fresh();
    lab.world.unfenced = [1, 3];
    lab.world.controller = 3;
    lab.start([2]).runMs(60_000);

    const [first] = lab.world.requests(CreateTopicsRequest);
    expect(first!.atUs).toBeGreaterThan(30_000_000);
    expect(first!.atUs).toBeLessThan(33_000_000);
    expect(isDone(lab)).toBe(true);
  });

  it('confirms only when all partitions have a leader', () => {
    const lab = fresh();
    lab.world.partitions[1]!.leader = -1;
    lab.start().runMs(5000);
    const early = isDone(lab);
    lab.world.partitions[1]!.leader = 2;
    lab.runMs(6000);

    expect(early).toBe(false);
    expect(isDone(lab)).toBe(true);
  });

  it('goes on where a node does not answer', () => {
    const lab = fresh();
    lab.world.controller = 2;
    lab.simulation.start(lab.brokers[0]!);
    lab.simulation.pause(lab.brokers[0]!);
    for (const host of [lab.brokers[1]!, lab.brokers[2]!, lab.admin!]) lab.simulation.start(host);
    lab.runMs(10_000);

    expect(isDone(lab)).toBe(true);
  });
});

describe('elect-leaders', () => {
  it('asks the active controller, when told by a timer from outside', () => {
    const lab = fresh().start().runMs(2000);
    lab.world.controller = 2;
    const command = new ElectLeadersCommand([0, 2]);
    const { kernel } = lab.simulation;
    kernel.push(3_000_000, addressOf(lab.admin!), ClientOpcode.electLeaders, 0, command);
    lab.runMs(10_000);

    expect(lab.world.requests(ElectLeadersRequest).map(({ broker }) => broker)).toEqual([1, 2]);
    expect(lab.world.elections).toEqual([[0, 2]]);
    expect(isDone(lab)).toBe(true);
  });
});
