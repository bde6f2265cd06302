/**
 * The shape of a scenario. What depends on more than one place of it (names that must exist,
 * numbers that must agree) is checked in `check.ts`.
 */
import { z } from 'zod';

import {
  BROKERS_MAX,
  CLIENTS_MAX,
  CONTROLLERS_MAX,
  FAULTS_MAX,
  NEIGHBOURS_MAX,
  NODE_ID_MAX,
  REPLICAS_MAX,
  SENDS_MAX,
  TOPICS_MAX,
  VALUE_BYTES_MAX,
} from './limits.js';
import { failuresSchema, faultSchema, randomFaultsSchema } from './schema-faults.js';
import { diskSchema, networkSchema } from './schema-network.js';
import {
  chroot,
  configMap,
  count,
  duration,
  identifier,
  quote,
  rate,
  record,
  size,
  topicReference,
  word,
} from './schema-parts.js';
import { versionText } from './schema-version.js';

const nodeId = count('Its node.id.', 0, NODE_ID_MAX);
const rackName = identifier('the name of a rack');
const flag = z.boolean({
  error: (issue) => `must be true or false, not ${quote(issue.input)}`,
});

function listOf<Item extends z.ZodType>(what: string, item: Item, max: number): z.ZodArray<Item> {
  return z
    .array(item, { error: (issue) => `${what} must be a list, not ${quote(issue.input)}` })
    .max(max, { error: `${what} has more than ${String(max)} entries, the limit` });
}

const node = { id: nodeId, rack: rackName.optional(), config: configMap('broker').optional() };

const clusterSchema = record('cluster', {
  brokers: z
    .union([
      count('How many; their ids are 1, 2, ...', 1, BROKERS_MAX),
      listOf('brokers', record('a broker', node), BROKERS_MAX).min(1, {
        error: 'a cluster needs at least one broker',
      }),
    ])
    .meta({ description: 'A number, or a list of { id, rack, config }.' }),
  racks: listOf('racks', rackName, BROKERS_MAX)
    .optional()
    .meta({ description: 'Dealt to brokers, and to dedicated controllers, in turn.' }),
  controllers: z
    .union([
      count('How many voters.', 1, CONTROLLERS_MAX),
      listOf('controllers', record('a controller', node), CONTROLLERS_MAX).min(1, {
        error: 'a cluster needs at least one controller',
      }),
    ])
    .optional()
    .meta({ description: 'Voters of the quorum: a number (3 unless given) or a list.' }),
  combined: flag
    .optional()
    .meta({ description: 'Put the voters on the first brokers instead of hosts of their own.' }),
  zookeepers: count(
    'Servers of the ensemble; without effect in KRaft mode.',
    1,
    CONTROLLERS_MAX,
  ).optional(),
  chroot: chroot.optional(),
  config: configMap('broker').optional(),
});

const topicSchema = record('a topic', {
  name: z.string({ error: (issue) => `a topic name must be text, not ${quote(issue.input)}` }),
  partitions: count('num.partitions unless given.', 1, REPLICAS_MAX).optional(),
  'replication-factor': count(
    'default.replication.factor unless given.',
    1,
    BROKERS_MAX,
  ).optional(),
  replicas: listOf('replicas', listOf('replicas of a partition', nodeId, BROKERS_MAX), REPLICAS_MAX)
    .min(1, { error: 'replicas needs at least one partition' })
    .optional()
    .meta({ description: 'Broker ids per partition, preferred leader first: [[1, 2], [2, 3]].' }),
  config: configMap('topic').optional(),
});

const producerSchema = record('a producer', {
  id: identifier('the id of a producer'),
  count: count('How many of them; 1 unless given.', 1, CLIENTS_MAX).optional(),
  topic: topicReference,
  rate: rate('Records per unit of time, of each of them.').optional(),
  sends: listOf(
    'sends',
    record('a send', {
      at: duration('When.'),
      partition: count('To which partition.', 0, REPLICAS_MAX),
      records: count('How many records.', 1, 1_000_000),
    }),
    SENDS_MAX,
  )
    .optional()
    .meta({ description: 'What is sent, one by one, instead of a rate.' }),
  keys: count('Distinct keys; records have none unless given.', 1, 1_000_000_000).optional(),
  'value-bytes': z
    .union([count('Size of a record value.', 0, VALUE_BYTES_MAX), size('Size of a record value.')])
    .optional(),
  start: duration('Silent before that.').optional(),
  stop: duration('Sends nothing new after that.').optional(),
  config: configMap('producer').optional(),
});

