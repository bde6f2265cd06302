/** The catalogue of questions, each answered by an experiment that anyone can run again. */
import type { Answer, AnswerOptions, Lab } from './lab.js';
import { QUESTION as BROKERS, whyBrokers } from './why-brokers/index.js';
import { QUESTION as CONTROLLER, whyController } from './why-controller/index.js';
import { QUESTION as QUORUM, whyQuorum } from './why-quorum/index.js';

export type {
  Answer,
  AnswerFile,
  AnswerOptions,
  AnswerTable,
  Claim,
  Lab,
  WhyDocument,
} from './lab.js';

/** A question that `brokerlab why ID` answers. */
export interface Question {
  readonly id: string;
  readonly question: string;
  /** Makes the experiment in a lab; equal options give an equal answer. */
  readonly answer: (options: AnswerOptions, lab: Lab) => Promise<Answer>;
}

/** Every question that the lab answers, in the order in which they are listed. */
export const QUESTIONS: readonly Question[] = [
  { id: 'brokers', question: BROKERS, answer: whyBrokers },
  { id: 'controller', question: CONTROLLER, answer: whyController },
  { id: 'quorum', question: QUORUM, answer: whyQuorum },
];

/** The question of that id, or null. */
export function findQuestion(id: string): Question | null {
  return QUESTIONS.find((question) => question.id === id) ?? null;
}
