/** "What does the controller cost in time?": detection, elections and failover, in both modes. */
import type { Answer, AnswerOptions, Lab } from '../lab.js';
import { computeClaims, type SettingRuns } from './claims.js';
import { answerTables, QUESTION, shortAnswer, writeReport } from './document.js';
import { measureSetting, type Setting } from './experiments.js';

export { QUESTION } from './document.js';

const MODES = [
  { kafka: '1.1', metadata: 'zookeeper' },
  { kafka: '3.9', metadata: 'zookeeper' },
  { kafka: '4.1', metadata: 'kraft' },
] as const;

const FIRST_SEED = 1;
const QUICK = { partitions: [1, 100, 1000], seeds: 3 };
const THOROUGH = { partitions: [1, 1000, 10_000, 100_000], seeds: 5 };

export async function whyController(options: AnswerOptions, lab: Lab): Promise<Answer> {
  const { partitions, seeds } = options.quick ? QUICK : THOROUGH;
  const settings = MODES.flatMap((mode) =>
    partitions.map((count): Setting => ({ ...mode, partitions: count })),
  );
  const figures: SettingRuns[] = [];
  for (const [index, setting] of settings.entries()) {
    const runs = Array.from({ length: seeds }, (_, at) => measureSetting(setting, FIRST_SEED + at));
    figures.push({ setting, runs });
    lab.onProgress(index + 1, settings.length);
    // Let whoever shows progress have a turn.
    await Promise.resolve();
  }
  const claims = computeClaims(figures);
  const answer = shortAnswer(claims);
  return {
    json: {
      schema: 1,
      id: 'controller',
      question: QUESTION,
      answer,
      claims,
      tables: answerTables(figures),
      figures: [],
      seeds: { from: FIRST_SEED, to: FIRST_SEED + seeds - 1 },
      reproduce: options.reproduce,
    },
    files: writeReport(figures, claims, answer, options.reproduce),
  };
}
