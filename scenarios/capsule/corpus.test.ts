/** The corpus: failures of mutations, shrunk. Each still shows with the present source, and goes when the rule is back. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { formatProblem } from '../language/problem.js';
import { runScenario } from '../run/run-scenario.js';
import { failsAs } from '../search/failure.js';
import { MUTATIONS } from '../search/mutations.js';
import { parseCapsule, type Capsule } from './capsule.js';
import { replayCapsule } from './replay.js';
import { omit } from '../shrink/omit.js';

const FOLDER = new URL('../../corpus/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.capsule.json'));

function load(name: string): Capsule {
  const parsed = parseCapsule(readFileSync(new URL(name, FOLDER), 'utf8'), name);
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.capsule;
}

describe('corpus', () => {
  it('has every mutation', () => {
    const ids = files.flatMap((name) =>
      Object.entries(load(name).switches).map(([key, value]) => `${key}=${String(value)}`),
    );
    expect(ids.sort()).toEqual(MUTATIONS.map(({ id }) => id).sort());
  });

  it.each(files)('%s fails as it did, and holds with the rule in place', (name) => {
    const capsule = load(name);
    expect(capsule.scenario['random-faults']).toBeUndefined();
    expect(replayCapsule(capsule).fails).toBe(true);
    const sound = omit(capsule.scenario, 'switches');
    expect(failsAs(runScenario(sound, { seed: capsule.seed }), capsule.failure)).toBe(false);
  });
});
