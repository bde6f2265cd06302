/** `brokerlab import`: a scenario from the configuration files of a real cluster. */
import type { Command } from 'commander';

import {
  importCluster,
  PROPERTIES_BYTES_MAX,
  TOPICS_DESCRIPTION_BYTES_MAX,
  type InputFile,
  type Setting,
} from '../../scenarios/index.js';
import { problemError, readTextFile } from '../read-input.js';
import { print, say } from '../terminal.js';
import { checkWritable, writeWhole } from '../write-output.js';

interface ImportFlags {
  readonly properties: readonly string[];
  readonly topics: string;
  readonly out?: string;
  readonly name?: string;
}

export function addImport(program: Command): void {
  program
    .command('import')
    .description("make a scenario of a real cluster's configuration")
    .requiredOption(
      '--properties <file...>',
      'server.properties of each broker and controller (repeatable)',
    )
    .requiredOption('--topics <file>', 'the output of kafka-topics.sh --describe')
    .option('--out <file>', 'where the scenario goes (default: stdout)')
    .option('--name <name>', 'the name of the scenario')
    .action((flags: ImportFlags) => {
      importFiles(flags);
    });
}

function importFiles({ properties, topics, out, name }: ImportFlags): void {
  if (out !== undefined) checkWritable(out);
  const imported = importCluster({
    properties: properties.map((file) => read(file, PROPERTIES_BYTES_MAX)),
    topics: read(topics, TOPICS_DESCRIPTION_BYTES_MAX),
    ...(name === undefined ? {} : { name }),
  });
  if (!imported.ok) throw problemError(imported.problems);
  if (out === undefined) print(imported.yaml);
  else writeWhole(out, imported.yaml);
  tell('known to Kafka, not modelled here:', settingLines(imported.notModelled));
  tell('not known to Kafka, left out:', settingLines(imported.unknown));
  tell('assumed:', imported.assumptions);
  if (out !== undefined) say(`wrote ${out}; try: npx brokerlab run ${out}`);
}

function read(fileName: string, limitBytes: number): InputFile {
  return { fileName, text: readTextFile(fileName, limitBytes) };
}

/** The same setting in several files is one line. */
function settingLines(settings: readonly Setting[]): string[] {
  const places = new Map<string, string[]>();
  for (const { key, value, where } of settings) {
    const setting = `${key}=${value}`;
    places.set(setting, [...(places.get(setting) ?? []), where]);
  }
  return [...places].map(([setting, [first = '', ...others]]) =>
    others.length === 0
      ? `${first}: ${setting}`
      : `${first} and ${String(others.length)} more: ${setting}`,
  );
}

function tell(title: string, lines: readonly string[]): void {
  if (lines.length > 0) say([title, ...lines.map((line) => `  ${line}`)].join('\n'));
}
