import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { formatProblem } from '../language/problem.js';
import { resolvePlan } from '../language/resolve-plan.js';
import { importCluster, type InputFile } from './import-cluster.js';

function file(path: string): InputFile {
  const fileName = path.split('/').at(-1) ?? path;
  return { fileName, text: readFileSync(new URL(`testdata/${path}`, import.meta.url), 'utf8') };
}

const combined = [1, 2, 3].map((id) => file(`combined/broker${String(id)}.properties`));
const combinedTopics = file('combined/topics.txt');
const dedicated = [
  'broker-101',
  'broker-102',
  'broker-103',
  'controller-201',
  'controller-202',
].map((name) => file(`dedicated/${name}.properties`));

function imported(
  properties: InputFile[],
  topics: InputFile,
): ReturnType<typeof importCluster> & { ok: true } {
  const result = importCluster({ properties, topics, name: 'my-cluster' });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result;
}

/** The problems after a change in the first file, or in the topics. */
function problems(change: { properties?: [string, string]; topics?: [string, string] }): string[] {
  const [first, ...others] = combined;
  const properties = [changed(first, change.properties), ...others].flatMap((one) => one ?? []);
  const topics = changed(combinedTopics, change.topics) ?? combinedTopics;
  const result = importCluster({ properties, topics });
  return result.ok ? [] : result.problems.map(formatProblem);
}

function changed(
  input: InputFile | undefined,
  change: [string, string] | undefined,
): InputFile | undefined {
  if (input === undefined || change === undefined) return input;
  expect(input.text).toContain(change[0]);
  return { ...input, text: input.text.replace(change[0], change[1]) };
}

