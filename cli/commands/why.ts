/** `brokerlab why`: answers a question of the catalogue with an experiment. */
import { join } from 'node:path';

import { Option, type Command } from 'commander';

import { nearestName } from '../../model/config/index.js';
import {
  findQuestion,
  QUESTIONS,
  type Answer,
  type Question,
} from '../../reports/questions/index.js';
import { ExitCode, UsageError } from '../exit-codes.js';
import { defaultWorkers, WorkerPool } from '../pool.js';
import { startProgress } from '../progress.js';
import { addJsonOption, shellWord, workersOption } from '../scenario-options.js';
import { colours, columns, print, printJson } from '../terminal.js';
import { ThreadedLab } from '../threaded-lab.js';
import { checkFolder, writeWhole } from '../write-output.js';

interface WhyFlags {
  readonly list?: true;
  readonly quick?: true;
  readonly lang: string;
  readonly json?: true;
  readonly out?: string;
  readonly workers?: number;
}

export function addWhy(program: Command, setExitCode: (code: ExitCode) => void): void {
  const command = program
    .command('why')
    .description('answer a question with an experiment, and write its report')
    .argument('[question]', 'a name of brokerlab list questions')
    .option('--list', 'list the questions')
    .option('--quick', 'under a minute on two cores, with wider intervals')
    .addOption(
      new Option('--lang <language>', 'language of the report').choices(['en', 'ko']).default('en'),
    )
    .option('--out <folder>', 'where the report goes (default: reports-out/why-<question>)')
    .addOption(workersOption());
  addJsonOption(command).action(async (id: string | undefined, flags: WhyFlags) => {
    setExitCode(await why(id, flags));
  });
}

async function why(id: string | undefined, flags: WhyFlags): Promise<ExitCode> {
  if (flags.list === true || id === undefined) {
    listQuestions(flags);
    return ExitCode.held;
  }
  const question = questionOf(id);
  if (flags.lang === 'ko') {
    throw new UsageError('--lang ko: reports in Korean are not there yet; --lang en is');
  }
  const folder = flags.out ?? join('reports-out', `why-${question.id}`);
  checkFolder(folder);
  const answer = await answerOf(question, flags);
  for (const { name, text } of answer.files) writeWhole(join(folder, name), text);
  if (flags.json === true) printJson(answer.json);
  else print(summary(answer, folder));
  return answer.json.claims.every(({ holds }) => holds) ? ExitCode.held : ExitCode.violation;
}

function listQuestions({ json }: WhyFlags): void {
  const questions = QUESTIONS.map(({ id, question }) => ({ id, question }));
  if (json === true) printJson({ schema: 1, questions });
  else print(columns(questions.map(({ id, question }) => [id, question])).join('\n'));
}

function questionOf(id: string): Question {
  const question = findQuestion(id);
  if (question !== null) return question;
  const nearest = nearestName(
    id,
    QUESTIONS.map((each) => each.id),
  );
  const hint = nearest === null ? 'see brokerlab why --list' : `did you mean ${nearest}?`;
  throw new UsageError(`there is no question "${id}"; ${hint}`);
}

async function answerOf(question: Question, flags: WhyFlags): Promise<Answer> {
  const pool = new WorkerPool(flags.workers ?? defaultWorkers());
  const progress = startProgress(`why ${question.id}`, 'steps');
  try {
    const quick = flags.quick === true;
    const reproduce = `npx brokerlab why ${shellWord(question.id)}${quick ? ' --quick' : ''}`;
    return await question.answer({ quick, reproduce }, new ThreadedLab(pool, progress));
  } finally {
    progress.stop();
    await pool.close();
  }
}

/** The short answer, its claims, and where the report is. */
function summary({ json, files }: Answer, folder: string): string {
  const claims = json.claims.map(({ text, holds }) =>
    holds ? `  ${colours.green('holds')}: ${text}` : `  ${colours.red('does not hold')}: ${text}`,
  );
  const report = files[0]?.name ?? 'report.md';
  return [
    colours.bold(json.question),
    '',
    json.answer,
    '',
    ...claims,
    '',
    `report: ${join(folder, report)}`,
  ].join('\n');
}
