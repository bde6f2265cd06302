import { it } from 'vitest';
import { CATALOGUE, playScenario } from '../index.js';
it('try', () => {
  const name = process.env['TRY'] ?? 'leader-crash';
  const entry = CATALOGUE.find((e) => e.scenario.name === name)!;
  const t = Date.now();
  const played = playScenario(entry.scenario, { seed: Number(process.env['SEED'] ?? 1), trace: 'story' });
  console.log(played.trace.join('\n'));
  console.log(JSON.stringify(played.result, null, 1));
  console.log(Date.now() - t, 'ms');
});
