import type { Target } from '../language/plan.js';
import type { Field, NeighbourField } from './field.js';

/** The host that a target stands for at this moment, or null where there is none (a partition without leader). */
export function resolveTarget(field: Field, target: Target): number | null {
  const { definition, truth } = field;
  switch (target.kind) {
    case 'broker':
    case 'controller':
      return definition.node(target.id).host;
    case 'zookeeper':
      return definition.plane.zookeepers.find(({ id }) => id === target.id)?.host ?? null;
    case 'active-controller':
      return truth.state.activeController < 0
        ? null
        : definition.node(truth.state.activeController).host;
    case 'leader': {
      const registration = truth.partition(partitionIndex(field, target.topic, target.partition));
      if (registration === null || registration.leader < 0) return null;
      return definition.node(registration.leader).host;
    }
    case 'follower': {
      const registration = truth.partition(partitionIndex(field, target.topic, target.partition));
      if (registration === null) return null;
      const { isr, replicas, leader } = registration;
      const inSync = replicas.find((id) => id !== leader && isr.includes(id));
      const follower = inSync ?? replicas.find((id) => id !== leader);
      return follower === undefined ? null : definition.node(follower).host;
    }
    case 'producer':
      return definition.producers.find(({ id }) => id === target.id)?.host ?? null;
    case 'consumer':
      return definition.consumers.find(({ id }) => id === target.id)?.host ?? null;
    case 'random-broker':
      return field.stream.pick(definition.brokers).host;
    case 'neighbour-broker':
      return neighbour(field, target.cluster).definition.node(target.id).host;
    case 'neighbour-controller': {
      const other = neighbour(field, target.cluster);
      const { activeController } = other.truth.state;
      return activeController < 0 ? null : other.definition.node(activeController).host;
    }
  }
}

function neighbour({ neighbours }: Field, name: string): NeighbourField {
  const found = neighbours.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no neighbour ${name}`);
  return found;
}

/** The hosts of several targets, each once, in order. */
export function resolveTargets(field: Field, targets: readonly Target[]): number[] {
  const hosts: number[] = [];
  for (const target of targets) {
    const host = resolveTarget(field, target);
    if (host !== null && !hosts.includes(host)) hosts.push(host);
  }
  return hosts;
}

/** The index of a partition of a topic. Throws where the plan names one that is not there. */
export function partitionIndex(field: Field, topicName: string, number: number): number {
  const topic = field.definition.topics.find(({ name }) => name === topicName);
  if (topic === undefined || number >= topic.partitionCount) {
    throw new Error(`there is no partition ${topicName}-${number}`);
  }
  return topic.firstPartition + number;
}
