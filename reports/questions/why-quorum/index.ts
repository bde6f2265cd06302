/** "What stops when the ensemble's or the controllers' quorum is lost?": an outage of two of three, with load on. */
import type { Answer, AnswerOptions, Lab } from '../lab.js';
import { computeClaims } from './claims.js';
import { QUESTION, shortAnswer, titleOf, writeReport, type DrawnStory } from './document.js';
import { playSetting, type Act, type Setting } from './experiments.js';
import type { SettingRuns } from './figures.js';
import { answerTables } from './tables.js';

export { QUESTION } from './document.js';

const MODES = [
  { kafka: '2.6', metadata: 'zookeeper' },
  { kafka: '3.9', metadata: 'zookeeper' },
  { kafka: '4.1', metadata: 'kraft' },
] as const;

const LOST: readonly Act[] = [
  'nothing',
  'follower-crash',
  'leader-crash',
  'broker-restart',
  'reassignment',
];
const KEPT: readonly Act[] = ['follower-crash', 'leader-crash'];

const MIN_INSYNC_REPLICAS = 2;
const FIRST_SEED = 1;
/** The fourth is the first with which, on ZooKeeper, the follower that crashes is the controller. */
const QUICK_SEEDS = 4;
const THOROUGH_SEEDS = 20;

export async function whyQuorum(options: AnswerOptions, lab: Lab): Promise<Answer> {
  const seeds = options.quick ? QUICK_SEEDS : THOROUGH_SEEDS;
  const settings = settingsOf();
  const figures: SettingRuns[] = [];
  const stories: DrawnStory[] = [];
  for (const [index, setting] of settings.entries()) {
    const runs = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
      const story = playSetting(setting, seed);
      runs.push(story.times);
      const file = seed === FIRST_SEED ? drawingOf(setting) : null;
      if (file !== null) stories.push({ file, title: titleOf(story), story });
      lab.onProgress(index * seeds + runs.length, settings.length * seeds);
      // Let whoever shows progress have a turn.
      await Promise.resolve();
    }
    figures.push({ setting, runs });
  }
  const claims = computeClaims(figures);
  const answer = shortAnswer(claims);
  return {
    json: {
      schema: 1,
      id: 'quorum',
      question: QUESTION,
      answer,
      claims,
      tables: answerTables(figures),
      figures: stories.map(({ file, title }) => ({ file, title })),
      seeds: { from: FIRST_SEED, to: FIRST_SEED + seeds - 1 },
      reproduce: options.reproduce,
    },
    files: writeReport(figures, claims, answer, stories, options.reproduce),
  };
}

/** Every mode and act without a quorum, the crashes with one, too. */
export function settingsOf(): Setting[] {
  return MODES.flatMap((mode) => {
    const base = { ...mode, minInsyncReplicas: MIN_INSYNC_REPLICAS };
    const lost = mode.metadata === 'kraft' ? [...LOST, 'new-producer' as const] : LOST;
    return [
      ...lost.map((act): Setting => ({ ...base, act, quorum: 'lost' })),
      ...KEPT.map((act): Setting => ({ ...base, act, quorum: 'kept' })),
    ];
  });
}

/** The file that a setting is drawn in, or null. */
function drawingOf({ kafka, metadata, act, quorum }: Setting): string | null {
  if (quorum === 'kept') return null;
  if (act === 'follower-crash') return `follower-crash-${kafka}-${metadata}.svg`;
  if (act === 'leader-crash' && metadata === 'kraft')
    return `leader-crash-${kafka}-${metadata}.svg`;
  return null;
}
