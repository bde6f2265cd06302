/**
 * What `npm run bugs` found and shrunk, as it is shown in docs/bugs: each file still breaks what its bug breaks, would not
 * with the bug mended, and is drawn as the lab draws it now (`-u` writes the drawings anew).
 */
import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { explainFailure } from '../reports/index.js';
import { failureOf, parseScenario, runScenario, type Scenario } from '../scenarios/index.js';
import { BUGS, isMendedIn, searchFor, type Bug } from './bug-list.js';

const FOLDER = new URL('../docs/bugs/', import.meta.url);
/** Those of which a diagram is shown. */
const SHOWN = ['B01', 'B03', 'B04', 'B06', 'B07', 'B08', 'B09', 'B11', 'B12', 'B14', 'B16', 'B17'];

/** Of Kafka 4.1: what breaks, and the switch that closes it. */
const HOLES = [['reelected-leader', 'I5', { reelectedLeader: 'forgetsAfterGap' }]] as const;

function fileOf({ id }: Bug): URL {
  return new URL(`${id.toLowerCase()}.yaml`, FOLDER);
}

function scenarioIn(file: URL): Scenario {
  const parsed = parseScenario(readFileSync(file, 'utf8'), file.href);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.scenario;
}

describe('findings in docs/bugs', () => {
  it('there is one for each bug of which a diagram is shown', () => {
    expect(BUGS.filter((bug) => existsSync(fileOf(bug))).map(({ id }) => id)).toEqual(SHOWN);
  });

  it.each(BUGS.filter(({ id }) => SHOWN.includes(id)).map((bug) => [bug.id, bug] as const))(
    '%s breaks a promise, not without the bug, and is drawn so',
    async (id, bug) => {
      const scenario = scenarioIn(fileOf(bug));
      const runSeed = scenario.run?.seed ?? 1;
      const { wanted } = searchFor(bug);
      const failure = failureOf(runScenario(scenario, { seed: runSeed }), wanted);
      expect(failure).not.toBeNull();
      expect(isMendedIn(bug, failure!, scenario, runSeed)).toBe(true);
      const { svg } = explainFailure(scenario, runSeed);
      await expect(svg).toMatchFileSnapshot(`../docs/bugs/${id.toLowerCase()}.svg`);
    },
  );
});

describe('holes that Kafka has to this day', () => {
  it.each(HOLES)('%s breaks %s, not where it is closed', async (name, invariant, switches) => {
    const scenario = scenarioIn(new URL(`${name}.yaml`, FOLDER));
    const seed = scenario.run?.seed ?? 1;
    const broken = (changed: Scenario): string[] =>
      runScenario(changed, { seed }).expectedLosses.map((loss) => loss.invariant);
    expect(broken(scenario)).toContain(invariant);
    expect(broken({ ...scenario, switches })).toEqual([]);
    await expect(explainFailure(scenario, seed).svg).toMatchFileSnapshot(
      `../docs/bugs/${name}.svg`,
    );
  });
});
