/** Long runs that get nowhere: no figure can be given, and what is missing is named. */
import type { Run } from '../run/run.js';

/** The cluster never warmed up, or the bound on events was reached. The same plan and seed fail the same way. */
export class LivenessFailure extends Error {
  override readonly name = 'LivenessFailure';

  constructor(
    readonly seed: number,
    /** First what failed, then what was missing. */
    readonly pending: readonly string[],
  ) {
    super(`liveness failure of the long run with seed ${seed}: ${pending.join('; ')}`);
  }
}

/** What keeps a cluster from being warm, one line each: controllers, brokers, partitions. */
export function whatIsMissing({ definition, truth, availability }: Run): string[] {
  const missing = truth.state.activeController < 0 ? ['no controller is active'] : [];
  for (const { id } of definition.brokers) {
    const { epoch, fenced } = truth.broker(id);
    if (epoch < 0) missing.push(`broker ${id} is not registered`);
    else if (fenced) missing.push(`broker ${id} is fenced`);
  }
  for (const { index, name } of definition.partitions) {
    const partition = truth.partition(index);
    if (partition === null) missing.push(`${name} is not created`);
    else if (partition.leader < 0) missing.push(`${name} has no leader`);
    else {
      const { isr, replicas } = partition;
      const absent = replicas.filter((id) => !isr.includes(id));
      if (absent.length > 0) missing.push(`${name} lacks ${replicasOf(absent)} in its ISR`);
      else if (!availability.servesWrites(index))
        missing.push(`${name} does not take acks=all writes`);
    }
  }
  return missing;
}

function replicasOf(ids: readonly number[]): string {
  return ids.length === 1 ? `replica ${ids[0]!}` : `replicas ${ids.join(', ')}`;
}