const consumerSchema = record('a consumer', {
  id: identifier('the id of a consumer').optional(),
  count: count('How many of them; 1 unless given.', 1, CLIENTS_MAX).optional(),
  group: identifier('the name of a group')
    .optional()
    .meta({ description: 'Instead of an id: a group, whose members share the partitions.' }),
  members: count('How many members the group has; 1 unless given.', 1, CLIENTS_MAX).optional(),
  topic: topicReference.optional(),
  topics: listOf('topics', topicReference, TOPICS_MAX).optional(),
  assign: z
    .union([
      word('assign', ['all']),
      listOf(
        'assign',
        z.tuple([topicReference, count('Partition.', 0, REPLICAS_MAX)], {
          error: 'an assigned partition is a pair: [orders, 0]',
        }),
        REPLICAS_MAX,
      ),
    ])
    .optional()
    .meta({ description: '`all` partitions of its topics, or a list of [topic, partition].' }),
  processing: duration('Time spent on each record.').optional(),
  config: configMap('consumer').optional(),
})
  .superRefine((consumer, context) => {
    const complain = (message: string, path: string[] = []): void => {
      context.addIssue({ code: 'custom', message, path });
    };
    const { id, group, members, count: copies, assign } = consumer;
    if (group === undefined) {
      if (id === undefined) complain('a consumer needs an id or a group');
      if (members !== undefined)
        complain('members needs a group; a consumer has count', ['members']);
      return;
    }
    if (id !== undefined) complain('a consumer has an id or a group, not both', ['group']);
    if (copies !== undefined) complain('a group has members, not count', ['count']);
    if (assign !== undefined) {
      complain('a group deals the partitions of its topics itself: it takes no assign', ['assign']);
    }
  })
  .meta({ oneOf: [{ required: ['id'] }, { required: ['group'] }] });

/** Another cluster on the same ensemble: what it has of its own; everything else is the scenario's. */
const neighbourSchema = record('a neighbour', {
  name: identifier('the name of a neighbour').meta({
    description: 'Names its hosts (name-broker-1), and its brokers in targets: broker 1 of name.',
  }),
  chroot: chroot
    .optional()
    .meta({ description: 'Root of its znodes in the ensemble: its name, /name, unless given.' }),
  brokers: z
    .union([
      count('How many; their ids are 1, 2, ...', 1, BROKERS_MAX),
      listOf(
        'brokers',
        record('a broker', { id: nodeId, config: configMap('broker').optional() }),
        BROKERS_MAX,
      ).min(1, { error: 'a cluster needs at least one broker' }),
    ])
    .meta({ description: 'A number, or a list of { id, config }.' }),
  config: configMap('broker').optional(),
  topics: listOf('topics', topicSchema, TOPICS_MAX).optional(),
  producers: listOf('producers', producerSchema, CLIENTS_MAX).optional(),
  consumers: listOf('consumers', consumerSchema, CLIENTS_MAX).optional(),
});

const invariantName = z.string({
  error: (issue) => `an invariant has an id or a name, not ${quote(issue.input)}`,
});

const switchValue = z.union([z.boolean(), z.string()], {
  error: (issue) => `a switch has a value such as on or off, not ${quote(issue.input)}`,
});

/** The whole scenario. */
export const scenarioSchema = record('a scenario', {
  name: identifier('the name of a scenario'),
  description: z.string({ error: 'description must be text' }).optional(),
  kafka: versionText('kafka').optional(),
  metadata: word('metadata', ['kraft', 'zookeeper']).optional(),
  cluster: clusterSchema,
  network: networkSchema.optional(),
  disk: diskSchema.optional(),
  topics: listOf('topics', topicSchema, TOPICS_MAX).optional(),
  producers: listOf('producers', producerSchema, CLIENTS_MAX).optional(),
  consumers: listOf('consumers', consumerSchema, CLIENTS_MAX).optional(),
  neighbours: listOf('neighbours', neighbourSchema, NEIGHBOURS_MAX)
    .optional()
    .meta({ description: 'Other clusters on the same ZooKeeper ensemble.' }),
  probes: record('probes', {
    rate: rate('Produce and fetch probes per partition.'),
  }).optional(),
  faults: listOf('faults', faultSchema, FAULTS_MAX).optional(),
  'random-faults': randomFaultsSchema.optional(),
  failures: failuresSchema.optional(),
  run: record('run', {
    for: duration('Warm-up and faults. 60s unless given.').optional(),
    settle: duration('Time to recover after healing. 60s unless given.').optional(),
    seed: count('Makes the scenario complete in itself.', 0, Number.MAX_SAFE_INTEGER).optional(),
    'shuffle-ties': flag
      .optional()
      .meta({ description: 'Explore the order of same-instant events.' }),
    'max-events': count('Bound on the events of a run.', 1, Number.MAX_SAFE_INTEGER).optional(),
  }).optional(),
  invariants: z
    .union([
      z.literal('all', {
        error: (issue) =>
          `invariants must be all, or a list such as [I1, LogMatching], not ${quote(issue.input)}`,
      }),
      listOf('invariants', invariantName, 100),
    ])
    .optional()
    .meta({ description: '`all`, or a list of ids or names.' }),
  switches: z
    .record(z.string(), switchValue, {
      error: (issue) => `switches must be a map such as { elr: off }, not ${quote(issue.input)}`,
    })
    .optional()
    .meta({ description: "Single protocol rules, by name, over the version's preset." }),
});

/**
 * A scenario as a value: the same shape as the YAML.
 *
 * Quantities are strings with units (`'10s'`, `'100/s'`), Kafka's configuration has Kafka's keys.
 */
export type Scenario = z.input<typeof scenarioSchema>;
