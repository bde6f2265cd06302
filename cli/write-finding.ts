/** What becomes of a failure that a search found: it is written as a scenario, shrunk, and put into a capsule. */
import { join } from 'node:path';

import {
  capsuleOf,
  capsuleToJson,
  playScenario,
  scenarioToYaml,
  type Finding,
  type Scenario,
} from '../scenarios/index.js';
import { shrinkInThread, writeShrunk } from './commands/shrink.js';
import { packageVersion } from './package-version.js';
import { sourceHash } from './source-hash.js';
import { counted } from './terminal.js';
import { writeWhole } from './write-output.js';

export interface WrittenFinding {
  readonly files: readonly string[];
  /** Lines about what was done. */
  readonly told: readonly string[];
}

/** As found first, so that nothing is lost when the shrinking is interrupted; then shrunk. */
export async function writeFinding(
  { seed, runSeed, scenario: found, failure }: Finding,
  folder: string,
  shrinkSeconds: number,
): Promise<WrittenFinding> {
  const scenario: Scenario = { ...found, run: { ...found.run, seed: runSeed } };
  const { run, result } = playScenario(scenario, { seed: runSeed });
  const source = { brokerlab: packageVersion(), sourceHash: sourceHash() };
  const capsule = capsuleOf(scenario, run, result, failure, source);
  const base = join(folder, `found-${String(seed)}`);
  writeWhole(`${base}.yaml`, scenarioToYaml(scenario));
  writeWhole(`${base}.capsule.json`, capsuleToJson(capsule));
  const files = [`${base}.yaml`, `${base}.capsule.json`];
  const shrunk = await shrinkInThread(capsule, shrinkSeconds);
  if (shrunk === null) return { files, told: ['it could not be shrunk'] };
  const { isMinimal, runs } = shrunk;
  const told = [
    `shrunk with ${counted(runs, 'run')} to ${counted(shrunk.scenario.faults?.length ?? 0, 'fault')}` +
      (isMinimal ? '' : ' (the time was up: it may get smaller)'),
  ];
  return { files: [...files, ...writeShrunk(shrunk, folder)], told };
}
