/**
 * A timeline as lines of text: time, who, what, in columns. Same moments as the drawing; fit for a
 * terminal, a golden file, or a reader without images.
 */

import { formatSeconds } from '../markdown/numbers.js';
import { checkTimeline, type LeadershipSpan, type TimelineData } from './timeline-data.js';

interface Line {
  readonly atUs: number;
  readonly who: string;
  readonly what: string;
}

/** One line for each change, in order of time; each line ends in a line break. */
export function renderTimelineText(data: TimelineData): string {
  checkTimeline(data);
  const lines = [...markLines(data), ...brokerLines(data), ...partitionLines(data)]
    .filter((line) => line.atUs >= data.fromUs && line.atUs < data.toUs)
    .map((line, order) => ({ ...line, order }))
    .sort((a, b) => a.atUs - b.atUs || a.order - b.order);
  const times = lines.map((line) => formatSeconds(line.atUs));
  const timeWidth = Math.max(4, formatSeconds(data.toUs).length, ...times.map((t) => t.length));
  const whoWidth = Math.max(3, ...lines.map((line) => line.who.length));
  const row = (time: string, who: string, what: string): string =>
    `${time.padStart(timeWidth)}  ${who.padEnd(whoWidth)}  ${what}`.trimEnd();
  return [
    data.title,
    row('at s', 'who', 'what'),
    ...lines.map((line, i) => row(times[i] ?? '', line.who, line.what)),
    row(formatSeconds(data.toUs), '', 'end'),
    '',
  ].join('\n');
}

function markLines(data: TimelineData): Line[] {
  return data.marks.map(({ atUs, label }) => ({ atUs, who: 'fault', what: label }));
}

function brokerLines(data: TimelineData): Line[] {
  return data.brokers.flatMap((broker) => {
    const who = `broker ${String(broker.id)}`;
    return [
      ...broker.process.flatMap(({ fromUs, toUs, state }): Line[] => [
        { atUs: fromUs, who, what: state },
        { atUs: toUs, who, what: state === 'down' ? 'starts' : 'resumes' },
      ]),
      ...broker.fenced.flatMap(({ fromUs, toUs }): Line[] => [
        { atUs: fromUs, who, what: 'fenced' },
        { atUs: toUs, who, what: 'unfenced' },
      ]),
    ];
  });
}

function partitionLines(data: TimelineData): Line[] {
  return data.partitions.flatMap(({ name, leadership, outages }) => [
    ...leadership.flatMap((span, index): Line[] => {
      const what = describeChange(leadership[index - 1] ?? null, span);
      return what === '' ? [] : [{ atUs: Math.max(span.fromUs, data.fromUs), who: name, what }];
    }),
    ...outages.flatMap(({ kind, fromUs, toUs, cause }): Line[] => [
      { atUs: Math.max(fromUs, data.fromUs), who: name, what: `${kind}s stop: ${cause}` },
      {
        atUs: toUs,
        who: name,
        what: `${kind}s go on after ${formatSeconds(toUs - fromUs)} s`,
      },
    ]),
  ]);
}

/** What changed from one span to the next; all of it for the first. */
function describeChange(before: LeadershipSpan | null, after: LeadershipSpan): string {
  const parts: string[] = [];
  if (before?.leader !== after.leader) {
    parts.push(`leader ${changed(before && leaderName(before), leaderName(after))}`);
  }
  if (before === null || members(before.isr) !== members(after.isr)) {
    parts.push(`isr ${changed(before && members(before.isr), members(after.isr))}`);
  }
  if (before !== null || after.elr.length > 0) {
    const elrBefore = members(before?.elr ?? []);
    if (elrBefore !== members(after.elr)) {
      parts.push(`elr ${changed(elrBefore, members(after.elr))}`);
    }
  }
  return parts.join(', ');
}

function changed(before: string | null, after: string): string {
  return before === null ? after : `${before} -> ${after}`;
}

function leaderName(span: LeadershipSpan): string {
  return span.leader === null ? 'none' : String(span.leader);
}

function members(ids: readonly number[]): string {
  return `[${ids.map(String).join(' ')}]`;
}
