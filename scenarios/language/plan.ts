/**
 * The plan: a scenario with nothing left to interpret.
 *
 * A `Scenario` is what people write (units, shorthands, defaults). A `Plan` is what a run consumes:
 * plain data, every quantity a number in the unit its name says, every default filled in, every
 * name checked, hosts expanded (racks dealt, clients counted out). `resolvePlan` makes one from
 * the other; nothing else does.
 *
 * What stays open until the run: targets that depend on the state of the cluster (`leader of
 * orders-0`, `controller`, `random broker`) and faults that wait for a mark (`when`).
 */

import type { ConfigValues } from '../../model/config/config-key.js';
import type { KafkaVersion, MetadataMode } from '../../model/versions.js';
import type { Distribution } from '../../sim/distribution.js';
import type { InvariantId } from './invariants.js';

/** A span of durations, both ends included, in microseconds. */
export interface DurationRange {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A scenario with units, defaults and names resolved: what a run is started with. */
export interface Plan {
  readonly name: string;
  readonly description: string;
  readonly kafka: KafkaVersion;
  readonly metadata: MetadataMode;
  /** In ascending order of id. */
  readonly brokers: readonly BrokerPlan[];
  /** In order of voters: `controller 1` of the language is the first entry. */
  readonly controllers: readonly ControllerPlan[];
  /** The ensemble, in ascending order of id; empty in KRaft mode. */
  readonly zookeepers: readonly ZooKeeperPlan[];
  /** Root of the cluster's znodes: `/kafka`, or the empty string; empty in KRaft mode. */
  readonly chroot: string;
  /**
   * Other clusters on the same ensemble, under their own names. Of their plans the ensemble, the network, the disks and the
   * run are those of the scenario; they have no faults, and no neighbours of their own.
   */
  readonly neighbours: readonly Plan[];
  /** Names of the racks, in the order of the scenario; empty where it names none. */
  readonly racks: readonly string[];
  /** `cluster.config` alone. Hosts carry it already merged into their own `config`. */
  readonly clusterConfig: ConfigValues;
  readonly network: NetworkPlan;
  readonly disk: DiskPlan;
  readonly topics: readonly TopicPlan[];
  /** Counted out: `{ id: web, count: 2 }` is `web-0` and `web-1`, a single one is `web-0`. */
  readonly producers: readonly ProducerPlan[];
  /** Counted out like producers; members of a group `billing` are `billing-0`, `billing-1`, ... */
  readonly consumers: readonly ConsumerPlan[];
  /** Clients that probe every partition, or null. */
  readonly probes: { readonly ratePerSecond: number } | null;
  /** In the order of the scenario; `index` is the place in this list. */
  readonly faults: readonly Fault[];
  readonly randomFaults: RandomFaultsPlan | null;
  /** Renewal processes of the long run, or null. Never together with faults. */
  readonly failures: readonly FailureKindPlan[] | null;
  readonly run: RunPlan;
  readonly invariants: 'all' | readonly InvariantId[];
  /** Single protocol rules, by name, over the version's preset. */
  readonly switches: Readonly<Record<string, boolean | string>>;
}

/** One server of the ensemble. */
export interface ZooKeeperPlan {
  readonly id: number;
  readonly rack: string | null;
}

/** One broker and the `server.properties` that it starts with. */
export interface BrokerPlan {
  readonly id: number;
  readonly rack: string | null;
  /** Keys of `server.properties`: the cluster's, overridden by the broker's own. */
  readonly config: ConfigValues;
  /** This node is a voter of the controller quorum as well. */
  readonly combined: boolean;
}

/**
 * One voter of the controller quorum: a dedicated node, or a broker's second role
 * (`process.roles`).
 */
export interface ControllerPlan {
  /** Its `node.id`. For a combined node it is the broker's id. */
  readonly id: number;
  /** Place among the voters, from 0. */
  readonly voterIndex: number;
  readonly combined: boolean;
  /** Racks are dealt to dedicated controllers in turn, as they are to brokers. */
  readonly rack: string | null;
  readonly config: ConfigValues;
}

/** The network while no fault changes it, the same between any two hosts. */
export interface NetworkPlan {
  /** One-way delay of a packet. */
  readonly latency: Distribution;
  readonly bandwidthBytesPerSecond: number;
  /** Probability that a packet is lost and retransmitted, from 0 to 0.99. */
  readonly loss: number;
}

/** The disk that every host has, while no fault changes it. Durations are in microseconds. */
export interface DiskPlan {
  readonly writeUs: number;
  readonly flushUs: number;
  readonly bandwidthBytesPerSecond: number;
  readonly pageCacheBytes: number;
}

/** A topic to be created, and what it overrides of the brokers' defaults. */
export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Broker ids per partition, the preferred leader first; null lets the controller place them. */
  readonly replicas: readonly (readonly number[])[] | null;
  /** Topic overrides only, keys as `kafka-configs.sh --entity-type topics` knows them. */
  readonly config: ConfigValues;
}