describe('importCluster', () => {
  it('makes a scenario of a combined cluster', async () => {
    const result = imported(combined, combinedTopics);
    await expect(result.yaml).toMatchFileSnapshot('testdata/combined/imported.yaml');
    const plan = resolvePlan(result.scenario);
    expect(plan).toMatchObject({
      brokers: [
        { id: 1, rack: 'zone-a', combined: true, config: { 'replica.lag.time.max.ms': 30_000 } },
        { id: 2, rack: 'zone-b', combined: true, config: { 'min.insync.replicas': 2 } },
        { id: 3, rack: 'zone-c', combined: true, config: { 'replica.lag.time.max.ms': 45_000 } },
      ],
      controllers: [{ id: 1 }, { id: 2 }, { id: 3 }],
      clusterConfig: { 'min.insync.replicas': 2, 'num.io.threads': 8 },
      topics: [
        {
          name: 'orders',
          partitions: 3,
          replicas: [
            [1, 2, 3],
            [2, 3, 1],
            [3, 1, 2],
          ],
          config: { 'max.message.bytes': 2_097_164 },
        },
        {
          name: 'clicks.raw',
          replicas: [
            [3, 1],
            [1, 2],
          ],
        },
        { name: '__consumer_offsets' },
      ],
      producers: [{ id: 'write-orders-0' }, { id: 'write-clicks.raw-0' }],
      consumers: [{ topics: [{ topic: 'orders', partitions: 'all' }] }, {}],
      faults: [{ text: 'crash leader of orders-0', forUs: 30_000_000 }],
      run: { forUs: 120_000_000 },
    });
    expect(plan.clusterConfig['replica.lag.time.max.ms']).toBeUndefined();
  });

  it('lists what it leaves out, and keeps secrets to itself', () => {
    const result = imported(combined, combinedTopics);
    expect(result.notModelled).toContainEqual({
      key: 'log.retention.hours',
      value: '168',
      where: 'broker1.properties:25:1',
    });
    expect(result.notModelled).toContainEqual({
      key: 'cleanup.policy',
      value: 'compact,delete',
      where: 'topics.txt:1:117',
    });
    expect(result.notModelled).toContainEqual({
      key: 'listener.name.controller.ssl.keystore.password',
      value: '(hidden)',
      where: 'broker1.properties:33:1',
    });
    expect(result.unknown).toEqual(
      [1, 2, 3].map((id) => ({
        key: 'com.example.reporter.endpoint',
        value: 'https://metrics.example.net/push',
        where: `broker${String(id)}.properties:32:1`,
      })),
    );
    expect(result.yaml).not.toContain('s3cret');
  });

  it('keeps ids of dedicated controllers and assumes those without a file', async () => {
    const result = imported(dedicated, file('dedicated/topics-older.txt'));
    await expect(result.yaml).toMatchFileSnapshot('testdata/dedicated/imported.yaml');
    expect(result.assumptions).toEqual([
      "Controller 203 has no properties file: it gets the settings that all files share, and Kafka's defaults.",
    ]);
    const plan = resolvePlan(result.scenario);
    expect(plan.controllers.map(({ id, combined: both }) => [id, both])).toEqual([
      [201, false],
      [202, false],
      [203, false],
    ]);
    expect(plan.clusterConfig).toEqual({ 'broker.session.timeout.ms': 12_000 });
    expect(plan.brokers[0]?.config['min.insync.replicas']).toBe(2);
    expect(plan.controllers[0]?.config['min.insync.replicas']).toBeUndefined();
    // Removed in 4.0, and filled in by a config provider: listed, not refused.
    const listed = result.notModelled.map(({ key }) => key);
    expect(listed).toContain('zookeeper.connection.timeout.ms');
    expect(listed).toContain('ssl.keystore.password');
  });

  it('says that a reassignment was under way', () => {
    const result = imported(dedicated, file('dedicated/topics-reassigning.txt'));
    expect(result.assumptions).toContain(
      'A reassignment of payments-0 was under way: all its replicas are taken as assigned.',
    );
    expect(resolvePlan(result.scenario).topics[0]?.replicas).toEqual([[103, 101, 102]]);
  });

  it('counts the controllers of a dynamic quorum', () => {
    const properties = dedicated.map((one) => ({
      ...one,
      text: one.text.replace(
        /controller\.quorum\.voters=.*/,
        'controller.quorum.bootstrap.servers=c1:9093,c2:9093,c3:9093',
      ),
    }));
    const result = imported(properties, file('dedicated/topics-older.txt'));
    expect(resolvePlan(result.scenario).controllers.map(({ id }) => id)).toEqual([201, 202, 203]);
    expect(result.assumptions[0]).toContain('lists 3 controllers without their ids');
  });

  it.each<[[string, string], string]>([
    [
      ['min.insync.replicas=2', 'min.insync.replica=2'],
      'broker1.properties:21:1: unknown key "min.insync.replica" (did you mean "min.insync.replicas"?)',
    ],
    [
      ['min.insync.replicas=2', 'min.insync.replicas=two'],
      'broker1.properties:21:21: min.insync.replicas must be a whole number of at least 1, not "two"',
    ],
    [
      ['min.insync.replicas=2', 'min.insync.replicas=\\u00zz'],
      'broker1.properties:21:21: broken escape "\\u00zz": \\u needs four hexadecimal digits',
    ],
    [
      ['num.io.threads : 8', 'num.io.threads : 0'],
      'broker1.properties:18:18: num.io.threads must be a whole number of at least 1, not "0"',
    ],
    [
      ['log.retention.hours=168', 'log.retention.hours=0'],
      'broker1.properties:25:1: log.retention.hours must be at least 1, or -1 for no limit, not 0',
    ],
    [
      ['replica.lag.time.max.ms 30000', 'replica.lag.time.max.ms 100'],
      'broker1.properties:27:1: replica.fetch.wait.max.ms (500) must be at most replica.lag.time.max.ms (100)',
    ],
    [
      ['process.roles=broker,controller', 'process.roles=broker,master'],
      'broker1.properties:3:15: process.roles must be a list of broker, controller, not "broker,master"',
    ],
    [
      ['process.roles=broker,controller', ''],
      'broker1.properties:1:1: process.roles is missing: only KRaft nodes can be imported',
    ],
    [
      ['process.roles=broker,controller', 'zookeeper.connect=zk:2181'],
      'broker1.properties:3:1: zookeeper.connect: ZooKeeper mode is not modelled yet, only KRaft is',
    ],
    [
      ['process.roles=broker,controller', 'process.roles=broker'],
      'broker1.properties:6:26: node 1 is in controller.quorum.voters, but process.roles has no controller',
    ],
    [['node.id=1', ''], 'broker1.properties:1:1: node.id is missing'],
    [
      ['node.id=1', 'node.id=1\nbroker.id=7'],
      'broker1.properties:5:11: broker.id (7) must be the same as node.id (1)',
    ],
    [
      ['node.id=1', 'node.id=9'],
      'broker1.properties:6:26: node 9 is a controller, but not in controller.quorum.voters',
    ],
    [
      ['node.id=1', 'node.id=2'],
      'broker2.properties:4:9: node.id 2 is also that of broker1.properties',
    ],
    [
      ['1@kafka-1.example.net:9093', '1-kafka-1.example.net:9093'],
      'broker1.properties:6:26: controller.quorum.voters has "1-kafka-1.example.net:9093", which is not like 1@host:9093',
    ],
    [
      ['3@kafka-3', '4@kafka-3'],
      'broker2.properties:6:26: controller.quorum.voters names nodes 1, 2, 3, but broker1.properties names 1, 2, 4\nbroker3.properties:6:26: controller.quorum.voters names nodes 1, 2, 3, but broker1.properties names 1, 2, 4',
    ],
    [
      ['CONTROLLER://:9093', 'CONTROLLER://:99093'],
      'broker1.properties:10:11: listeners has "CONTROLLER://:99093", which is not like PLAINTEXT://host:9092',
    ],
    [
      ['min.insync.replicas=2', 'min.insync.replicas=${env:MIN_ISR}'],
      'broker1.properties:21:21: min.insync.replicas is filled in by a config provider: write its value',
    ],
    [
      ['broker.rack=zone-a', 'broker.rack=zone a'],
      'broker1.properties:5:13: broker.rack "zone a" may only have letters, digits, ".", "_" and "-" here',
    ],
  ])('properties %j', (properties, message) => {
    expect(problems({ properties })).toEqual(message.split('\n'));
  });

  it.each<[[string, string], string]>([
    [
      ['Replicas: 2,3,1', 'Replicas: 2,3,7'],
      'topics.txt:3:53: orders-1 has a replica on broker 7, of which there is no properties file: the brokers are 1, 2, 3',
    ],
    [
      ['max.message.bytes=2097164', 'max.message.byte=2097164'],
      'topics.txt:1:172: unknown topic config "max.message.byte" (did you mean "max.message.bytes"?)',
    ],
    [
      ['min.insync.replicas=2', 'min.insync.replicas=0'],
      'topics.txt:1:95: min.insync.replicas must be a whole number of at least 1, not "0"',
    ],
    [
      ['PartitionCount: 3', 'PartitionCount: 4'],
      'topics.txt:1:8: topic orders has PartitionCount 4, but partition 3 is not described',
    ],
  ])('topics %j', (topics, message) => {
    expect(problems({ topics })).toEqual([message]);
  });

  it('refuses a file above its limit', () => {
    const text = `#${'x'.repeat(1_048_576)}`;
    const result = importCluster({
      properties: [{ fileName: 'big', text }],
      topics: combinedTopics,
    });
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([
      'big:1:1: the file has 1048577 bytes, above the limit of 1048576 bytes',
    ]);
  });
});
