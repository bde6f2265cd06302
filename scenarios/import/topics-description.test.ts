import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { formatProblem } from '../language/problem.js';
import { parseTopicsDescription } from './topics-description.js';

function read(name: string): string {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
}

function problems(text: string): string[] {
  return parseTopicsDescription(text, 't').problems.map(formatProblem);
}

const topicLine = 'Topic: a\tTopicId: x\tPartitionCount: 1\tReplicationFactor: 2\tConfigs: ';
const partitionLine =
  '\tTopic: a\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1,2\tElr: \tLastKnownElr: ';

describe('parseTopicsDescription', () => {
  it('reads the output of 4.1', () => {
    const { topics, problems: found } = parseTopicsDescription(read('combined/topics.txt'), 't');
    expect(found).toEqual([]);
    expect(
      topics.map((topic) => [topic.name, topic.replicationFactor, topic.partitions.length]),
    ).toEqual([
      ['orders', 3, 3],
      ['clicks.raw', 2, 2],
      ['__consumer_offsets', 3, 2],
    ]);
    expect(topics[0]?.topicId).toBe('Qf1hYx0zTTSyFJ2mZbqv0A');
    expect(topics[0]?.configs.map(({ key, value }) => [key, value])).toEqual([
      ['min.insync.replicas', '2'],
      ['cleanup.policy', 'compact,delete'],
      ['segment.bytes', '1073741824'],
      ['max.message.bytes', '2097164'],
    ]);
    expect(topics[0]?.configs[1]?.position).toEqual({ line: 1, column: 117 });
    expect(topics[0]?.partitions[2]).toMatchObject({
      partition: 2,
      leader: null,
      isr: [],
      elr: [3],
      lastKnownElr: [2],
    });
    expect(topics[0]?.partitions[2]?.replicas.map(({ id }) => id)).toEqual([3, 1, 2]);
    expect(topics[1]?.partitions[0]?.elr).toEqual([]);
  });

  it('reads the output of older versions', () => {
    const { topics, problems: found } = parseTopicsDescription(
      read('dedicated/topics-older.txt'),
      't',
    );
    expect(found).toEqual([]);
    expect(topics).toMatchObject([
      {
        name: 'payments',
        topicId: null,
        configs: [{ key: 'unclean.leader.election.enable', value: 'true' }],
        partitions: [{ leader: null, isr: [101] }, { leader: 102 }],
      },
    ]);
  });

  it('reads spaces for tabs, log lines between, and a reassignment', () => {
    const { topics, problems: found } = parseTopicsDescription(
      read('dedicated/topics-reassigning.txt'),
      't',
    );
    expect(found).toEqual([]);
    expect(topics[0]?.partitions[0]).toMatchObject({
      leader: 101,
      isr: [101, 102],
      addingReplicas: [103],
      removingReplicas: [102],
      elr: [],
    });
  });

  it('accepts partitions in any order and Windows line ends', () => {
    const text = [
      'Topic: a\tPartitionCount: 2\tReplicationFactor: 1\tConfigs:',
      '\tTopic: a\tPartition: 1\tLeader: none\tReplicas: 1\tIsr:',
      '\tTopic: a\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1',
    ].join('\r\n');
    const parsed = parseTopicsDescription(text, 't');
    expect(parsed.problems).toEqual([]);
    expect(parsed.topics[0]?.partitions.map(({ partition }) => partition)).toEqual([0, 1]);
  });

  it.each([
    ['', 't:1:1: no topic found: expected the output of kafka-topics.sh --describe'],
    ['num.io.threads=8', 't:1:1: not a line of kafka-topics.sh --describe: "num.io.threads=8"'],
    [partitionLine, 't:1:9: a partition of a before the line of the topic itself'],
    [topicLine, 't:1:8: topic a has PartitionCount 1, but partition 0 is not described'],
    [`${topicLine}\n${topicLine}\n${partitionLine}`, 't:2:8: topic a is described twice'],
    [
      `${topicLine}\n${partitionLine}\n${partitionLine}`,
      't:3:22: partition a-0 is described twice',
    ],
    [
      `${topicLine}\n${partitionLine.replace('Partition: 0', 'Partition: 1')}`,
      't:2:22: partition "1" of a, which has PartitionCount 1',
    ],
    [
      `${topicLine}\n${partitionLine.replace('Replicas: 1,2', 'Replicas: 1,x')}`,
      't:2:46: Replicas must be broker ids, not "x"',
    ],
    [
      `${topicLine}\n${partitionLine.replace('Replicas: 1,2', 'Replicas: 1,1')}`,
      't:2:46: broker 1 appears twice in Replicas',
    ],
    [
      `${topicLine}\n${partitionLine.replace('Replicas: 1,2', 'Replicas: ')}`,
      't:2:44: partition a-0 has no replicas',
    ],
    [
      `${topicLine}\n${partitionLine.replace('Leader: 1', 'Leader: nobody')}`,
      't:2:32: Leader must be a broker id or none, not "nobody"',
    ],
    [
      topicLine.replace('PartitionCount: 1', 'PartitionCount: many'),
      't:1:37: PartitionCount must be a number above 0, not "many"',
    ],
    [
      topicLine.replace('ReplicationFactor: 2', ''),
      't:1:8: ReplicationFactor must be a number above 0, not ""',
    ],
  ])('%j', (text, message) => {
    expect(problems(text)[0]).toBe(message);
  });
});
