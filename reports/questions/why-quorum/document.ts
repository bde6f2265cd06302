/** The report: question, short answer, tables, timelines, assumptions, command. */
import { renderTimelineSvg, timelineOfRun, type TimelineData } from '../../charts/index.js';
import {
  code,
  heading,
  image,
  list,
  paragraph,
  quote,
  renderDocument,
  table,
  type Block,
} from '../../markdown/index.js';
import type { AnswerFile, Claim } from '../lab.js';
import { ACT_AT_S, BACK_AT_S, END_AT_S, LOST_AT_S, type QuorumStory } from './experiments.js';
import { durationText, nameOfMode, type SettingRuns } from './figures.js';
import { SILENCE_US, type Stoppage } from './service.js';
import { answerTables } from './tables.js';

export const QUESTION = 'What stops when the ensemble’s or the controllers’ quorum is lost?';

/** A run that is drawn, and the file that holds the drawing. */
export interface DrawnStory {
  readonly file: string;
  readonly title: string;
  readonly story: QuorumStory;
}

/** The short answer, from the claims. */
export function shortAnswer(claims: readonly Claim[]): string {
  const failing = claims.filter(({ holds }) => !holds);
  if (failing.length > 0) {
    return `The runs do not bear out the usual answer: ${failing.map(({ text }) => text).join(' ')}`;
  }
  return [
    'Nothing stops at once: leaders go on serving reads and acks=all writes until something has to be decided.',
    'A follower that crashes then stops acks=all writes of its partitions, a leader that crashes stops everything in its own, for as long as the quorum is gone and a little longer;',
    'no broker can start, and nothing that the operator asks for happens.',
    'Acknowledged records are safe.',
  ].join(' ');
}

/** The report and its drawings. */
export function writeReport(
  figures: readonly SettingRuns[],
  claims: readonly Claim[],
  answer: string,
  stories: readonly DrawnStory[],
  reproduce: string,
): AnswerFile[] {
  const blocks: Block[] = [
    heading(1, QUESTION),
    quote(answer),
    heading(2, 'What was measured'),
    paragraph(
      `Three brokers, one partition with three replicas, min.insync.replicas ${minimumOf(figures)}. Two of the three servers of the ensemble, or of the three controllers with hosts of their own, crash at ${String(LOST_AT_S)} s and run again at ${String(BACK_AT_S)} s; at ${String(ACT_AT_S)} s something else happens, or nothing. Who crashes then stays down. Times are what clients saw: a writer with acks=all that sends twenty records a second, and a reader that is so slow that there is always something committed left to read.`,
    ),
    ...answerTables(figures).flatMap((each) => [
      heading(3, each.title),
      table(each.head, each.rows),
    ]),
    paragraph(
      `A service counts as stopped where it served nothing for more than ${durationText(SILENCE_US / 1000)}. A last service before 0 was that long before the crash: acknowledgements come about twenty times a second, the reader asks every 400 ms.`,
    ),
    heading(2, 'The claims, computed'),
    list(
      claims.map(
        ({ text, holds, id }) => `${holds ? 'holds' : '**does not hold**'}: ${text} (\`${id}\`)`,
      ),
    ),
    heading(2, 'Runs drawn'),
    ...stories.flatMap(({ file, title }) => [heading(3, title), image(file, title)]),
    heading(2, 'Why it is so'),
    list([
      'Who serves: a leader needs nobody’s leave to serve. A broker whose session cannot be kept alive does not stop: on ZooKeeper a session ends when the ensemble says so, and there is none to say it; in KRaft mode heartbeats go unanswered, and the broker goes on with the metadata that it has.',
      'A follower that crashes stays in the ISR until that is changed by those who are gone, and acks=all is answered when the high watermark has passed the record, which waits for every member of the ISR. min.insync.replicas plays no part in that. A leader that asks for a smaller ISR still counts the old one until it has an answer (KIP-497).',
      'Until 2.6 a leader writes the ISR to ZooKeeper itself, and holds the lock of the partition until it has an answer (Partition.maybeShrinkIsr, KafkaZkClient.retryRequestsUntilConnected). Kafka goes further than the lab here: produce requests of any acks wait for that lock, too, and occupy the threads that serve requests (num.io.threads), so that the whole broker may come to stand still. The lab holds up the partition’s fetches and its high watermark.',
      'What producers hear: a request for acks=all times out after request.timeout.ms (30 s), and is sent again. When delivery.timeout.ms is over the application is told, of records that the leader may have all the same. Batches that were given up leave a gap in the producer’s sequence: what follows is refused with OUT_OF_ORDER_SEQUENCE_NUMBER until the producer has raised its epoch (KIP-360). A dead leader answers nothing.',
      'When the quorum is back, sessions count anew from then: a dead broker is noticed one session later (zookeeper.session.timeout.ms, broker.session.timeout.ms). The ISR does not wait for that, since the leader asks again at once, unless the one that it has to ask is dead: the controller on ZooKeeper is a broker, and may be the very follower that crashed. A broker that was started anew on ZooKeeper cannot register before its old session has ended.',
    ]),
    heading(2, 'What was assumed'),
    list([
      'Defaults of each version; writers are idempotent, with delivery.timeout.ms 120000 and request.timeout.ms 30000. One-way latency lognormal with median 0.5 ms. Starting a process takes one second.',
      'The members of the quorum crash and keep their disks. Where they do not come back with them, see the story quorum-loss and docs/limits.md.',
      'New idempotent producers were tried in KRaft mode only: brokers on ZooKeeper get a block of ids when they start, which the lab leaves until it is needed.',
    ]),
    heading(2, 'What was not modelled'),
    list(['Group coordinators, transactions, new topics; several log directories; quotas.']),
    heading(2, 'To get these numbers again'),
    code(`${reproduce}\nnpx brokerlab run quorum-loss --seed 1`, 'sh'),
  ];
  return [
    { name: 'report.md', text: renderDocument(blocks) },
    ...stories.map((each) => ({ name: each.file, text: renderTimelineSvg(timelineOf(each)) })),
  ];
}

/** The title of a drawn story. */
export function titleOf({ times }: QuorumStory): string {
  const act = times.setting.act === 'leader-crash' ? 'the leader' : 'a follower';
  return `${nameOfMode(times.setting)}: ${act} crashes while there is no quorum`;
}

function timelineOf({ title, story }: DrawnStory): TimelineData {
  const { run, chronicle, times } = story;
  const span = { fromUs: (LOST_AT_S - 10) * 1_000_000, toUs: END_AT_S * 1_000_000 };
  const data = timelineOfRun(run, chronicle, title, ['orders-0'], span);
  // What clients saw, and not whether the replicas could have served: a locked partition serves nothing, either.
  const outages = [
    ...outageOf('write', times.writes, span.toUs),
    ...outageOf('read', times.reads, span.toUs),
  ];
  return { ...data, partitions: data.partitions.map((lane) => ({ ...lane, outages })) };
}

function outageOf(
  kind: 'write' | 'read',
  stoppage: Stoppage | null,
  endUs: number,
): TimelineData['partitions'][number]['outages'] {
  if (stoppage === null) return [];
  const fromUs = ACT_AT_S * 1_000_000 + stoppage.lastMs * 1000;
  const toUs = stoppage.backMs === null ? endUs : BACK_AT_S * 1_000_000 + stoppage.backMs * 1000;
  return [{ kind, fromUs, toUs, cause: 'no quorum' }];
}

function minimumOf(figures: readonly SettingRuns[]): string {
  return [...new Set(figures.map(({ setting }) => setting.minInsyncReplicas))].join(', ');
}