/**
 * Records that a producer gets from its application at one moment, for one partition of its topic.
 */
export interface SendPlan {
  readonly atUs: number;
  readonly partition: number;
  readonly records: number;
}

/** One producer: what it sends, from when to when, and how it is configured. */
export interface ProducerPlan {
  /** `web-0`. */
  readonly id: string;
  /** `web`: the id in the scenario. */
  readonly baseId: string;
  readonly topic: string;
  /** Records per second of this one client; null where `sends` says what is sent. */
  readonly ratePerSecond: number | null;
  readonly sends: readonly SendPlan[] | null;
  /** Number of distinct keys, or null for records without a key. */
  readonly keys: number | null;
  readonly valueBytes: number;
  readonly config: ConfigValues;
  readonly startUs: number;
  /** It sends nothing new from here on; never later than `run.forUs`. */
  readonly stopUs: number;
}

/**
 * One consumer and the partitions that it reads; members of a group have theirs dealt out in
 * advance.
 */
export interface ConsumerPlan {
  readonly id: string;
  /** The id in the scenario, or the name of the group. */
  readonly baseId: string;
  /** Empty for a member of a group for whom no partition was left. */
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: 'all' | readonly number[];
  }[];
  /** Time the application spends on each record. */
  readonly processingUs: number;
  readonly config: ConfigValues;
}

/** When a fault strikes. */
export type Trigger =
  | { readonly kind: 'at'; readonly atUs: number }
  | {
      readonly kind: 'when';
      /** Name of a mark, such as `high-watermark-advanced`. */
      readonly mark: string;
      /** What the mark is about, such as `orders-0` or `broker 1`; null takes any. */
      readonly subject: string | null;
      /** The nth occurrence since the start, from 1. */
      readonly nth: number;
    };

/**
 * One thing a fault can strike. Racks, `all brokers`, `all controllers` and counted clients are
 * already expanded to the hosts they stand for, in ascending order of id.
 */
export type Target =
  | { readonly kind: 'broker'; readonly id: number }
  /** `voter` counts from 1 as the language does; `id` is the node's id. */
  | { readonly kind: 'controller'; readonly voter: number; readonly id: number }
  | { readonly kind: 'active-controller' }
  /** A broker of a neighbour, which `cluster` names. */
  | { readonly kind: 'neighbour-broker'; readonly cluster: string; readonly id: number }
  | { readonly kind: 'neighbour-controller'; readonly cluster: string }
  /** A server of the ensemble, by its `myid`. */
  | { readonly kind: 'zookeeper'; readonly id: number }
  | { readonly kind: 'leader'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'follower'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'producer'; readonly id: string }
  | { readonly kind: 'consumer'; readonly id: string }
  | { readonly kind: 'random-broker' };

/** Verbs whose only parameter is whom they strike. */
export type PlainFaultVerb =
  | 'crash'
  | 'power-loss'
  | 'stop'
  | 'pause'
  | 'reset-connections'
  | 'fill-disk'
  | 'fail-disk'
  | 'lose-disk'
  | 'expire-session';

