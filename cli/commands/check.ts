/** `brokerlab check`: judges a client history, of the lab's or of Jepsen's. */
import { Option, type Command } from 'commander';

import {
  checkHistory,
  CLIENT_MODES,
  clientModeOf,
  HISTORY_BYTES_MAX,
  historyFormatOf,
  parseHistory,
  type AnomalyName,
  type ClientMode,
  type HistoryVerdict,
  type Operation,
} from '../../scenarios/index.js';
import { ExitCode, UsageError } from '../exit-codes.js';
import { problemError, readTextFile } from '../read-input.js';
import { addJsonOption } from '../scenario-options.js';
import { columns, counted, print, printJson } from '../terminal.js';

interface CheckFlags {
  readonly sub?: ClientMode;
  readonly wwDeps: boolean;
  readonly json?: true;
}

/** Cases of one anomaly that are told to people; JSON has them all. */
const CASES_SHOWN = 3;
const MESSAGE_CHARACTERS_MAX = 160;

export function addCheck(program: Command, setExitCode: (code: ExitCode) => void): void {
  const command = program
    .command('check')
    .description("judge a client history in Jepsen's form")
    .argument('<history>', 'a file: .edn, .json or .jsonl')
    .addOption(
      new Option(
        '--sub <mode>',
        'how consumers got their partitions (default: subscribe if any operation subscribes, else assign)',
      ).choices(CLIENT_MODES),
    )
    .option('--no-ww-deps', 'do not take the order of writes in a log for a dependency');
  addJsonOption(command).action((file: string, flags: CheckFlags) => {
    setExitCode(check(file, flags));
  });
}

function check(file: string, { sub, wwDeps, json }: CheckFlags): ExitCode {
  const history = readHistory(file);
  const mode = sub ?? clientModeOf(history);
  const verdict = checkHistory(history, { mode, wwDependencies: wwDeps });
  if (json === true) printJson({ schema: 1, ...verdict });
  else print(verdictText(verdict, history, mode));
  return verdict.valid ? ExitCode.held : ExitCode.violation;
}

function readHistory(file: string): readonly Operation[] {
  const format = historyFormatOf(file);
  if (format === null) throw new UsageError(`${file}: a history is an .edn, .json or .jsonl file`);
  const parsed = parseHistory(readTextFile(file, HISTORY_BYTES_MAX), format, file);
  if (!parsed.ok) throw problemError([parsed.problem]);
  return parsed.operations;
}

function verdictText(
  { valid, anomalies, allowed }: HistoryVerdict,
  history: readonly Operation[],
  mode: ClientMode,
): string {
  const completed = history.filter(({ type }) => type !== 'invoke').length;
  const judged = `${counted(completed, 'completed operation')}, mode ${mode}`;
  const rows = Object.entries(anomalies).map(([name, cases]) => [
    name,
    counted(cases.length, 'case'),
    allowed.includes(name as AnomalyName) ? 'allowed' : 'NOT ALLOWED',
    String(cases[0]?.key ?? ''),
    shortened(cases[0]?.message ?? ''),
  ]);
  const table =
    rows.length === 0
      ? []
      : ['', ...columns([['anomaly', 'cases', '', 'key', 'the first'], ...rows]), ''];
  const more = Object.entries(anomalies).flatMap(([name, cases]) =>
    cases
      .slice(1, CASES_SHOWN)
      .map(({ key, message }) => `  ${name} of ${String(key)}: ${shortened(message)}`),
  );
  const shown = more.length === 0 ? [] : ['further cases (--json has them all)', ...more, ''];
  return [judged, ...table, ...shown, valid ? 'valid' : 'NOT VALID'].join('\n');
}

function shortened(text: string): string {
  return text.length <= MESSAGE_CHARACTERS_MAX
    ? text
    : `${text.slice(0, MESSAGE_CHARACTERS_MAX - 3)}...`;
}
