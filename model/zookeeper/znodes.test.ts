import { describe, expect, it } from 'vitest';
import { zkDefinition } from '../zk-controller/testdata/zk-cluster.js';
import {
  brokerPath,
  parseBrokerId,
  parsePartitionStatePath,
  parseTopic,
  partitionStatePath,
  topicPath,
} from './znodes.js';

const definition = zkDefinition({ topics: [{ partitions: 2 }, { partitions: 3 }] });

describe('paths of znodes', () => {
  it('carry names of topics and numbers of partitions within them, as in Kafka', () => {
    expect(topicPath(definition, 1)).toBe('/brokers/topics/topic-1');
    expect(partitionStatePath(definition, 3)).toBe('/brokers/topics/topic-1/partitions/1/state');
    expect(brokerPath(7)).toBe('/brokers/ids/7');
  });

  it('are parsed back, from names of children as well', () => {
    for (const { index } of definition.partitions) {
      expect(parsePartitionStatePath(definition, partitionStatePath(definition, index))).toBe(
        index,
      );
    }
    expect([
      parseTopic(definition, topicPath(definition, 1)),
      parseTopic(definition, 'topic-0'),
    ]).toEqual([1, 0]);
    expect([parseBrokerId(brokerPath(7)), parseBrokerId('12')]).toEqual([7, 12]);
  });

  it('that are of something else are -1', () => {
    expect(parseTopic(definition, '/brokers/topics/other')).toBe(-1);
    expect(parseBrokerId('/brokers/ids')).toBe(-1);
    expect(parsePartitionStatePath(definition, '/brokers/topics/topic-1/partitions/3/state')).toBe(
      -1,
    );
    expect(parsePartitionStatePath(definition, '/brokers/topics/topic-1/partitions/1')).toBe(-1);
  });

  it('do not exist for what the definition does not have', () => {
    expect(() => topicPath(definition, 2)).toThrow('there is no topic 2');
    expect(() => partitionStatePath(definition, 5)).toThrow('there is no partition 5');
  });
});
