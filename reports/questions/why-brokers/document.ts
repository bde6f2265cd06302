/** The report: question, short answer, tables, chart, two runs told, assumptions, commands. */
import {
  renderTimelineSvg,
  renderTimelineText,
  renderUnavailabilityChart,
  timelineOfRun,
} from '../../charts/index.js';
import {
  code,
  details,
  formatDuration,
  formatEstimate,
  formatShare,
  formatSignificant,
  heading,
  image,
  MINUTES_PER_YEAR,
  list,
  paragraph,
  quote,
  renderDocument,
  table,
  type Block,
} from '../../markdown/index.js';
import type { AnswerFile, AnswerTable, Claim } from '../lab.js';
import type { Figure } from '../../availability/index.js';
import { CRASHES, nameOf, shortNameOf } from './configurations.js';
import type { ConfigurationFigures, CrashStory, Effort, LossCount } from './experiments.js';
import type { Findings } from './claims.js';

const CONFIDENCE = 0.99;

export const QUESTION = 'Why at least 3 brokers? Could it be only 2?';

/** The tables of the answer, as text. */
export function answerTables(figures: readonly ConfigurationFigures[]): AnswerTable[] {
  return [
    {
      title: 'Minutes per year without service, mean over partitions (99 % intervals)',
      head: [
        'brokers',
        'RF',
        'min ISR',
        'acks=all writes',
        'theory',
        'acks=1 writes and reads',
        'theory',
        'acks=all available',
      ],
      rows: figures.map(({ configuration, availability }) => [
        String(configuration.brokers),
        String(configuration.replicationFactor),
        String(configuration.minInsyncReplicas),
        estimate(availability.outageMinutesPerYear.write),
        minutes(availability.theory?.write),
        estimate(availability.outageMinutesPerYear.read),
        minutes(availability.theory?.read),
        formatShare(availability.write.mean),
      ]),
    },
    {
      title: 'Acknowledged records lost (runs with a loss of all runs)',
      head: [
        'brokers',
        'RF',
        'min ISR',
        'power loss, acks=all',
        'power loss, acks=1',
        'second failure, acks=all',
        'second failure, acks=1',
      ],
      rows: figures.map(({ configuration, powerLoss, secondLoss }) => [
        String(configuration.brokers),
        String(configuration.replicationFactor),
        String(configuration.minInsyncReplicas),
        lossText(powerLoss.all),
        lossText(powerLoss['1']),
        lossText(secondLoss.all),
        lossText(secondLoss['1']),
      ]),
    },
  ];
}

/** The short answer, from the claims. */
export function shortAnswer(claims: readonly Claim[]): string {
  const failing = claims.filter(({ holds }) => !holds);
  if (failing.length > 0) {
    return `The runs do not bear out the usual answer: ${failing.map(({ text }) => text).join(' ')}`;
  }
  const text = (id: string): string => claims.find((claim) => claim.id === id)?.text ?? '';
  return [
    'Three, because one broker may then fail without stopping acks=all writes or losing what was acknowledged.',
    text('two-brokers-stop'),
    text('two-min-isr-1-loses'),
    text('three-leader-crash'),
  ].join(' ');
}