/** What a fault does, and to whom. */
export type FaultAction =
  | { readonly verb: PlainFaultVerb; readonly targets: readonly Target[] }
  | {
      readonly verb: 'rack-outage' | 'rack-power-loss';
      /** Its name, or their names: `a, b`. */
      readonly rack: string;
      /** The racks' brokers and dedicated controllers. */
      readonly targets: readonly Target[];
    }
  /** Hosts of different groups do not hear one another; hosts in no group hear everyone. */
  | { readonly verb: 'partition'; readonly groups: readonly (readonly Target[])[] }
  /** One way: what `from` sends to `to` does not arrive. */
  | { readonly verb: 'block'; readonly from: readonly Target[]; readonly to: readonly Target[] }
  | {
      readonly verb: 'slow-link';
      readonly from: readonly Target[];
      /** Empty: to everyone. */
      readonly to: readonly Target[];
      readonly bothWays: boolean;
      /** Added to every delay of the link. */
      readonly delay: Distribution | null;
      /** Multiplies every delay of the link; 1 where only `delay` is given. */
      readonly factor: number;
    }
  | {
      readonly verb: 'lossy-link';
      readonly from: readonly Target[];
      /** Empty: to everyone. */
      readonly to: readonly Target[];
      readonly bothWays: boolean;
      /** Probability of loss per packet, from 0 to 0.99. */
      readonly loss: number;
    }
  /** Multiplies the time of every disk operation. */
  | { readonly verb: 'slow-disk'; readonly targets: readonly Target[]; readonly factor: number }
  /** Negative jumps back. */
  | { readonly verb: 'clock-jump'; readonly targets: readonly Target[]; readonly jumpUs: number }
  /** One target after the other: down for `downUs`, then `pauseUs` before the next. */
  | {
      readonly verb: 'rolling-restart';
      readonly targets: readonly Target[];
      readonly how: 'stop' | 'crash';
      readonly downUs: number;
      readonly pauseUs: number;
    }
  /** To a newer version, in Kafka's two phases; each host as in a rolling restart with controlled shutdowns. */
  | {
      readonly verb: 'upgrade';
      readonly to: KafkaVersion;
      /** In the order in which they get the new version. */
      readonly targets: readonly Target[];
      readonly downUs: number;
      readonly pauseUs: number;
    }
  /** Leader election by hand, as `kafka-leader-election.sh --election-type`. */
  | {
      readonly verb: 'elect-leaders';
      readonly type: 'preferred' | 'unclean';
      readonly partitions:
        'all' | readonly { readonly topic: string; readonly partition: number }[];
    }
  /** Other replicas for a partition, as `kafka-reassign-partitions.sh --execute` (or `--cancel`). */
  | {
      readonly verb: 'reassign';
      readonly topic: string;
      readonly partition: number;
      /** Broker ids, the preferred leader first; null cancels what is under way. */
      readonly to: readonly number[] | null;
      /** How fast each broker may copy for it (`--throttle`); null: as fast as it can. */
      readonly throttleBytesPerSecond: number | null;
    }
  /** Messages that travel from `from` to `to` wait until `for` is over or a `release`. */
  | {
      readonly verb: 'hold';
      /** The API's name in Kafka's protocol: `Fetch`, `AlterPartition`. */
      readonly rpc: string;
      readonly from: readonly Target[];
      readonly to: readonly Target[];
      /** Hold responses (which travel from the server `from` to the asker `to`), not requests. */
      readonly response: boolean;
    }
  /** Ends the hold of that id, or every hold where it is `all`. */
  | { readonly verb: 'release'; readonly hold: string };

/** The word of the scenario language for what a fault does. */
export type FaultVerb = FaultAction['verb'];

/** A fault that the scenario lists: what it does, when it strikes, and how long it lasts. */
export type Fault = FaultAction & {
  readonly index: number;
  /** The id given in the scenario, or null. */
  readonly id: string | null;
  readonly trigger: Trigger;
  /** How long it lasts; null: until the faults are healed (or at once, where nothing lasts). */
  readonly forUs: number | null;
  /** The fault as written, for traces and reports: `crash leader of orders-0`. */
  readonly text: string;
};

/** Verbs that random faults draw from. */
export type RandomFaultVerb = Exclude<FaultVerb, 'hold' | 'release' | 'upgrade'>;

/**
 * Faults that the run draws by itself. The `survivable` budget leaves out those that even a safe
 * configuration need not survive.
 */
export interface RandomFaultsPlan {
  /** Time from one fault to the next, drawn uniformly from this range. */
  readonly every: DurationRange;
  /** In the order of the vocabulary; weights are positive. */
  readonly kinds: readonly { readonly verb: RandomFaultVerb; readonly weight: number }[];
  readonly for: DurationRange;
  readonly budget: 'survivable' | 'unlimited';
}

/**
 * What fails in a long run: a broker, a dedicated controller, a server of the ensemble, a rack, or the whole cluster.
 * `network-partition` cuts a broker off from everyone; `gray` slows down a broker's disk while its
 * process runs on.
 */
export type FailureKind =
  | 'broker-crash'
  | 'broker-power-loss'
  | 'broker-stop'
  | 'disk-loss'
  | 'controller-crash'
  | 'zookeeper-crash'
  | 'rack-outage'
  | 'rack-power-loss'
  | 'cluster-outage'
  | 'network-partition'
  | 'gray';

/** A renewal process per component: up for a draw of `up`, down for a draw of `down`, and so on. */
export interface FailureKindPlan {
  readonly kind: FailureKind;
  readonly up: Distribution;
  readonly down: Distribution;
}

/** How long the run is, and how its events are ordered and bounded. */
export interface RunPlan {
  /** Faults strike and clients work in [0, forUs). */
  readonly forUs: number;
  /** After that everything is healed and given this long to recover. */
  readonly settleUs: number;
  /** The seed written in the scenario; the command line's outranks it. */
  readonly seed: number | null;
  readonly shuffleTies: boolean;
  /** Bound on dispatched events, or null for the run's own. */
  readonly maxEvents: number | null;
}
