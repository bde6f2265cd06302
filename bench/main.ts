/** `npm run bench`: one JSON document on stdout; every ratio is of figures measured in this very run. */
import { measureBusy, measureFork, measureSized, measureYear } from './cluster.js';
import { createUnitMeter, holdBenchmark } from './hold.js';

const SIZES = [
  [3, 10],
  [30, 10],
  [100, 10],
  [3, 1000],
  [3, 10_000],
  [30, 1000],
  [100, 1000],
  [100, 10_000],
] as const;

function bench(): unknown {
  const hold = holdBenchmark();
  const { unitNs } = hold;
  const say = (what: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`${what}\n`);
  };
  say('busy cluster');
  const unit = createUnitMeter();
  const busy = measureBusy(unit);
  say('idle cluster');
  const idle = measureSized(unit, 3, 3, false);
  const growth = SIZES.flatMap(([brokers, partitions]) =>
    [false, true].map((loaded) => {
      say(
        `${String(brokers)} brokers, ${String(partitions)} partitions, ${loaded ? 'loaded' : 'idle'}`,
      );
      return measureSized(unit, brokers, partitions, loaded);
    }),
  );
  say('a year, and forks');
  return {
    schema: 1,
    node: process.version,
    unit: 'one hold operation of the bare object heap at 64 pending events',
    unitNs,
    hold,
    busy,
    idle,
    growth,
    year: measureYear(),
    fork: measureFork(),
  };
}

process.stdout.write(`${JSON.stringify(bench(), null, 2)}\n`);
