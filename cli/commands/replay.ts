/** `brokerlab replay`: shows the failure of a capsule again. */
import type { Command } from 'commander';

import { messageOf, replayCapsule, type Capsule, type Replayed } from '../../scenarios/index.js';
import { ExitCode, UsageError } from '../exit-codes.js';
import { packageVersion } from '../package-version.js';
import { loadCapsule } from '../read-capsule.js';
import { addJsonOption, shellWord } from '../scenario-options.js';
import { sourceHash } from '../source-hash.js';
import { print, printJson } from '../terminal.js';

interface ReplayFlags {
  readonly anyway?: true;
  readonly json?: true;
}

export function addReplay(program: Command, setExitCode: (code: ExitCode) => void): void {
  const command = program
    .command('replay')
    .description('play the run of a capsule again and say whether it still fails')
    .argument('<capsule>', 'a file that search or shrink wrote')
    .option('--anyway', 'play it although the source is another one');
  addJsonOption(command).action((file: string, flags: ReplayFlags) => {
    setExitCode(replay(file, flags));
  });
}

function replay(file: string, { anyway, json }: ReplayFlags): ExitCode {
  const capsule = loadCapsule(file);
  const isSameSource = capsule.sourceHash === sourceHash();
  if (!isSameSource && anyway !== true) throw new UsageError(otherSource(file, capsule));
  const replayed = replayCapsule(capsule);
  if (isSameSource && !replayed.isSameRun) {
    throw new Error(
      `${file}: the same source gave another run: hash ${replayed.result.hash} instead of ${capsule.hash}`,
    );
  }
  const { fails, isSameRun, result } = replayed;
  if (json === true) {
    printJson({ schema: 1, capsule: file, isSameSource, isSameRun, fails, result });
  } else print(verdictText(capsule, replayed));
  return fails ? ExitCode.violation : ExitCode.held;
}

/** Says what differs and how to get at the right source. */
function otherSource(file: string, capsule: Capsule): string {
  const version = packageVersion();
  const other =
    capsule.brokerlab === version
      ? `another build of ${version}: check out the commit that made it`
      : `version ${capsule.brokerlab}, and this is ${version}: npx brokerlab@${capsule.brokerlab} replay ${shellWord(file)}`;
  return [
    `${file}: the capsule is of another source (${capsule.sourceHash.slice(0, 12)}, here ${sourceHash().slice(0, 12)}): ${other}`,
    'to see whether the failure is there with this source, too: --anyway',
  ].join('\n');
}

function verdictText(capsule: Capsule, { fails, isSameRun, result }: Replayed): string {
  const { failure, seed } = capsule;
  const run = isSameRun
    ? `the same run, hash ${result.hash}`
    : `another run: hash ${result.hash}, the capsule has ${capsule.hash}`;
  return [
    `${capsule.scenario.name}, seed ${String(seed)}, Kafka ${capsule.kafka}: ${run}`,
    fails
      ? `${failure.invariant} still fails: ${messageOf(result, failure) ?? failure.message}`
      : `${failure.invariant} does not fail any more (it was: ${failure.message})`,
  ].join('\n');
}
