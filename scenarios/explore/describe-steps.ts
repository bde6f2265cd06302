/** Puts a path through an exploration into words: one line for each step. */
import { ClientOpcode } from '../../model/client/opcodes.js';
import { ControllerOpcode } from '../../model/controller/periodic-tasks.js';
import { ReplicaOpcode } from '../../model/replication/replica-opcodes.js';
import { BrokerOpcode } from '../../model/server/broker-opcodes.js';
import { ZkControllerOpcode } from '../../model/zk-controller/opcodes.js';
import { ZkClientOpcode } from '../../model/zookeeper/client-opcodes.js';
import { isEager } from './eager-messages.js';
import type { Happening } from './host-steps.js';
import { hostAt } from './local-host.js';
import type { LocalLook } from './local-view.js';
import type { TinyWorld } from './tiny-world.js';
import type { World } from './world.js';

const TIMERS: ReadonlyMap<number, string> = new Map<number, string>([
  [ZkControllerOpcode.channelRetry, 'tries again to reach a broker'],
  [ZkClientOpcode.connect, 'connects to ZooKeeper again'],
  [BrokerOpcode.isrPropagation, 'tells the controller which ISRs have changed'],
  [ControllerOpcode.fenceStaleBroker, 'looks for sessions that ran out'],
  [BrokerOpcode.communication, 'sends what is due to the controller (registration or heartbeat)'],
  [BrokerOpcode.channelRetry, 'looks again for the controller'],
  [
    ReplicaOpcode.isrExpiration,
    'looks for members of the ISR that lag, and finds those behind late',
  ],
  [ReplicaOpcode.fetcherBackoff, 'fetches again after an error'],
  [ClientOpcode.wake, 'goes on after a backoff'],
]);

/** A path in words. */
export interface Story {
  /** A line for each step: what happened, and what changed. */
  readonly steps: readonly string[];
  /** The same, each step followed by what arrived promptly because of it, indented. */
  readonly story: readonly string[];
}

/** Replays choices from the start. */
export function describeSteps(world: TinyWorld, choices: readonly number[]): Story {
  const steps: string[] = [];
  const story: string[] = [];
  let words = world.start;
  for (const at of choices) {
    const before = world.unpack(words);
    const choice = world.choices(before)[at]!;
    const following: string[] = [];
    world.onFollowing = (host, happening) => {
      if (isWorthTelling(world, happening)) {
        following.push(`   ${describe(world, before, host, happening)}`);
      }
    };
    const next = world.apply(words, choice);
    world.onFollowing = null;
    let line = describe(world, before, choice.host, choice.happening);
    if (next instanceof Int32Array) {
      line += changes(world, before, world.unpack(next));
      words = next;
    }
    steps.push(`${steps.length + 1}. ${line}`);
    story.push(steps.at(-1)!, ...following);
  }
  return { steps, story };
}

/** What always arrives with the step that sent it goes without saying. */
function isWorthTelling(world: TinyWorld, happening: Happening): boolean {
  return happening.kind === 'deliver' && !isEager(world.steps.message(happening.message));
}

function describe(world: TinyWorld, before: World, host: number, happening: Happening): string {
  const name = world.names[host]!;
  switch (happening.kind) {
    case 'deliver': {
      const peer = world.names[hostAt(happening.handle ^ 1)]!;
      const message = world.steps.message(happening.message);
      if (message === null) return `${name} hears that its connection with ${peer} is gone`;
      return `${name} gets from ${peer}: ${message.describe()}`;
    }
    case 'timer': {
      const { timers } = world.steps.local(before.hosts[host]!);
      const opcode = timers.find(({ handle }) => handle === happening.handle)?.opcode ?? -1;
      return `${name} ${TIMERS.get(opcode) ?? `serves its timer ${opcode}`}`;
    }
    case 'expire':
      return `${name}: the session of broker ${happening.broker} runs out`;
    case 'endSession':
      return `${name}: the session of broker ${happening.broker} runs out`;
    case 'hold':
    case 'release': {
      const peer = world.names[hostAt(happening.handle ^ 1)]!;
      if (happening.kind === 'release') return `${name} gets what ${peer} had sent it`;
      const message = world.steps.message(happening.message)?.describe() ?? '';
      return `what ${peer} sends to ${name} is held back, first ${message}`;
    }
    case 'refresh':
      return `${name} asks for metadata again`;
    case 'elect':
      return `${name} asks for the preferred leader`;
    case 'crash':
      return `${name} crashes; what it wrote is kept`;
    case 'losePower':
      return `${name} loses its power, and with it what was not flushed`;
    case 'send':
      return `${name} is given a record to send`;
    case 'start':
      return `${name} starts again`;
  }
}

function changes(world: TinyWorld, before: World, after: World): string {
  const parts: string[] = [];
  for (let host = 0; host < world.names.length; host++) {
    if (before.hosts[host] === after.hosts[host]) continue;
    const was = summary(world.look(before, host));
    const is = summary(world.look(after, host));
    if (was !== is && is !== '') parts.push(is);
  }
  return parts.length === 0 ? '' : ` [${parts.join('; ')}]`;
}

function summary({ replica, controller }: LocalLook): string {
  if (controller !== null) {
    const { isr, elr, leader, leaderEpoch, lives } = controller;
    if (lives === null) return `leader ${leader}, epoch ${leaderEpoch}, ISR {${isr.join(',')}}`;
    return `leader ${leader}, epoch ${leaderEpoch}, ISR {${isr.join(',')}}, ELR {${elr.join(',')}}`;
  }
  if (replica === null) return '';
  const { values, epochs, highWatermark, leaderEpoch } = replica;
  const log = values.map((value, offset) => `${value}@${epochs[offset]!}`).join(' ');
  const leads = leaderEpoch >= 0 ? `leads in epoch ${leaderEpoch}, ` : '';
  return `${leads}log [${log}], high watermark ${highWatermark}`;
}