export async function writeReport(
  findings: Findings,
  claims: readonly Claim[],
  answer: string,
  effort: Effort,
  reproduce: string,
): Promise<AnswerFile[]> {
  const chart = await renderUnavailabilityChart({
    title: 'Minutes per year without service',
    subtitle: `99 % intervals; each broker crashes every ${CRASHES.mttf} and is back after ${CRASHES.mttr}`,
    xTitle: 'brokers / replication factor / min.insync.replicas',
    points: findings.figures.flatMap(({ configuration, availability }) => [
      {
        category: shortNameOf(configuration),
        series: 'acks=all writes',
        minutesPerYear: { ...availability.outageMinutesPerYear.write, confidence: CONFIDENCE },
        theory: minutesOf(availability.theory?.write),
      },
      {
        category: shortNameOf(configuration),
        series: 'acks=1 writes and reads',
        minutesPerYear: { ...availability.outageMinutesPerYear.read, confidence: CONFIDENCE },
        theory: minutesOf(availability.theory?.read),
      },
    ]),
  });
  const stories = [
    { file: 'two-brokers.svg', story: findings.two },
    { file: 'three-brokers.svg', story: findings.threeLeader },
  ];
  const blocks: Block[] = [
    heading(1, QUESTION),
    quote(answer),
    heading(2, 'What was measured'),
    ...answerTables(findings.figures).flatMap((each) => [
      heading(3, each.title),
      table(
        each.head,
        each.rows,
        each.head.map((_, index) => (index < 3 ? 'right' : 'left')),
      ),
    ]),
    paragraph(
      'A power loss strikes the machine of the leader while a producer writes and the followers are some milliseconds behind (what the leader sends them takes fifty times as long for a while); a second failure is the same power loss while another replica is already down. Nothing is lost by a crash of the process alone: its page cache survives.',
    ),
    image(
      'availability.svg',
      'Minutes per year without service, by cluster and acks, with 99 % intervals',
    ),
    heading(2, 'The claims, computed'),
    list(
      claims.map(
        ({ text, holds, id }) => `${holds ? 'holds' : '**does not hold**'}: ${text} (\`${id}\`)`,
      ),
    ),
    heading(2, 'One crash with two brokers, and with three'),
    ...stories.flatMap(({ file, story }) => storyBlocks(file, story)),
    heading(2, 'How each figure is defined'),
    list([
      'acks=all writes: the share of calendar time in which a new acks=all produce sent at that moment would not be served without waiting for a failure to be noticed or repaired. The time to notice a crash is included.',
      'acks=1 writes and reads: the same for a running leader that clients reach; acks=1 asks for no more, and neither does a fetch up to the high watermark.',
      'Both are means over partitions. Loss counts acknowledged records that are in no log of the leader at the end.',
      'Theory: the steady state of a Markov chain over the states of one partition (docs/theory.md).',
    ]),
    heading(2, 'What was assumed'),
    list([
      `Each broker crashes by itself, exponentially, every ${CRASHES.mttf} on average, and is back after ${CRASHES.mttr}; its page cache survives. No other failures; three controllers of their own that never fail.`,
      'Kafka 4.1 in KRaft mode with its defaults (broker.session.timeout.ms 9000, ELR on), one-way latency lognormal with median 0.5 ms.',
      `${String(effort.years)} simulated years and ${String(effort.seeds)} seeds for each cluster.`,
    ]),
    heading(2, 'What was not modelled'),
    list([
      'Segments, retention, compaction; consumer groups; transactions; quotas, security; common causes of failure such as racks.',
    ]),
    heading(2, 'To get these numbers again'),
    code(
      `${reproduce}\nbrokerlab run leader-crash --seed 1\nbrokerlab run two-brokers --seed 1`,
      'sh',
    ),
  ];
  return [
    { name: 'report.md', text: renderDocument(blocks) },
    { name: 'availability.svg', text: chart },
    ...stories.map(({ file, story }) => ({
      name: file,
      text: renderTimelineSvg(timelineOf(story)),
    })),
  ];
}

function storyBlocks(file: string, story: CrashStory): Block[] {
  const { writeOutageMs, refusals, isrShrunkMs, isrFullMs, crashMs, backMs } = story;
  const seconds = (ms: number | null): string =>
    ms === null ? 'never' : `${(ms / 1000).toFixed(3)} s`;
  return [
    heading(3, `${nameOf(story.configuration)}: ${story.victim} crashes`),
    table(
      ['moment', 'time'],
      [
        [`${story.victim} crashes`, seconds(crashMs)],
        ['it is fenced and out of the ISR', seconds(isrShrunkMs)],
        ['first NOT_ENOUGH_REPLICAS', seconds(refusals.firstMs)],
        ['last NOT_ENOUGH_REPLICAS', seconds(refusals.lastMs)],
        ['its process starts again', seconds(backMs)],
        ['it is back in the ISR', seconds(isrFullMs)],
        [
          'acks=all writes not served',
          writeOutageMs === null
            ? 'never'
            : `${seconds(writeOutageMs.fromMs)} to ${seconds(writeOutageMs.toMs)} (${formatDuration((writeOutageMs.toMs - writeOutageMs.fromMs) * 1000)})`,
        ],
      ],
      ['left', 'right'],
    ),
    image(file, `Timeline: ${nameOf(story.configuration)}, ${story.victim} crashes`),
    ...details('The same as text', [code(renderTimelineText(timelineOf(story)))]),
  ];
}

function timelineOf(story: CrashStory): ReturnType<typeof timelineOfRun> {
  const span = { fromUs: story.crashMs * 1000 - 5_000_000, toUs: story.backMs * 1000 + 15_000_000 };
  const title = `${nameOf(story.configuration)}: ${story.victim} crashes`;
  return timelineOfRun(story.run, story.chronicle, title, ['orders-0'], span);
}

function lossText({ runs, runsWithLoss, recordsLost }: LossCount): string {
  return recordsLost === 0
    ? `none (0 of ${String(runs)})`
    : `${String(recordsLost)} (${String(runsWithLoss)} of ${String(runs)})`;
}

function estimate(figure: Figure): string {
  return formatEstimate({ ...figure, confidence: CONFIDENCE });
}

function minutesOf(available: number | undefined): number | null {
  return available === undefined ? null : (1 - available) * MINUTES_PER_YEAR;
}

function minutes(available: number | undefined): string {
  const value = minutesOf(available);
  return value === null ? 'none' : formatSignificant(value, 4);
}
