/** The report: question, short answer, tables, assumptions, command. */
import { DEFAULT_COSTS } from '../../../model/index.js';
import {
  code,
  formatDuration,
  heading,
  list,
  paragraph,
  quote,
  renderDocument,
  table,
  type Block,
} from '../../markdown/index.js';
import type { AnswerFile, AnswerTable, Claim } from '../lab.js';
import { nameOfMode, spreadOf, type SettingRuns, type Spread } from './claims.js';
import type { SettingTimes } from './experiments.js';

export const QUESTION = 'What does the controller cost in time, on ZooKeeper and in KRaft mode?';

interface Column {
  readonly head: string;
  readonly figure: (run: SettingTimes) => number | null;
}

const CRASH: readonly Column[] = [
  { head: 'noticed', figure: ({ crash }) => crash.noticedMs },
  { head: 'last election decided', figure: ({ crash }) => crash.electedMs },
  { head: 'last leader at work', figure: ({ crash }) => crash.leadingMs },
  { head: 'a partition without leader, mean', figure: ({ crash }) => crash.meanGapMs },
];

const STOP: readonly Column[] = [
  { head: 'first noticed', figure: ({ stop }) => stop.noticedMs },
  { head: 'last election decided', figure: ({ stop }) => stop.electedMs },
  { head: 'last leader at work', figure: ({ stop }) => stop.leadingMs },
];

const FAILOVER: readonly Column[] = [
  { head: 'next controller at work', figure: ({ failoverMs }) => failoverMs },
];

/** The tables of the answer, as text. */
export function answerTables(figures: readonly SettingRuns[]): AnswerTable[] {
  return [
    tableOf('A broker crashes: time since then (median; smallest to largest)', figures, CRASH),
    tableOf('A broker is stopped (controlled shutdown): time since then', figures, STOP),
    tableOf('The active controller crashes: time since then', figures, FAILOVER),
  ];
}

/** The short answer, from the claims. */
export function shortAnswer(claims: readonly Claim[]): string {
  const failing = claims.filter(({ holds }) => !holds);
  if (failing.length > 0) {
    return `The runs do not bear out the usual answer: ${failing.map(({ text }) => text).join(' ')}`;
  }
  return claims.map(({ text }) => text).join(' ');
}

export function writeReport(
  figures: readonly SettingRuns[],
  claims: readonly Claim[],
  answer: string,
  reproduce: string,
): AnswerFile[] {
  const blocks: Block[] = [
    heading(1, QUESTION),
    quote(answer),
    heading(2, 'What was measured'),
    ...answerTables(figures).flatMap((each) => [
      heading(3, each.title),
      table(
        each.head,
        each.rows,
        each.head.map((_, index) => (index === 0 ? 'left' : 'right')),
      ),
    ]),
    paragraph(
      'Six brokers, three replicas a partition, no load. What a crash costs begins with noticing it: a session of ZooKeeper or of the controllers has to lapse. What it costs beyond that grows with the partitions that the broker led.',
    ),
    heading(2, 'The claims, computed'),
    list(
      claims.map(
        ({ text, holds, id }) => `${holds ? 'holds' : '**does not hold**'}: ${text} (\`${id}\`)`,
      ),
    ),
    heading(2, 'What was assumed'),
    list([
      'Defaults of each version: `zookeeper.session.timeout.ms`, `broker.session.timeout.ms`, `controller.quorum.fetch.timeout.ms`.',
      `Costs that Kafka's configuration does not say, assumptions of the lab: the controller handles an event in ${String(DEFAULT_COSTS.controllerEventUs)} us; a write to ZooKeeper takes its network and the flushes of its quorum; one-way latency lognormal with median 0.5 ms.`,
    ]),
    heading(2, 'To get these numbers again'),
    code(reproduce, 'sh'),
  ];
  return [{ name: 'report.md', text: renderDocument(blocks) }];
}

function tableOf(
  title: string,
  figures: readonly SettingRuns[],
  columns: readonly Column[],
): AnswerTable {
  return {
    title,
    head: ['cluster', 'partitions', ...columns.map(({ head }) => head)],
    rows: figures.map(({ setting, runs }) => [
      nameOfMode(setting),
      String(setting.partitions),
      ...columns.map(({ figure }) => spreadText(spreadOf(runs, figure))),
    ]),
  };
}

function spreadText(spread: Spread | null): string {
  if (spread === null) return 'not within the run';
  const [median, low, high] = [spread.median, spread.low, spread.high].map((ms) =>
    formatDuration(Math.round(ms * 1000)),
  );
  return `${median!} (${low!} to ${high!})`;
}
