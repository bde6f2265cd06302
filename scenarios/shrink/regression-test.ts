/** A vitest file for a failure: it holds what was found against what was mended. */
import type { Failure } from '../search/failure.js';
import type { Scenario } from '../language/schema.js';

/** What the test asserts, and where it finds the lab. */
export interface RegressionOptions {
  /** `fails`: the failure is still there, and wanted (a mutation). `holds`: it must not come back. Default `fails`. */
  readonly expect?: 'fails' | 'holds';
  /** What the test imports the lab from. Default `brokerlab`. */
  readonly from?: string;
}

/** The text of a vitest file that runs a scenario and asserts a failure, or its absence. */
export function regressionTest(
  scenario: Scenario,
  seed: number,
  failure: Failure,
  { expect = 'fails', from = 'brokerlab' }: RegressionOptions = {},
): string {
  const title =
    expect === 'fails'
      ? `${scenario.name}: ${failure.invariant} is broken`
      : `${scenario.name}: ${failure.invariant} holds`;
  return `import { expect, it } from 'vitest';
import { failsAs, runScenario, type Failure, type Scenario } from ${quoted(from)};

const scenario: Scenario = ${JSON.stringify(scenario, null, 2)};

const failure: Failure = ${JSON.stringify({ invariant: failure.invariant, kind: failure.kind }, null, 2)};

it(${quoted(title)}, () => {
  const result = runScenario(scenario, { seed: ${seed} });
  expect(failsAs(result, failure), JSON.stringify(result.violations)).toBe(${expect === 'fails'});
});
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
