/** "Why at least 3 brokers? Could it be only 2?" (notes 1.3, 1.7, Q2). */
import type { Answer, AnswerOptions, Lab } from '../lab.js';
import { computeClaims, type Findings } from './claims.js';
import { answerTables, QUESTION, shortAnswer, writeReport } from './document.js';
import { FIRST_SEED, runExperiments, tellCrash, type Effort } from './experiments.js';

export { QUESTION } from './document.js';

const QUICK: Effort = { years: 30, seeds: 8 };
const THOROUGH: Effort = { years: 500, seeds: 100 };

export async function whyBrokers(options: AnswerOptions, lab: Lab): Promise<Answer> {
  const effort = options.quick ? QUICK : THOROUGH;
  const findings: Findings = {
    two: tellCrash({ brokers: 2, replicationFactor: 2, minInsyncReplicas: 2 }, 'broker 2'),
    threeLeader: tellCrash({ brokers: 3, replicationFactor: 3, minInsyncReplicas: 2 }, 'broker 1'),
    threeFollower: tellCrash(
      { brokers: 3, replicationFactor: 3, minInsyncReplicas: 2 },
      'broker 2',
    ),
    figures: await runExperiments(lab, effort),
  };
  const claims = computeClaims(findings);
  const answer = shortAnswer(claims);
  const files = await writeReport(findings, claims, answer, effort, options.reproduce);
  return {
    json: {
      schema: 1,
      id: 'brokers',
      question: QUESTION,
      answer,
      claims,
      tables: answerTables(findings.figures),
      figures: files.slice(1).map(({ name }) => ({ file: name, title: name.replace('.svg', '') })),
      seeds: { from: FIRST_SEED, to: FIRST_SEED + effort.seeds - 1 },
      reproduce: options.reproduce,
    },
    files,
  };
}
