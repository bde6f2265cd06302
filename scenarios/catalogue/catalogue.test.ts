import { describe, expect, it } from 'vitest';

import { playScenario } from '../run/run-scenario.js';
import { validateScenario } from '../language/index.js';
import { CATALOGUE, findInCatalogue } from './index.js';

/** Scenarios whose settings give something up: losses are what they show. */
const SHOWS_LOSS = ['acks-1', 'unclean-election', 'whole-isr-power-loss', 'unlimited-weather'];

describe('the catalogue', () => {
  it('has names without doubles and a story of four beats each', () => {
    const names = CATALOGUE.map(({ scenario }) => scenario.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(12);
    for (const { story, scenario } of CATALOGUE) {
      expect(story).toHaveLength(4);
      expect(validateScenario(scenario)).toEqual([]);
    }
    expect(findInCatalogue('leader-crash')?.scenario.name).toBe('leader-crash');
    expect(findInCatalogue('leader-crahs')).toBeNull();
  });

  it.each(CATALOGUE.map(({ scenario }) => [scenario.name, scenario] as const))(
    '%s: the story of seed 1 is the golden trace, and its promises hold',
    async (name, scenario) => {
      const { result, trace } = playScenario(scenario, { seed: 1, trace: 'story' });
      const verdict = [
        `hash ${result.hash}, ${result.events} events`,
        `clients ${JSON.stringify(result.clients)}`,
        `cluster ${JSON.stringify(result.cluster)}`,
        ...result.expectedLosses.map(({ invariant, broken }) => `expected ${invariant}: ${broken}`),
      ];
      expect(result.violations).toEqual([]);
      expect(result.pending).toEqual([]);
      expect(result.ok).toBe(true);
      if (!SHOWS_LOSS.includes(name)) expect(result.clients.ackedLost).toBe(0);
      const story = [
        ...(scenario.description ?? '').split('\n').map((line) => `# ${line}`),
        ...trace,
        ...verdict,
      ];
      await expect(`${story.join('\n')}\n`).toMatchFileSnapshot(`./testdata/${name}.trace`);
    },
  );

  it.each(['acks-1', 'unclean-election', 'whole-isr-power-loss'])(
    '%s loses acknowledged records, as its settings allow, and no promise is broken',
    (name) => {
      const { result } = playScenario(findInCatalogue(name)!.scenario, { seed: 1 });
      expect(result.clients.ackedLost).toBeGreaterThan(0);
      expect(result.expectedLosses.some(({ invariant }) => invariant === 'I1')).toBe(true);
      expect(result.violations).toEqual([]);
    },
  );
});
