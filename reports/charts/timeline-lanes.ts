/** The lanes of a timeline: brokers, and partitions with their replicas, writes and reads. */

import { formatSeconds } from '../markdown/numbers.js';
import { PAPER } from './palette.js';
import { element, text, textWidth } from './svg.js';
import { timeToX } from './time-axis.js';
import {
  type BrokerLane,
  clip,
  type LeadershipSpan,
  type PartitionLane,
  type Span,
} from './timeline-data.js';
import {
  bar,
  brokerName,
  type Drawing,
  label,
  type Look,
  LOOKS,
  SIZES,
} from './timeline-drawing.js';

const LANE = SIZES.lane;
const LANE_GAP = SIZES.laneGap;

/** One lane: the process as a bar, fencing as a thin strip at its foot. */
export function drawBroker(drawing: Drawing, broker: BrokerLane): void {
  const { axis, y } = drawing;
  label(drawing, brokerName(broker.id), SIZES.margin);
  bar(drawing, axis, 'up', { y, height: LANE });
  broker.process.forEach((span) => {
    bar(drawing, span, span.state, { y, height: LANE });
  });
  broker.fenced.forEach((span) => {
    bar(drawing, span, 'fenced', { y: y + LANE - 5, height: 5 });
  });
  drawing.y += LANE + LANE_GAP;
}

/** A group of lanes with a heading. */
export function drawPartition(drawing: Drawing, partition: PartitionLane): void {
  drawing.y += SIZES.groupGap;
  label(drawing, partition.name, SIZES.margin, 'bold');
  const groupTop = drawing.y;
  for (const replica of partition.replicas) {
    drawing.y += LANE + LANE_GAP;
    drawReplica(drawing, partition, replica);
  }
  for (const kind of ['write', 'read'] as const) {
    drawing.y += LANE + LANE_GAP;
    label(drawing, `${kind}s`, SIZES.margin + 10);
    bar(drawing, drawing.axis, 'out', { y: drawing.y, height: LANE });
  }
  const writesY = drawing.y - LANE - LANE_GAP;
  for (const outage of partition.outages) {
    const y = outage.kind === 'write' ? writesY : drawing.y;
    bar(drawing, outage, outage.kind, { y, height: LANE });
    drawOutageLength(drawing, outage, y);
  }
  drawing.y += LANE + LANE_GAP;
  shadeOutages(drawing, partition, groupTop);
}

/** Writes an outage's length into its bar where it fits. */
function drawOutageLength(drawing: Drawing, outage: Span, y: number): void {
  const clipped = clip(outage, drawing.axis);
  if (clipped === null) {
    return;
  }
  const from = timeToX(drawing.axis, clipped.fromUs);
  const to = timeToX(drawing.axis, clipped.toUs);
  const content = `${formatSeconds(outage.toUs - outage.fromUs, 1)} s`;
  if (textWidth(content, SIZES.smallFont) + 6 <= to - from) {
    drawing.front.push(
      text(content, (from + to) / 2, y + LANE - 5, {
        'font-size': SIZES.smallFont,
        'text-anchor': 'middle',
        fill: PAPER.ground,
      }),
    );
  }
}

function drawReplica(drawing: Drawing, partition: PartitionLane, replica: number): void {
  const { y } = drawing;
  label(drawing, `on broker ${String(replica)}`, SIZES.margin + 10);
  bar(drawing, drawing.axis, 'out', { y, height: LANE });
  for (const { look, ...span } of replicaSpans(partition.leadership, replica)) {
    bar(drawing, span, look, { y, height: LANE });
  }
}

/** What a replica was and when; neighbours that look the same are one. */
function replicaSpans(
  leadership: readonly LeadershipSpan[],
  replica: number,
): (Span & { readonly look: Look })[] {
  const spans: (Span & { readonly look: Look })[] = [];
  for (const { fromUs, toUs, leader, isr, elr } of leadership) {
    const look =
      leader === replica
        ? 'leader'
        : isr.includes(replica)
          ? 'isr'
          : elr.includes(replica)
            ? 'elr'
            : null;
    const last = spans[spans.length - 1];
    if (look !== null && last?.look === look && last.toUs === fromUs) {
      spans[spans.length - 1] = { ...last, toUs };
    } else if (look !== null) {
      spans.push({ fromUs, toUs, look });
    }
  }
  return spans;
}

/** A faint band behind a whole group while either writes or reads stop. */
function shadeOutages(drawing: Drawing, partition: PartitionLane, top: number): void {
  for (const outage of partition.outages) {
    const clipped = clip(outage, drawing.axis);
    if (clipped !== null) {
      const x = timeToX(drawing.axis, clipped.fromUs);
      const width = Math.max(1.5, timeToX(drawing.axis, clipped.toUs) - x);
      drawing.back.push(
        element('rect', {
          x,
          y: top,
          width,
          height: drawing.y - top,
          fill: LOOKS[outage.kind].fill,
          'fill-opacity': 0.18,
        }),
      );
    }
  }
}
