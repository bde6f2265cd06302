/** The timeline of a run, from its chronicle, its outages and its faults. */
import type { Chronicle, Run } from '../../scenarios/index.js';
import type {
  BrokerLane,
  LeadershipSpan,
  OutageSpan,
  PartitionLane,
  ProcessSpan,
  Span,
  TimelineData,
  TimelineMark,
} from './timeline-data.js';

/** Lanes of all brokers and of the named partitions, over a stretch of the run. */
export function timelineOfRun(
  run: Run,
  chronicle: Chronicle,
  title: string,
  partitions: readonly string[],
  span: Span,
): TimelineData {
  return {
    ...span,
    title,
    brokers: run.definition.brokers.map(({ id, host }) =>
      brokerLane(chronicle, id, host, span.toUs),
    ),
    partitions: run.definition.partitions
      .filter(({ name }) => partitions.includes(name))
      .map(({ index, name }) => partitionLane(run, chronicle, index, name, span.toUs)),
    marks: marksOf(run).filter(({ atUs }) => atUs >= span.fromUs && atUs < span.toUs),
  };
}

function brokerLane(chronicle: Chronicle, id: number, host: number, endUs: number): BrokerLane {
  const process: ProcessSpan[] = [];
  const moments = chronicle.state.hosts.filter((moment) => moment.host === host);
  moments.forEach(({ atUs, status }, index) => {
    const toUs = moments[index + 1]?.atUs ?? endUs;
    if (status !== 'running' && toUs > atUs) {
      process.push({ fromUs: atUs, toUs, state: status === 'paused' ? 'paused' : 'down' });
    }
  });
  const fencing = chronicle.state.fencing
    .filter(({ brokerId }) => brokerId === id)
    .filter(({ fenced }, index, all) => fenced !== all[index - 1]?.fenced);
  const fenced: Span[] = [];
  fencing.forEach(({ atUs, fenced: isFenced }, index) => {
    const toUs = fencing[index + 1]?.atUs ?? endUs;
    if (isFenced && toUs > atUs) fenced.push({ fromUs: atUs, toUs });
  });
  return { id, process, fenced };
}

function partitionLane(
  run: Run,
  chronicle: Chronicle,
  index: number,
  name: string,
  endUs: number,
): PartitionLane {
  const moments = chronicle.state.partitions.filter(
    ({ registration }) => registration.partition === index,
  );
  const leadership: LeadershipSpan[] = [];
  moments.forEach(({ atUs, registration }, position) => {
    const toUs = moments[position + 1]?.atUs ?? endUs;
    if (toUs <= atUs) return;
    const leader = registration.leader < 0 ? null : registration.leader;
    leadership.push({ fromUs: atUs, toUs, leader, isr: registration.isr, elr: registration.elr });
  });
  const outages: OutageSpan[] = [];
  for (const { partition, kind, fromUs, untilUs, cause } of run.availability.state.outages) {
    if (partition !== index || (kind !== 'write' && kind !== 'read')) continue;
    const toUs = untilUs < 0 ? endUs : untilUs;
    if (toUs > fromUs) outages.push({ fromUs, toUs, kind, cause });
  }
  // A reassignment brings further lanes, in the order in which their replicas came.
  const replicas = [...new Set(moments.flatMap(({ registration }) => registration.replicas))];
  return { name, replicas, leadership, outages };
}

function marksOf(run: Run): TimelineMark[] {
  const marks: TimelineMark[] = [];
  for (const { fromUs, untilUs, text, skipped } of run.director.notes) {
    if (skipped) continue;
    marks.push({ atUs: fromUs, label: text });
    if (untilUs > fromUs) marks.push({ atUs: untilUs, label: `end of ${text}` });
  }
  return marks.sort((a, b) => a.atUs - b.atUs);
}
