/** Round numbers, and the way down to them. */

/** 1, 2 and 5 times the powers of ten, ascending, from a millionth to 10^13. */
const LADDER: readonly number[] = (() => {
  const rungs: number[] = [];
  for (let power = 1; power <= 10_000_000_000_000; power *= 10) {
    rungs.push(power, 2 * power, 5 * power);
  }
  return rungs;
})();

/**
 * Simpler numbers for a quantity, the simplest first: a tenth, then the next rungs below; for one that is between two
 * rungs the rung above, too. Whoever follows them comes to an end, for no rung leads upwards.
 */
export function simplerAmounts(amount: number, least: number): number[] {
  const below = LADDER.filter((rung) => rung < amount && rung >= least).reverse();
  const tenth = below.find((rung) => rung * 10 <= amount);
  const isRung = LADDER.includes(amount);
  const above = isRung ? [] : LADDER.filter((rung) => rung > amount).slice(0, 1);
  return [
    ...new Set([...(tenth === undefined ? [] : [tenth]), ...below.slice(0, 2).reverse(), ...above]),
  ];
}

/** Coarser moments near one, nearest first; empty where it is a multiple of the unit. */
export function rounded(atUs: number, unitUs: number): number[] {
  const floor = Math.floor(atUs / unitUs) * unitUs;
  if (floor === atUs) return [];
  const ceil = floor + unitUs;
  return atUs - floor < ceil - atUs ? [floor, ceil] : [ceil, floor];
}
