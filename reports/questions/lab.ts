/** What a question needs to be answered, and what an answer is. */
import type { LongRunOptions, LongRunResult, Plan, RunResult } from '../../scenarios/index.js';

/** Where experiments run: threads on the command line, the same thread in a browser. */
export interface Lab {
  /** Plays a plan once for each seed; results in the order of the seeds. */
  playSeeds(plan: Plan, seeds: readonly number[]): Promise<readonly RunResult[]>;
  /** Long runs; results in the order of the tasks. */
  runLong(plan: Plan, tasks: readonly LongRunOptions[]): Promise<readonly LongRunResult[]>;
  /** Steps done of those planned so far. */
  onProgress(done: number, planned: number): void;
}

/** How much effort an answer is worth, and how its report says to get it again. */
export interface AnswerOptions {
  /** Under a minute on two cores, with wider intervals. */
  readonly quick: boolean;
  /** The command that gives the same answer again. */
  readonly reproduce: string;
}

/** A sentence of the answer, computed from runs. */
export interface Claim {
  readonly id: string;
  readonly text: string;
  readonly holds: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** A table of the answer, already formatted; each row has as many cells as `head`. */
export interface AnswerTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The document of `why --json`. */
export interface WhyDocument {
  readonly schema: 1;
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly claims: readonly Claim[];
  readonly tables: readonly AnswerTable[];
  /** Files of the report that hold figures. */
  readonly figures: readonly { readonly file: string; readonly title: string }[];
  readonly seeds: { readonly from: number; readonly to: number };
  readonly reproduce: string;
}

/** A file of the report, named within the report's folder. */
export interface AnswerFile {
  readonly name: string;
  readonly text: string;
}

/** The answer twice over: for programs, and as a report to read. */
export interface Answer {
  readonly json: WhyDocument;
  /** The first is the Markdown report. */
  readonly files: readonly AnswerFile[];
}
