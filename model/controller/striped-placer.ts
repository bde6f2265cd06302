/**
 * Places the replicas of new partitions (StripedReplicaPlacer): leaders go round the racks, the replicas of a
 * partition to different racks as far as there are racks, unfenced brokers before fenced ones. Where the round begins
 * is drawn; after as many partitions as there are unfenced brokers all lists are shuffled.
 */
import type { RandomStream } from '../../sim/index.js';

export interface UsableBroker {
  readonly id: number;
  readonly rack: string | null;
  readonly fenced: boolean;
}

/** Brokers in a circle that starts one later in each epoch (BrokerList). */
interface BrokerCircle {
  brokers: readonly number[];
  index: number;
  offset: number;
  epoch: number;
}

interface Rack {
  readonly name: string | null;
  readonly fenced: BrokerCircle;
  readonly unfenced: BrokerCircle;
}

interface RackList {
  racks: Rack[];
  readonly totalCount: number;
  readonly unfencedCount: number;
  epoch: number;
  offset: number;
}

/** Broker ids for each partition, the leader first; null where there are too few usable brokers. */
export function placeReplicas(
  brokers: readonly UsableBroker[],
  partitionCount: number,
  replicationFactor: number,
  stream: RandomStream,
): number[][] | null {
  const list = createRackList(brokers, stream);
  if (list.unfencedCount === 0 || replicationFactor > list.totalCount) return null;
  return Array.from({ length: partitionCount }, () => placeOne(list, replicationFactor, stream));
}

function createRackList(brokers: readonly UsableBroker[], stream: RandomStream): RackList {
  const names = [...new Set(brokers.map((broker) => broker.rack))].sort(compareRacks);
  const racks = names.map((name) => {
    const here = brokers.filter((broker) => broker.rack === name);
    return {
      name,
      fenced: createCircle(
        here.filter((broker) => broker.fenced),
        stream,
      ),
      unfenced: createCircle(
        here.filter((broker) => !broker.fenced),
        stream,
      ),
    };
  });
  return {
    racks,
    totalCount: brokers.length,
    unfencedCount: brokers.filter((broker) => !broker.fenced).length,
    epoch: 0,
    offset: racks.length === 0 ? 0 : stream.below(racks.length),
  };
}

function createCircle(brokers: readonly UsableBroker[], stream: RandomStream): BrokerCircle {
  const ids = brokers.map((broker) => broker.id).sort((a, b) => a - b);
  const offset = ids.length === 0 ? 0 : stream.below(ids.length);
  return { brokers: ids, index: 0, offset, epoch: 0 };
}

function placeOne(list: RackList, replicationFactor: number, stream: RandomStream): number[] {
  if (list.epoch === list.unfencedCount && list.unfencedCount > 1) shuffle(list, stream);
  if (list.offset === list.racks.length) list.offset = 0;
  const { racks, epoch } = list;
  let leaderRack = list.offset;
  let leader = nextOf(racks[leaderRack]!.unfenced, epoch);
  while (leader < 0) {
    leaderRack = (leaderRack + 1) % racks.length;
    leader = nextOf(racks[leaderRack]!.unfenced, epoch);
  }
  const placed = [leader];
  let rackIndex = list.offset;
  // The leader's rack is passed over once, when it comes up for the first time.
  let skipped = leaderRack;
  while (placed.length < replicationFactor) {
    if (rackIndex === skipped) skipped = -1;
    else {
      const replica = nextOfRack(racks[rackIndex]!, epoch);
      if (replica >= 0) placed.push(replica);
    }
    rackIndex = (rackIndex + 1) % racks.length;
  }
  list.epoch++;
  list.offset++;
  return placed;
}

function shuffle(list: RackList, stream: RandomStream): void {
  list.racks = stream.shuffled(list.racks);
  for (const { fenced, unfenced } of list.racks) {
    fenced.brokers = stream.shuffled(fenced.brokers);
    unfenced.brokers = stream.shuffled(unfenced.brokers);
  }
  list.epoch = 0;
}

function nextOfRack(rack: Rack, epoch: number): number {
  const replica = nextOf(rack.unfenced, epoch);
  return replica >= 0 ? replica : nextOf(rack.fenced, epoch);
}

/** The next broker of the circle in this epoch, or -1 when all had their turn. */
function nextOf(circle: BrokerCircle, epoch: number): number {
  const { length } = circle.brokers;
  if (length === 0) return -1;
  if (circle.epoch !== epoch) {
    circle.epoch = epoch;
    circle.index = 0;
    circle.offset = (circle.offset + 1) % length;
  }
  if (circle.index >= length) return -1;
  const broker = circle.brokers[(circle.index + circle.offset) % length]!;
  circle.index++;
  return broker;
}

/** Brokers without a rack come first. */
function compareRacks(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
